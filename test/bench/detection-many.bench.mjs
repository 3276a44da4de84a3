// The size of VinDr-CXR, tiny: 15,000 images of three readers into six splits; memory that stays flat, a short history.
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

const IMAGES = Number(process.env.CXRFLOW_BENCH_FILES ?? (quick ? 1_500 : 15_000));
const [SIDE, READERS, SAMPLE_MS] = [32, 3, 250];

const folder = temporaryFolder();
const images = join(folder, 'images');
mkdirSync(images);
say(`detection-many: making ${IMAGES} images of ${SIDE} x ${SIDE}, ${READERS} readers`);
const create = { width: SIDE, height: SIDE, channels: 3, background: '#777' };
const png = await sharp({ create }).toColourspace('b-w').png().toBuffer();
const rows = ['image_id,class_name,class_id,rad_id,x_min,y_min,x_max,y_max'];
for (let i = 0; i < IMAGES; i++) {
  const id = `i${String(i).padStart(6, '0')}`;
  writeFileSync(join(images, `${id}.png`), png);
  for (let reader = 1; reader <= READERS; reader++)
    rows.push(
      i % 3 === 0
        ? `${id},No finding,14,R${reader},,,,`
        : `${id},Nodule/Mass,8,R${reader},${reader},2,${20 + (i % 9)},${22 + reader}`,
    );
}
const boxes = join(folder, 'boxes.csv');
writeFileSync(boxes, `${rows.join('\n')}\n`);

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
  DATABASE_URL: await postgres.createDatabase('detection'),
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
const outcome = await client.workflow.execute('detectionDataset', {
  taskQueue: 'cxrflow',
  workflowId: 'many',
  args: [{ boxes: pathToFileURL(boxes).href, images: pathToFileURL(images).href, version: 'v1.0' }],
});
const seconds = (performance.now() - started) / 1000;
clearInterval(timer);
if (outcome.done !== IMAGES) throw new Error(`${outcome.done} of ${IMAGES} images in the version`);

let longest = 0;
for await (const { historyLength } of client.workflow.list()) longest = Math.max(longest, historyLength);
const quarter = (n) =>
  memory.slice(Math.floor((memory.length * (n - 1)) / 4), Math.floor((memory.length * n) / 4));
const [second, third] = [median(quarter(2)), median(quarter(3))];
const results = [
  result('events of the longest history', longest, '', { atMost: 10_240 }),
  // The last quarter holds the publishing, which has the names and hashes of all files.
  result(
    'resident memory, third quarter by second',
    third / second,
    'x',
    { atMost: 1.15 },
    { second, third },
  ),
  result(
    'resident memory, most',
    Math.max(...memory),
    ' MB',
    { atMost: 900 },
    { memory: memory.map(Math.round) },
  ),
  result('images', IMAGES / seconds, ' images/s'),
];
await connection.close();
await worker.stop();
await postgres.stop();
await temporal.stop();
finish('detection-many', results);
