// A backfill of 2,000 folders: every partition once, and no history long enough for Temporal to warn.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { finish, quick, result, say, temporaryFolder } from './lib/bench.mjs';
import { load } from './lib/load.mjs';

const PARTITIONS = quick ? 60 : 2_000;
const CONCURRENCY = 16;
/** Where Temporal begins to warn of a long history. */
const WARNS = 10_240;

const folder = temporaryFolder();
const source = join(folder, 'source');
const objects = join(folder, 'objects');
mkdirSync(objects);
// No film in them: what is measured is what a partition costs, not what lies in it.
for (let i = 0; i < PARTITIONS; i++) {
  const study = join(source, `study-${String(i).padStart(5, '0')}`);
  mkdirSync(study, { recursive: true });
  writeFileSync(join(study, 'note.txt'), `no film ${i}`);
}

const temporal = await (await load('support/servers/temporal.ts')).startTemporal();
const postgres = await (await load('support/servers/postgres.ts')).startPostgres();
const site = await (await load('support/site.ts')).makeSite({
  temporal,
  database: await postgres.createDatabase('backfill'),
  storage: pathToFileURL(objects).href,
  config: `sources: { nas: { uri: ${pathToFileURL(source).href} } }\nstorage: { sharedFilesystem: true }\n`,
});
const results = [];
try {
  await site.worker('main,io,cpu,gpu');
  const handle = await site.client.workflow.start('backfill', {
    workflowId: 'bench',
    taskQueue: 'cxrflow',
    args: [{ source: 'nas', concurrency: CONCURRENCY }],
  });
  const started = Date.now();
  const timer = setInterval(
    async () => {
      const { counts } = await handle.query('progress');
      say(`  ${counts.done} of ${PARTITIONS} partitions`);
    },
    quick ? 10_000 : 60_000,
  );
  const { found, done, items } = await handle.result().finally(() => clearInterval(timer));
  const minutes = (Date.now() - started) / 60_000;
  if (found !== PARTITIONS || done !== PARTITIONS || items.ignored !== PARTITIONS)
    throw new Error(`${done} of ${PARTITIONS} partitions done, ${items.ignored} files ignored`);

  let [longest, passes, children] = [0, 0, 0];
  // The index of the server follows the runs by a moment.
  for (const until = Date.now() + 30_000; children < PARTITIONS && Date.now() < until; ) {
    [longest, passes, children] = [0, 0, 0];
    for await (const run of site.client.workflow.list({
      query: "WorkflowId STARTS_WITH 'bench'",
      pageSize: 1_000,
    })) {
      longest = Math.max(longest, run.historyLength);
      if (run.workflowId === 'bench') passes += 1;
      else if (run.workflowId.split('/').length === 2) children += 1;
    }
  }
  if (children !== PARTITIONS) throw new Error(`${children} runs of ${PARTITIONS} partitions`);
  const shape = { passes, partitions: PARTITIONS };
  results.push(
    result(
      `events of the longest history, ${PARTITIONS} partitions`,
      longest,
      '',
      { atMost: WARNS - 1 },
      shape,
    ),
  );
  results.push(result(`ingests of one folder, ${CONCURRENCY} at a time`, done / minutes, ' partitions/min'));
} finally {
  await site.close();
  await postgres.stop();
  await temporal.stop();
}
finish('backfill', results);
