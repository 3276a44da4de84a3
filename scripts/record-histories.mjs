#!/usr/bin/env node
// Records histories of every workflow type from real runs of this version into test/histories, for
// test/embedded/replay.test.ts: run it before a release, and keep those of earlier ones while runs of them may live.
//
//   node scripts/record-histories.mjs [SCENARIO…]    (after `npm run build`; all when none is named)
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import sharp from 'sharp';
import { createActivities } from '../dist/activities/index.js';
import { loadConfig } from '../dist/config/load.js';
import { startFileServer } from '../dist/samples/pacs/file-server.js';
import { seedPacs, writePacsSample } from '../dist/samples/pacs/sample.js';
import { writeDetectionSamples } from '../dist/samples/write-detection-samples.js';
import { writeSamples } from '../dist/samples/write-samples.js';
import { startStack } from '../dist/server/stack.js';
import { fileUri } from '../dist/storage/open.js';
import { connectWorkers } from '../dist/workers/connection.js';
import { createLog } from '../dist/workers/log.js';
import { startWorkers } from '../dist/workers/worker.js';
import { load } from '../test/bench/lib/load.mjs';

/** What each records; the ids of its workflows begin with its name. */
const SCENARIOS = { ingest, extract, store, preprocess, annotations, processing, loop, backfill, pacs };
/** Of every type, so that a run soon continues as new. */
const A_PASS = 3;

const asked = process.argv.slice(2);
const unknown = asked.find((name) => !(name in SCENARIOS));
if (unknown) throw new Error(`${unknown}: there are ${Object.keys(SCENARIOS).join(', ')}`);
const chosen = asked.length > 0 ? asked : Object.keys(SCENARIOS);

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const target = fileURLToPath(new URL(`../test/histories/${version}/`, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'cxrflow-histories-'));
const objects = join(folder, 'data', 'objects');
const closing = [];
const pacsUrl = chosen.includes('pacs') ? await startPacs() : '';
writeFileSync(
  join(folder, 'config.yaml'),
  `annotations: { minAge: 0s }
pacsExport: { download: { privateAddresses: [127.0.0.1] } }
`,
);
const env = {
  ...process.env,
  CXRFLOW_CONFIG: join(folder, 'config.yaml'),
  CXRFLOW_KEYRING: join(folder, 'keyring.json'),
  DATABASE_URL: '',
  PACS_DATABASE_URL: pacsUrl,
};
delete env.TEMPORAL_ADDRESS;
const config = loadConfig({ data: join(folder, 'data'), env });
const log = createLog({ ...config.logging, level: 'error' });

// The workers of `main` are ours: with short passes.
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
const workers = await startWorkers({
  deps: stack.deps,
  connection,
  queues: ['main'],
  activities: { ...activities, main: withShortPasses(activities.main) },
});
const { client } = stack;

