// Many tiny images through a worker process into one version: histories that stay short, memory that stays flat.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { pathToFileURL } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import sharp from 'sharp';
import { finish, median, quick, result, say, temporaryFolder } from './lib/bench.mjs';
import { CLI, residentMb, serving } from './lib/child.mjs';
import { load } from './lib/load.mjs';

const FILES = Number(process.env.CXRFLOW_BENCH_FILES ?? (quick ? 4_000 : 100_000));
const SIDE = 28;
const SAMPLE_MS = 250;

const folder = temporaryFolder();
const source = join(folder, 'source');
say(`processing-many: making ${FILES} images of ${SIDE} x ${SIDE}`);
for (let i = 0; i < FILES; i++) {
  const split = i % 10 < 8 ? 'train' : i % 10 < 9 ? 'val' : 'test';
  const place = join(source, split, i % 3 === 0 ? 'NORMAL' : 'PNEUMONIA');
  if (i < 60) mkdirSync(place, { recursive: true });
  // A number in grey levels: no two files are equal.
  const data = Buffer.from(
    Array.from({ length: SIDE * SIDE }, (_, p) => (p * 31 + (i >> (p % 17)) * 97) & 255),
  );
  const png = await sharp(data, { raw: { width: SIDE, height: SIDE, channels: 1 } })
    .png({ compressionLevel: 1 })
    .toBuffer();
  writeFileSync(join(place, `${i}.png`), png);
}

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
const started = performance.now();
const outcome = await client.workflow.execute('chestXrayProcessing', {
  taskQueue: 'cxrflow',
  workflowId: 'many',
  args: [
    {
      source: pathToFileURL(source).href,
      version: 'v1.0',
      leakage: 'allow',
      steps: { resize: { width: SIDE, height: SIDE }, output: { shardSize: '8MiB' } },
    },
  ],
});
const seconds = (performance.now() - started) / 1000;
clearInterval(timer);
if (outcome.done !== FILES) throw new Error(`${outcome.done} of ${FILES} files in the version`);

let longest = 0;
for await (const { historyLength } of client.workflow.list()) longest = Math.max(longest, historyLength);
const quarter = (n) =>
  memory.slice(Math.floor((memory.length * (n - 1)) / 4), Math.floor((memory.length * n) / 4));
const [second, last] = [median(quarter(2)), median(quarter(4))];
const results = [
  result('events of the longest history', longest, '', { atMost: 10_240 }),
  result('resident memory, last quarter by second', last / second, 'x', { atMost: 1.15 }, { second, last }),
  result(
    'resident memory, most',
    Math.max(...memory),
    ' MB',
    { atMost: 700 },
    { memory: memory.map(Math.round) },
  ),
  result('images of 28 x 28, into TFRecord and Parquet', FILES / seconds, ' images/s'),
];
await connection.close();
await worker.stop();
await postgres.stop();
await temporal.stop();
finish('processing-many', results);
