// Many small files through a worker process of a deployment: histories that stay short, memory that stays flat.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { pathToFileURL } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { finish, median, quick, result, say, temporaryFolder } from './lib/bench.mjs';
import { CLI, processorSeconds, residentMb, serving } from './lib/child.mjs';
import { writeFilms } from './lib/films.mjs';
import { load } from './lib/load.mjs';

const FILES = Number(process.env.CXRFLOW_BENCH_FILES ?? (quick ? 1_000 : 10_000));
const SAMPLE_MS = 250;

const folder = temporaryFolder();
const source = join(folder, 'source');
say(`many: making ${FILES} files of 64 x 64, in all encodings`);
await writeFilms(source, { count: FILES, rows: 64, columns: 64, anySyntax: true });

const temporal = await (await load('support/servers/temporal.ts')).startTemporal();
const postgres = await (await load('support/servers/postgres.ts')).startPostgres();
const objects = join(folder, 'objects');
mkdirSync(objects);
const config = join(folder, 'cxrflow.yaml');
writeFileSync(
  config,
  'storage: { sharedFilesystem: true }\nmetrics: { port: 0 }\nlogging: { level: error }\n',
);
const env = {
  CXRFLOW_DATA: join(folder, 'data'),
  CXRFLOW_STORAGE: pathToFileURL(objects).href,
  CXRFLOW_KEYRING: join(folder, 'keyring', 'keys.json'),
  DATABASE_URL: await postgres.createDatabase('many'),
  TEMPORAL_ADDRESS: temporal.address,
};
execFileSync(process.execPath, [CLI, 'keys', 'create'], {
  env: { ...process.env, ...env },
  stdio: ['ignore', 'ignore', 'inherit'],
});
const worker = await serving(['worker', '--config', config], env, /^ready/m);

const memory = [];
const timer = setInterval(() => memory.push(residentMb(worker.pid)), SAMPLE_MS);
const connection = await Connection.connect({ address: temporal.address });
const client = new Client({ connection });
const busy = processorSeconds(worker.pid);
const started = performance.now();
const outcome = await client.workflow.execute('ingest', {
  taskQueue: 'cxrflow',
  workflowId: 'many',
  args: [{ source: pathToFileURL(source).href }],
});
const seconds = (performance.now() - started) / 1000;
clearInterval(timer);
if (outcome.stored !== FILES) throw new Error(`${outcome.stored} of ${FILES} files stored`);

let histories = 0;
let longest = 0;
for await (const { historyLength } of client.workflow.list()) {
  histories += 1;
  longest = Math.max(longest, historyLength);
}
const quarter = (n) =>
  memory.slice(Math.floor((memory.length * (n - 1)) / 4), Math.floor((memory.length * n) / 4));
const [second, last] = [median(quarter(2)), median(quarter(4))];
const results = [
  result('events of the longest history', longest, '', { atMost: 10_240 }, { histories }),
  result('resident memory, last quarter by second', last / second, 'x', { atMost: 1.1 }, { second, last }),
  result(
    'resident memory, most',
    Math.max(...memory),
    ' MB',
    { atMost: 600 },
    { memory: memory.map(Math.round) },
  ),
  result('files', FILES / seconds, ' files/s'),
  result('processor time a file', ((processorSeconds(worker.pid) - busy) / FILES) * 1000, ' ms'),
];
await connection.close();
await worker.stop();
await postgres.stop();
await temporal.stop();
finish('many', results);