try {
  for (const name of chosen) {
    console.error(`${name}…`);
    await SCENARIOS[name]();
  }
  mkdirSync(target, { recursive: true });
  for (const file of readdirSync(target))
    if (chosen.some((name) => belongs(file, name))) rmSync(join(target, file));
  const kept = new Map();
  for await (const { workflowId, runId, type } of client.workflow.list()) {
    const parts = workflowId.split('/');
    // What a scenario needs of others is theirs to record.
    if (!chosen.some((name) => belongs(workflowId, name))) continue;
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
  for (const close of closing) await close();
  rmSync(folder, { recursive: true, force: true });
}
// A client of Postgres, or the server of films, may keep the process.
process.exit(process.exitCode ?? 0);

function belongs(id, scenario) {
  return id === scenario || new RegExp(`^${scenario}[-_/]`).test(id);
}

function withShortPasses(main) {
  const short = ([key, value]) => [key, key.endsWith('APass') ? A_PASS : value];
  const wrapped = ([name, activity]) => [
    name,
    /^open/.test(name)
      ? async (...args) => Object.fromEntries(Object.entries(await activity(...args)).map(short))
      : activity,
  ];
  return Object.fromEntries(Object.entries(main).map(wrapped));
}

function start(type, workflowId, input) {
  return client.workflow.start(type, { taskQueue: 'cxrflow', workflowId, args: [input] });
}

async function end(type, workflowId, input) {
  return (await start(type, workflowId, input)).result();
}

/** Waits until the progress of a run is as it should be. */
async function until(handle, holds) {
  for (;;) {
    const progress = await handle.query('progress').catch(() => undefined);
    if (progress && holds(progress)) return;
    await sleep(200);
  }
}

async function steered(handle) {
  await handle.executeUpdate('pause', { args: [{ reason: 'recorded' }] });
  await handle.executeUpdate('setConcurrency', { args: [{ n: 1 }] });
  await handle.executeUpdate('resume');
  return handle.result();
}

/** A source of samples; the replay test knows the seeds. */
async function source(n) {
  const place = join(folder, `source${n}`);
  // The budget is looked at after 25 files, where more are to come.
  const options = { studies: n === 2 ? 30 : 6, seed: 100 + n, size: { rows: 96, columns: 80 } };
  await writeSamples(place, options);
  return fileUri(place);
}

async function ingest() {
  const first = await source(1);
  await steered(await start('ingest', 'ingest', { source: first, shardSize: 4, concurrency: 2 }));
  await end('ingest', 'ingest-again', { source: first });

  const budget = await start('ingest', 'ingest-budget', { source: await source(2), maxFailureRate: 0 });
  await until(budget, ({ paused }) => paused !== undefined);
  await budget.executeUpdate('resume');
  await budget.result();

  const cancelled = await start('ingest', 'ingest-cancelled', {
    source: await source(3),
    shardSize: 2,
    concurrency: 1,
    pace: { filesPerSecond: 0.5 },
  });
  await until(cancelled, ({ state }) => state === 'waiting');
  await cancelled.cancel();
  await cancelled.result().catch(() => undefined);
}

let extracted;
async function extract() {
  extracted = await end('extract', 'extract', { source: await source(4), shardSize: 4, concurrency: 2 });
}

async function store() {
  if (!extracted) await extract();
  await end('store', 'store', { manifest: extracted.manifest, concurrency: 2 });
}

async function preprocess() {
  await end('preprocess', 'preprocess', {});
}

/** Files of labels for images that nobody has: their records wait in quarantine. */
function labels(place, files) {
  mkdirSync(place, { recursive: true });
  for (let n = 0; n < files; n++)
    writeFileSync(join(place, `labels${n}.csv`), `image_id,label,value,reader\nfilm-${n},Edema,1,R1\n`);
}

async function annotations() {
  labels(join(objects, 'annotations'), 5);
  await steered(await start('annotations', 'annotations', { concurrency: 1 }));
}

async function processing() {
  const kaggle = join(folder, 'kaggle');
  for (const split of ['train', 'val', 'test'])
    for (const label of ['NORMAL', 'PNEUMONIA']) {
      mkdirSync(join(kaggle, split, label), { recursive: true });
      for (let n = 0; n < 4; n++) {
        const seed = split.length * 31 + label.length * 7 + n * 3;
        const data = Buffer.from(Array.from({ length: 64 * 64 }, (_, i) => (i * i * seed) % 251));
        const raw = { width: 64, height: 64, channels: 1 };
        await sharp(data, { raw })
          .png()
          .toFile(join(kaggle, split, label, `${split}-${label}-${n}.png`));
      }
    }
  const input = { source: fileUri(kaggle), version: 'v1.0' };
  await steered(await start('chestXrayProcessing', 'processing', input));
}

/** From boxes to a dataset, its first model, a simulation, and a candidate that a person is asked about. */
async function loop() {
  const films = join(folder, 'films');
  const size = { rows: 96, columns: 80 };
  const made = await writeDetectionSamples(films, { images: 60, readers: 1, seed: 105, size });
  await steered(
    await start('detectionDataset', 'loop-dataset', {
      boxes: fileUri(made.boxes),
      images: fileUri(made.images),
      annotators: 'R1',
      burnedIn: 'keep',
      splits: { training: 24, validation: 12, canary: 12, production: 12 },
    }),
  );
  const model = { model: 'loop', trainer: 'builtin', minFeedback: 0 };
  await end('feedbackRetrain', 'loop-first', { ...model, params: { epochs: 1 } });
  await steered(await start('onlineSimulation', 'loop-simulation', { model: 'loop', load: [1, 2] }));
  const loose = { confidence: 0.3, margin: 0, canaryTolerance: 1, approval: true };
  const asking = await start('feedbackRetrain', 'loop-retrain', { ...model, ...loose });
  await until(asking, ({ paused }) => paused?.code === 'APPROVAL_NEEDED');
  await asking.executeUpdate('approve', { args: [{ approve: true, reason: 'recorded', by: 'recorded' }] });
  await asking.result();
}

async function backfill() {
  for (const month of ['01', '02', '03', '04', '05']) labels(join(folder, 'backfill', '2024', month), 1);
  const input = { source: `${fileUri(join(folder, 'backfill'))}/{yyyy}/{MM}` };
  const months = { type: 'annotations', from: '2024-01', to: '2024-05', input, concurrency: 2 };
  await steered(await start('backfill', 'backfill', months));
}

async function startPacs() {
  const { startPostgres } = await load('support/servers/postgres.ts');
  const postgres = await startPostgres();
  const films = join(folder, 'pacs');
  const sample = await writePacsSample(films, { studies: 6, seed: 106, size: { rows: 96, columns: 80 } });
  const server = await startFileServer(films);
  closing.push(
    () => server.close(),
    () => postgres.stop(),
  );
  const url = await postgres.createDatabase('pacs');
  await seedPacs(url, sample, (path) => server.urlOf(path));
  return url;
}

async function pacs() {
  await steered(await start('pacsExport', 'pacs', { studies: 6, pageSize: 2, batchSize: 2, concurrency: 1 }));
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
