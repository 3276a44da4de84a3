#!/usr/bin/env node
// Records histories of every workflow type from real runs of this version into test/histories, for
// test/embedded/replay.test.ts: run it before a release, and keep those of earlier ones while runs of them may live.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { createActivities } from '../dist/activities/index.js';
import { loadConfig } from '../dist/config/load.js';
import { writeSamples } from '../dist/samples/write-samples.js';
import { startStack } from '../dist/server/stack.js';
import { fileUri } from '../dist/storage/open.js';
import { connectWorkers } from '../dist/workers/connection.js';
import { createLog } from '../dist/workers/log.js';
import { startWorkers } from '../dist/workers/worker.js';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const target = fileURLToPath(new URL(`../test/histories/${version}/`, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'cxrflow-histories-'));
const env = { ...process.env, CXRFLOW_KEYRING: join(folder, 'keyring.json'), DATABASE_URL: '' };
delete env.TEMPORAL_ADDRESS;
const config = loadConfig({ data: join(folder, 'data'), env });
const log = createLog({ ...config.logging, level: 'error' });

// The workers of `main` are ours: with passes of a few shards, so that a run soon continues as new.
const stack = await startStack({
  config,
  log,
  env,
  port: 0,
  queues: ['io', 'cpu', 'gpu'],
  say: console.error,
});
const connection = await connectWorkers(config, stack.runtime.temporal.address);
const activities = createActivities(stack.deps);
const openRun = async (input) => ({ ...(await activities.main.openRun(input)), shardsAPass: 3 });
const workers = await startWorkers({
  deps: stack.deps,
  connection,
  queues: ['main'],
  activities: { ...activities, main: { ...activities.main, openRun } },
});
const { client } = stack;

const start = (type, workflowId, input) =>
  client.workflow.start(type, { taskQueue: 'cxrflow', workflowId, args: [input] });
const end = async (type, workflowId, input) => (await start(type, workflowId, input)).result();
const sources = 4;
for (let n = 1; n <= sources; n++) {
  // The budget is looked at after 25 files, where more are to come.
  const options = { studies: n === 2 ? 30 : 6, seed: 100 + n, size: { rows: 96, columns: 80 } };
  await writeSamples(join(folder, `source${n}`), options);
}
const source = (n) => fileUri(join(folder, `source${n}`));

try {
  const whole = await start('ingest', 'ingest', { source: source(1), shardSize: 4, concurrency: 2 });
  await whole.executeUpdate('pause', { args: [{ reason: 'recorded' }] });
  await whole.executeUpdate('setConcurrency', { args: [{ n: 1 }] });
  await whole.executeUpdate('resume');
  await whole.result();
  await end('ingest', 'ingest-again', { source: source(1) });

  const budget = await start('ingest', 'ingest-budget', { source: source(2), maxFailureRate: 0 });
  while ((await budget.query('progress').catch(() => undefined))?.paused === undefined)
    await new Promise((done) => setTimeout(done, 200));
  await budget.executeUpdate('resume');
  await budget.result();

  const cancelled = await start('ingest', 'ingest-cancelled', {
    source: source(3),
    shardSize: 2,
    concurrency: 1,
    pace: { filesPerSecond: 0.5 },
  });
  while ((await cancelled.query('progress').catch(() => undefined))?.state !== 'waiting')
    await new Promise((done) => setTimeout(done, 200));
  await cancelled.cancel();
  await cancelled.result().catch(() => undefined);

  const { manifest } = await end('extract', 'extract', { source: source(4), shardSize: 4, concurrency: 2 });
  await end('store', 'store', { manifest, concurrency: 2 });
  await end('preprocess', 'preprocess', {});

  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  const kept = new Map();
  for await (const { workflowId, runId, type } of client.workflow.list()) {
    const parts = workflowId.split('/');
    // Of the many shards of a run one of each stage, and all its tries; of what stands alone every pass.
    const stage = `${parts[0]}/${type}`;
    if (parts.length > 1 && (kept.get(stage) ?? workflowId) !== workflowId) continue;
    kept.set(stage, workflowId);
    const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    const text = JSON.stringify(scrubbed(JSON.parse(historyToJSON(history))));
    const name = `${workflowId.replaceAll('/', '_')}-${runId.slice(-6)}.json.gz`;
    writeFileSync(join(target, name), gzipSync(JSON.stringify({ workflowId, history: JSON.parse(text) })));
    console.log(`${name}  ${history.events.length} events`);
  }
} finally {
  await workers.stop();
  await connection.close();
  await stack.stop();
  rmSync(folder, { recursive: true, force: true });
}

/** Without who recorded it and where: process, host, folder. */
function scrubbed(value) {
  if (Array.isArray(value)) return value.map(scrubbed);
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [key, key === 'identity' ? 'recorded' : scrubbed(inner)]),
    );
  if (typeof value !== 'string') return value;
  const text = Buffer.from(value, 'base64').toString('utf8');
  // Payloads are base64 of JSON.
  const payload = /^[[{"]/.test(text) && Buffer.from(text).toString('base64') === value;
  const clean = (s) => s.replaceAll(folder, '/recorded').replaceAll(hostname(), 'host');
  return payload ? Buffer.from(clean(text)).toString('base64') : clean(value);
}
