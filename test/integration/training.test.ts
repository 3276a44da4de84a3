/** Training where nothing is a file: datasets, checkpoints and models in s3:// and gs://, on workers that share no disk. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { registerModel } from '../../src/activities/models/register.js';
import { modelVersion, promote } from '../../src/catalog/models.js';
import { openStore } from '../../src/storage/open.js';
import type { ObjectStore } from '../../src/storage/port.js';
import { cellDetector } from '../support/loop/cells.js';
import { cellImages, publishCells } from '../support/loop/dataset.js';
import { BETTER, PRODUCTION, TRAINER } from '../support/loop/world.js';
import { type FakeGcs, startFakeGcs } from '../support/servers/fake-gcs.js';
import { type Minio, startMinio } from '../support/servers/minio.js';
import { type Postgres, startPostgres } from '../support/servers/postgres.js';
import { temporaryFolder } from '../support/servers/process.js';
import { startTemporal, type Temporal } from '../support/servers/temporal.js';
import { makeSite, type Site } from '../support/site.js';

let temporal: Temporal;
let postgres: Postgres;
let minio: Minio;
let gcs: FakeGcs;
const sites: Site[] = [];
const orphans: number[] = [];
const SIZES = { training: 4, validation: 4, canary: 4, production: 8, test: 2 };

beforeAll(async () => {
  [temporal, postgres, minio, gcs] = await Promise.all([
    startTemporal(),
    startPostgres(),
    startMinio(),
    startFakeGcs(),
  ]);
  for (const server of [minio, gcs])
    for (const bucket of ['objects', 'datasets']) await server.createBucket(bucket);
});
afterAll(async () => {
  for (const pid of orphans) if (isAlive(pid)) process.kill(-pid, 'SIGKILL');
  await Promise.all(sites.map((site) => site.close()));
  await Promise.all([temporal, postgres, minio, gcs].map((server) => server?.stop()));
});

test.each([
  ['s3', 'gs'],
  ['gs', 's3'],
])('objects on %s://, the dataset on %s://; the worker dies in the middle', async (objects, datasets) => {
  const site = await makeSite({
    temporal,
    database: await postgres.createDatabase(`training_${objects}`),
    storage: `${objects}://objects/site`,
    patience: '1m',
    env: {
      S3_ENDPOINT: minio.endpoint,
      S3_ACCESS_KEY: minio.accessKey,
      S3_SECRET_KEY: minio.secretKey,
      S3_REGION: 'us-east-1',
      STORAGE_EMULATOR_HOST: gcs.emulatorHost,
    },
    config: `retrain: { trainer: fake, minFeedback: 1 }
trainers: { fake: { command: [${process.execPath}, ${TRAINER}] } }
`,
  });
  sites.push(site);
  const { catalog, client, env } = site;
  const store = openStore(`${datasets}://datasets/${objects}/cells`, {
    s3: { endpoint: minio.endpoint, accessKey: minio.accessKey, secretKey: minio.secretKey },
    gs: { emulatorHost: gcs.emulatorHost },
  });
  await publishCells(catalog, store, { dataset: 'cells', version: 'v1.0', images: cellImages(SIZES) });
  const bytes = cellDetector(PRODUCTION);
  const model = { name: 'cells', bytes, who: 't', codeVersion: 't' };
  await registerModel({ catalog, objects: site.objects }, model);
  await catalog.transaction((trx) => promote(trx, 'cells', 1, { who: 't', reason: 'first' }));
  await site.worker('main,io,cpu');
  const first = await site.worker('gpu');

  const start = (type: string, input: object) =>
    client.workflow.start(type, {
      taskQueue: 'cxrflow',
      workflowId: `${type}-${objects}`,
      args: [input],
    });
  const simulated = await (await start('onlineSimulation', { load: [4] })).result();
  expect(simulated).toMatchObject({ found: SIZES.production, done: SIZES.production });

  const better = join(temporaryFolder('better'), 'better.onnx');
  writeFileSync(better, cellDetector(BETTER));
  // It waits for ever behind its second epoch, unless it goes on from there.
  const params = { model: better, epochs: 4, stopAt: 2 };
  const run = await start('feedbackRetrain', { params });
  const trainings = join(String(env.CXRFLOW_DATA), 'trainings');
  await vi.waitFor(async () => expect(await checkpoint(site.objects)).toBe(2), {
    timeout: 60_000,
    interval: 100,
  });
  const [work = ''] = readdirSync(trainings);
  const at = (...path: string[]) => join(trainings, work, ...path);
  orphans.push(JSON.parse(readFileSync(at('output', 'started-at-0'), 'utf8')).pid);
  await expectSame(store, 'v1.0/organized/training', at('dataset', 'training'), 4);
  await expectSame(store, 'v1.0/organized/validation', at('dataset', 'validation'), 4);
  await expectSame(store, 'v1.1/organized/retrain', at('dataset', 'retrain'), 4);
  for (const split of ['test', 'canary', 'production']) expect(existsSync(at('dataset', split))).toBe(false);
  expect(await first.end('SIGKILL')).toBe('SIGKILL');

  // Another machine: nothing of the first one's disk is there.
  const elsewhere = temporaryFolder('elsewhere');
  await site.worker('gpu', { CXRFLOW_DATA: elsewhere });
  expect(await run.result()).toMatchObject({
    trained: { attempts: 2, epochs: 4, metrics: { loss: 0.5 } },
    version: { version: 'v1.1', root: store.root },
    promoted: true,
    candidate: { model: 'cells@v2' },
  });
  const row = await modelVersion(catalog.db, 'cells');
  expect(row).toMatchObject({ version: 2, parent: 'cells@v1', dataset: 'cells@v1.1' });
  expect(row.uri).toMatch(new RegExp(`^${objects}://objects/site/models/cells/`));
  expect(readdirSync(join(elsewhere, 'trainings'))).toEqual([]);
  expect(await checkpoint(site.objects)).toBeUndefined();
  await store.close();
  // The sites share a Temporal server, and so their queues.
  await site.close();
  sites.pop();
});

/** The pictures and labels of a split are on the disk as they are in the store. */
async function expectSame(store: ObjectStore, prefix: string, folder: string, images: number): Promise<void> {
  const keys: string[] = [];
  for await (const { key } of store.list(`${prefix}/`)) keys.push(key);
  expect(keys).toHaveLength(2 * images);
  const there = (part: string) => readdirSync(join(folder, part)).map((name) => `${prefix}/${part}/${name}`);
  expect([...there('images'), ...there('labels')].sort()).toEqual(keys.sort());
  for (const key of keys)
    expect(readFileSync(join(folder, key.slice(prefix.length)))).toEqual(await store.read(key));
}

/** Number of the checkpoint that is kept of the run that trains. */
async function checkpoint(objects: ObjectStore): Promise<number | undefined> {
  for await (const { key } of objects.list('.staging/'))
    if (key.endsWith('/checkpoint.json'))
      return (JSON.parse((await objects.read(key)).toString()) as { number: number }).number;
  return undefined;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
