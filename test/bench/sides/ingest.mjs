// One ingest of a folder, through Temporal or as the same functions in a loop, into a new catalog and new objects.
import { performance } from 'node:perf_hooks';
import { pathToFileURL } from 'node:url';
import { each } from '../../../dist/activities/each.js';
import { after } from '../../../dist/catalog/shards.js';
import { QUEUES } from '../../../dist/config/schema.js';
import { connectWorkers } from '../../../dist/workers/connection.js';
import { installRuntime } from '../../../dist/workers/runtime.js';
import { startWorkers } from '../../../dist/workers/worker.js';
import { openActivities } from '../lib/activities.mjs';

const { how, films, source, warmUp, shardSize, folder, databaseUrl, temporal } = JSON.parse(process.argv[2]);
const opened = await openActivities({ folder, databaseUrl, temporal });
const { deps, config } = opened;

const measured = how === 'temporal' ? await orchestrated() : await measure(loop);
await opened.close();
console.log(JSON.stringify(measured));
process.exit(0);

/** A worker of a deployment has been at work before: a few small films go through first. */
async function measure(ingest) {
  await ingest('warm-up', { source: pathToFileURL(warmUp).href });
  const cpu = process.cpuUsage();
  const started = performance.now();
  const stored = await ingest('measured', { source: pathToFileURL(source).href, shardSize });
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  if (stored !== films) throw new Error(`${stored} of ${films} films stored`);
  return { seconds, processorSeconds: (user + system) / 1e6 };
}

async function orchestrated() {
  await installRuntime(opened.log, { metrics: false });
  const connection = await connectWorkers(config);
  const workers = await startWorkers({ deps, connection, queues: QUEUES });
  const measured = await measure(async (name, input) => {
    const options = { taskQueue: 'cxrflow', workflowId: `${name}-${process.pid}`, args: [input] };
    return (await opened.client.workflow.execute('ingest', options)).stored;
  });
  await workers.stop();
  await connection.close();
  return measured;
}

/** As many shards at a time as the workflow has, each through the same activities in the same order. */
async function loop(name, input) {
  const { main, io, cpu, gpu } = opened.activities;
  const call = opened.callerOf(name);
  const run = await call(main.openRun, { type: 'ingest', input });
  const model = await call(gpu.describeModel, { uri: run.qualityModel, black: run.black });
  const { found } = await call(io.listSource, run);
  const shards = await after(deps.catalog.db, run.runId, -1, 100_000);
  const outcome = { stored: 0, suboptimal: 0, review: 0, containers: [], containerCount: 0 };
  await each(shards, run.concurrency, async ({ shard }) => {
    const budget = { tried: 0, quarantined: 0 };
    const { manifest } = await call(cpu.extractShard, { run, shard, budget });
    const stored = await call(io.storeShard, { run, shard, manifest });
    const query = { runId: run.runId, shard };
    await call(gpu.judgeImages, { run, model, query, after: undefined, limit: 400 });
    const checked = await call(io.applyQuality, { run, model, query });
    await call(io.finishShard, { run, manifest });
    outcome.stored += stored.stored;
    outcome.review += stored.review;
    outcome.suboptimal += checked.suboptimal;
  });
  const counts = { found, done: outcome.stored, skipped: 0, ignored: 0, quarantined: 0 };
  await call(main.closeRun, { run, outcome: { ...outcome, counts }, keepStaging: false });
  return outcome.stored;
}
