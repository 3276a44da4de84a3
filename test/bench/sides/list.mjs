// The listing of one folder, into a new catalog; how much memory the process had meanwhile.
import { performance } from 'node:perf_hooks';
import { pathToFileURL } from 'node:url';
import { openActivities } from '../lib/activities.mjs';

const { source, folder, databaseUrl, temporal } = JSON.parse(process.argv[2]);
const opened = await openActivities({ folder, databaseUrl, temporal });
const { main, io } = opened.activities;
const call = opened.callerOf('bench');
const run = await call(main.openRun, {
  type: 'ingest',
  input: { source: pathToFileURL(source).href },
});

const memory = [];
const timer = setInterval(() => memory.push(process.memoryUsage.rss() / 2 ** 20), 100);
const started = performance.now();
const { found } = await call(io.listSource, { ...run, minAgeMs: 0 });
const seconds = (performance.now() - started) / 1000;
clearInterval(timer);
await opened.close();
console.log(JSON.stringify({ found, seconds, memory }));
process.exit(0);
