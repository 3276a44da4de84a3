import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type DetectionSamples, writeDetectionSamples } from '../../src/samples/write-detection-samples.js';
import { fileUri, openStore } from '../../src/storage/open.js';
import type { Progress } from '../../src/workflows/steer.js';
import type { Running } from '../support/cli.js';
import { seeded } from '../support/random.js';
import { type Postgres, startPostgres } from '../support/servers/postgres.js';
import { temporaryFolder } from '../support/servers/process.js';
import { startTemporal, type Temporal } from '../support/servers/temporal.js';
import { makeSite, type Site } from '../support/site.js';
import { hashesBelow } from '../support/version.js';

const IMAGES = 400;
const KILLS = 6;
const SEED = Number(process.env.CXRFLOW_KILL_SEED ?? 1);
const folder = temporaryFolder('detection-killed');
let temporal: Temporal;
let postgres: Postgres;
let samples: DetectionSamples;
const sites: Site[] = [];

beforeAll(async () => {
  [temporal, postgres] = await Promise.all([startTemporal(), startPostgres()]);
  samples = await writeDetectionSamples(join(folder, 'samples'), {
    images: IMAGES,
    seed: SEED,
    size: { rows: 96, columns: 80 },
  });
});
afterAll(async () => {
  await Promise.all(sites.map((site) => site.close()));
  await Promise.all([temporal, postgres].map((server) => server?.stop()));
});

async function site(name: string, keyring?: string): Promise<Site> {
  const made = await makeSite({
    temporal,
    database: await postgres.createDatabase(name),
    storage: fileUri(temporaryFolder(`detection-${name}`)),
    config: `storage: { sharedFilesystem: true }\nsources:\n  films: { uri: "${fileUri(samples.images)}", issuer: CLINIC }\n`,
    ...(keyring && { keyring }),
  });
  sites.push(made);
  return made;
}

const destination = (name: string) => fileUri(join(folder, name, 'vindr'));
const start = (at: Site, name: string) =>
  at.cli(
    'start',
    'detectionDataset',
    '--id',
    name,
    '--input',
    JSON.stringify({
      boxes: fileUri(samples.boxes),
      images: 'films',
      patients: fileUri(samples.patients),
      destination: destination(name),
      version: 'v1.0',
    }),
  );

test(`workers killed ${KILLS} times: the version is byte-identical to an undisturbed one`, async () => {
  for (const name of ['calm', 'stormy']) await openStore(fileUri(join(folder, name))).ensure();
  const calm = await site('calm');
  const worker = await calm.worker('main,io,cpu,gpu');
  await start(calm, 'calm');
  expect(await calm.client.workflow.getHandle('calm').result()).toMatchObject({ done: IMAGES });
  await worker.end('SIGTERM');

  const random = seeded(SEED);
  const stormy = await site('stormy', calm.keyring);
  let one: Running = await stormy.worker('main,io,cpu,gpu');
  await start(stormy, 'stormy');
  const handle = stormy.client.workflow.getHandle('stormy');
  let kills = 0;
  for (; kills < KILLS && (await handle.describe()).status.name === 'RUNNING'; kills += 1) {
    await sleep(500 + random() * 1500);
    expect(await one.end('SIGKILL')).toBe('SIGKILL');
    one = await stormy.worker('main,io,cpu,gpu');
  }
  expect(kills).toBeGreaterThan(2);
  expect(await handle.result()).toMatchObject({ done: IMAGES, quarantined: 0 });
  const { events } = await handle.fetchHistory();
  const again =
    events?.filter(({ activityTaskStartedEventAttributes: s }) => (s?.attempt ?? 1) > 1).length ?? 0;
  expect(again).toBeGreaterThan(0);
  const of = (name: string) => hashesBelow(openStore(destination(name)), 'v1.0/');
  expect(await of('stormy')).toEqual(await of('calm'));
  for await (const { key } of stormy.objects.list('.staging/')) throw new Error(`${key} is left`);
  const splits = async (at: Site) =>
    await at.catalog.db
      .selectFrom('patient_splits')
      .select(['patient', 'split'])
      .orderBy('patient')
      .execute();
  expect(await splits(stormy)).toEqual(await splits(calm));
  expect(await handle.query<Progress>('progress')).toMatchObject({ type: 'detectionDataset' });
});
