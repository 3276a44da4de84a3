// A backfill of 2,000 partitions: every one once, and no history long enough for Temporal to warn.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { finish, quick, result, say, temporaryFolder } from './lib/bench.mjs';
import { load } from './lib/load.mjs';

const PARTITIONS = quick ? 60 : 2_000;
const CONCURRENCY = 16;
/** Where Temporal begins to warn of a long history. */
const WARNS = 10_240;

const folder = temporaryFolder();
const objects = join(folder, 'objects');
mkdirSync(objects);
const temporal = await (await load('support/servers/temporal.ts')).startTemporal();
const postgres = await (await load('support/servers/postgres.ts')).startPostgres();
const site = await (await load('support/site.ts')).makeSite({
  temporal,
  database: await postgres.createDatabase('backfill'),
  storage: pathToFileURL(objects).href,
  config: 'storage: { sharedFilesystem: true }\n',
});
const results = [];
try {
  // Containers without an image: what is measured is what a partition costs, not what lies in it.
  const names = Array.from({ length: PARTITIONS }, (_, i) => `images-${String(i).padStart(5, '0')}`);
  await site.catalog.db
    .insertInto('containers')
    .values(names.map((name) => ({ name, kind: 'images', mode: 'prefix', images: 0, capacity: 400 })))
    .execute();
  await site.worker('main,io,cpu,gpu');
  const handle = await site.client.workflow.start('backfill', {
    workflowId: 'bench',
    taskQueue: 'cxrflow',
    args: [{ type: 'preprocess', concurrency: CONCURRENCY }],
  });
  const started = Date.now();
  const timer = setInterval(
    async () => {
      const { counts } = await handle.query('progress');
      say(`  ${counts.done} of ${PARTITIONS} partitions`);
    },
    quick ? 5_000 : 30_000,
  );
  const { found, done } = await handle.result().finally(() => clearInterval(timer));
  const minutes = (Date.now() - started) / 60_000;
  if (found !== PARTITIONS || done !== PARTITIONS)
    throw new Error(`${done} of ${PARTITIONS} partitions done`);

  let [longest, passes, children] = [0, 0, new Set()];
  // The index of the server follows the runs by a moment.
  for (const until = Date.now() + 30_000; children.size < PARTITIONS && Date.now() < until; ) {
    [longest, passes, children] = [0, 0, new Set()];
    for await (const run of site.client.workflow.list({
      query: "WorkflowId STARTS_WITH 'bench'",
      pageSize: 1_000,
    })) {
      longest = Math.max(longest, run.historyLength);
      if (run.workflowId === 'bench') passes += 1;
      else if (children.has(run.workflowId)) throw new Error(`${run.workflowId} ran twice`);
      else children.add(run.workflowId);
    }
  }
  if (children.size !== PARTITIONS) throw new Error(`${children.size} runs of ${PARTITIONS} partitions`);
  const name = `events of the longest history, ${PARTITIONS} partitions in ${passes} passes`;
  results.push(result(name, longest, '', { atMost: WARNS - 1 }, { passes, partitions: PARTITIONS }));
  results.push(result(`empty partitions, ${CONCURRENCY} at a time`, done / minutes, ' partitions/min'));
} finally {
  await site.close();
  await postgres.stop();
  await temporal.stop();
}
finish('backfill', results);
