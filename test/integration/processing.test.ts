import { rmSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readVersion } from '../../src/activities/versions/publish.js';
import { verifyVersion } from '../../src/activities/versions/verify.js';
import type { VersionManifest } from '../../src/datasets/version/manifest.js';
import { writeSamples } from '../../src/samples/write-samples.js';
import { openStore } from '../../src/storage/open.js';
import { labelledFilms, oddFiles, upload, writeFolder } from '../support/datasets/labelled-folder.js';
import { type FakeGcs, startFakeGcs } from '../support/servers/fake-gcs.js';
import { type Minio, startMinio } from '../support/servers/minio.js';
import { type Postgres, startPostgres } from '../support/servers/postgres.js';
import { temporaryFolder } from '../support/servers/process.js';
import { startTemporal, type Temporal } from '../support/servers/temporal.js';
import { makeSite, type Site } from '../support/site.js';

const COUNT = 40;
const folder = temporaryFolder('processing');
const uri = (path: string) => pathToFileURL(join(folder, path)).href;
let temporal: Temporal;
let postgres: Postgres;
let minio: Minio;
let gcs: FakeGcs;
let at: Site;
let env: Record<string, string>;

beforeAll(async () => {
  [temporal, postgres, minio, gcs] = await Promise.all([
    startTemporal(),
    startPostgres(),
    startMinio(),
    startFakeGcs(),
  ]);
  env = {
    S3_ENDPOINT: minio.endpoint,
    S3_ACCESS_KEY: minio.accessKey,
    S3_SECRET_KEY: minio.secretKey,
    S3_REGION: 'us-east-1',
    STORAGE_EMULATOR_HOST: gcs.emulatorHost,
  };
  await Promise.all([minio.createBucket('cxr'), minio.createBucket('films'), gcs.createBucket('films')]);
  const database = await postgres.createDatabase('processing');
  at = await makeSite({ temporal, database, storage: 's3://cxr', env });
  await at.worker('main,io,cpu,gpu');
  const films = await labelledFilms(COUNT);
  await writeFolder(join(folder, 'films'), films);
  await writeFolder(join(folder, 'films'), await oddFiles(films));
  await mkdir(join(folder, 'out'));
});
afterAll(async () => {
  await at?.close();
  await Promise.all([temporal, postgres, minio, gcs].map((server) => server?.stop()));
  rmSync(folder, { recursive: true, force: true });
});

const stores = () => ({
  s3: {
    endpoint: env.S3_ENDPOINT,
    accessKey: env.S3_ACCESS_KEY,
    secretKey: env.S3_SECRET_KEY,
    region: 'us-east-1',
  },
  gs: { emulatorHost: env.STORAGE_EMULATOR_HOST },
});
type Answer = { code: number; json: Record<string, unknown> & { error?: { code: string } } };
const processing = (...set: readonly string[]) =>
  at.cli('start', 'chestXrayProcessing', '--wait', '--set', ...set) as Promise<Answer>;
async function versionAt(root: string, version: string): Promise<VersionManifest> {
  const store = openStore(`${root}/processed`, stores());
  const { manifest } = await readVersion(store, `${version}/`);
  expect(await verifyVersion(store, `${version}/`, manifest)).toMatchObject({ ok: true });
  await store.close();
  return manifest;
}

describe('one set of films', () => {
  test('becomes one version; what has no place in it is counted and in quarantine', async () => {
    const { code, json } = await processing(
      `source=${uri('films')}`,
      'version=v1.0',
      'seed=3',
      'leakage=allow',
    );
    // notes.txt and README.md are no images, .DS_Store is nobody's; the cut film and two without a label are.
    expect(json).toMatchObject({ found: COUNT + 6, done: COUNT, skipped: 0, ignored: 3, quarantined: 3 });
    expect(code).toBe(3);
    expect(json.splits).toMatchObject({ train: { images: 24 }, val: { images: 8 }, test: { images: 8 } });
    const manifest = await versionAt('s3://cxr', 'v1.0');
    expect(manifest.quarantined).toEqual({ DECODE_FAILED: 1, NO_LABEL: 2 });
    expect(manifest.counts).toEqual({
      found: COUNT + 6,
      done: COUNT,
      skipped: 0,
      ignored: 3,
      quarantined: 3,
    });
    const listed = await at.cli('quarantine', 'list', '--source', `dataset:${uri('films')}`);
    expect((listed.json.files as { code: string }[]).map((file) => file.code).sort()).toEqual([
      'DECODE_FAILED',
      'NO_LABEL',
      'NO_LABEL',
    ]);
    // Nothing of the run is left, and no name of a file is anywhere.
    for await (const { key } of at.objects.list('.staging/')) expect.fail(`left in staging: ${key}`);
    for await (const { key } of at.objects.list('processed/'))
      expect((await at.objects.read(key)).includes('film-0'), key).toBe(false);
  });

  test('gives the same bytes wherever it lies and wherever it goes', async () => {
    const films = await labelledFilms(COUNT);
    await writeFolder(join(folder, 'clean'), films);
    for (const root of ['s3://films/in', 'gs://films/in']) {
      const store = openStore(root, stores());
      await upload(store, films);
      await store.close();
    }
    const runs: [string, string][] = [
      [uri('clean'), uri('out')],
      ['s3://films/in', 'gs://films/out'],
      ['gs://films/in', 's3://films/out'],
    ];
    const made: VersionManifest[] = [];
    for (const [source, destination] of runs) {
      const { json } = await processing(
        ...[`source=${source}`, `destination=${destination}`, 'version=v1.0', 'seed=3'],
        ...['steps.output.shardSize=1MiB', 'steps.augment.copies=1', 'steps.normalise.scope=train'],
      );
      expect(json).toMatchObject({ done: COUNT, quarantined: 0 });
      made.push(await versionAt(destination, 'v1.0'));
    }
    const [first, ...others] = made;
    for (const other of others) expect(other).toEqual(first);
    expect(first?.splits.train).toMatchObject({ images: 24, examples: 48 });
    // 224 x 224 float32 is 200 kB: five to a shard of 1 MiB.
    expect(first?.files.filter(({ path }) => path.startsWith('tfrecords/train/'))).toHaveLength(10);
  });
});

describe('cxrflow dataset', () => {
  test('lists, shows, compares, rolls back, verifies and makes again', async () => {
    const again = await processing(`source=${uri('clean')}`, 'seed=4', 'formats=["tfrecord"]');
    // No version was named: the next one.
    expect(again.json).toMatchObject({ version: 'v1.1', done: COUNT });
    const { json: list } = await at.cli('dataset', 'list', '--dataset', 'chest-xray');
    const here = (list.versions as { uri: string; version: string; current: boolean }[]).filter((v) =>
      v.uri.startsWith('s3://cxr/'),
    );
    expect(here.map(({ version, current }) => [version, current])).toEqual([
      ['v1.1', true],
      ['v1.0', false],
    ]);
    expect((await at.cli('dataset', 'show', 'v1.0')).json.error).toMatchObject({ code: 'VERSION_AMBIGUOUS' });
    const shown = await at.cli('dataset', 'show', 's3://cxr/processed/v1.0');
    expect(shown.json).toMatchObject({ current: false, manifest: { seed: 3, counts: { done: COUNT } } });

    const diff = await at.cli('dataset', 'diff', 's3://cxr/processed/v1.0', 'chest-xray/v1.1');
    expect(diff.json).toMatchObject({ same: false, origin: [{ path: 'seed', from: 3, to: 4 }] });

    const back = await at.cli('dataset', 'rollback', 's3://cxr/processed/v1.0', '--reason', 'labels');
    expect(back.json).toMatchObject({ from: 'v1.1', to: 'v1.0' });
    expect(JSON.parse((await at.objects.read('processed/current.json')).toString())).toEqual({
      version: 'v1.0',
    });

    await at.objects.write('processed/v1.1/README.md', Buffer.from('changed'));
    await at.objects.delete('processed/v1.1/lineage.parquet');
    const broken = await at.cli('dataset', 'verify', 'v1.1');
    expect(broken).toMatchObject({
      code: 1,
      json: { ok: false, missing: ['lineage.parquet'], changed: ['README.md'], extra: [] },
    });
    const rebuilt = await at.cli('dataset', 'rebuild', 'v1.1', '--restore');
    expect(rebuilt).toMatchObject({
      code: 0,
      json: { same: true, restored: ['lineage.parquet', 'README.md'] },
    });
    expect(await at.cli('dataset', 'verify', 'v1.1')).toMatchObject({ code: 0, json: { ok: true } });
    for await (const { key } of at.objects.list('.rebuild')) expect.fail(`left: ${key}`);
    expect((await at.cli('dataset', 'show', 'v9')).json.error).toMatchObject({ code: 'VERSION_MISSING' });
  });
});

describe('from the catalog', () => {
  test('stored images with one label each, their patients in one split, and the catalog knows who is where', async () => {
    const dir = join(folder, 'samples');
    await writeSamples(dir, { studies: 30, seed: 5, size: { rows: 96, columns: 80 }, extras: false });
    const ingested = await at.cli('start', 'ingest', '--wait', '--set', `source=${dir}`);
    expect(ingested.json.stored).toBeGreaterThan(20);
    const { db } = at.catalog;
    const images = await db.selectFrom('images').selectAll().where('state', '=', 'stored').execute();
    const frontal = images.filter(({ view_position }) => ['AP', 'PA'].includes(view_position));
    await db
      .insertInto('annotation_files')
      .values({ file_id: 'labels', source: 'test', revision: 1 })
      .execute();
    const labelled = frontal.slice(0, -2);
    await db
      .insertInto('annotation_records')
      .values(
        labelled.map(({ image_id }, i) => ({
          file_id: 'labels',
          revision: 1,
          position: i,
          state: 'applied' as const,
          record_id: `r${i}`,
          image_id,
          kind: 'label' as const,
          class_name: i % 2 ? 'PNEUMONIA' : 'NORMAL',
          value: 1 as const,
          content: 'present',
        })),
      )
      .execute();
    const { json } = await processing('source={}', 'destination=s3://films/catalog', 'version=v1.0');
    expect(json).toMatchObject({ found: frontal.length, done: labelled.length, quarantined: 2 });
    const manifest = await versionAt('s3://films/catalog', 'v1.0');
    const known = await db
      .selectFrom('version_patients as p')
      .innerJoin('dataset_versions as v', 'v.version_id', 'p.version_id')
      .select(['p.patient', 'p.split', 'p.images'])
      .where('v.uri', '=', 's3://films/catalog/processed/v1.0')
      .execute();
    expect(new Set(known.map(({ patient }) => patient)).size).toBe(known.length);
    expect(known.reduce((sum, { images: n }) => sum + n, 0)).toBe(labelled.length);
    expect(Object.values(manifest.splits).reduce((sum, { patients }) => sum + (patients ?? 0), 0)).toBe(
      known.length,
    );
    expect(manifest.splits.train?.images).toBeGreaterThan(labelled.length / 2);

    const only = await processing(
      `source=${JSON.stringify({ label: 'PNEUMONIA', view: 'PA' })}`,
      ...['destination=s3://films/catalog', 'version=v1.1'],
    );
    const wanted = labelled.filter(({ view_position }, i) => i % 2 === 1 && view_position === 'PA');
    expect(only.json).toMatchObject({ found: wanted.length, done: wanted.length });
    const none = await processing('source={"from":"2100-01-01"}', 'version=v9.9');
    expect(none).toMatchObject({ code: 2, json: { error: { code: 'NO_IMAGES' } } });
  });
});

describe('refuses', () => {
  const failure = async (...set: readonly string[]) => {
    const { code, json } = await processing(...set);
    return [json.error?.code, code];
  };

  test('what cannot become a version, and leaves nothing behind', async () => {
    await mkdir(join(folder, 'empty'));
    expect(await failure(`source=${uri('empty')}`, 'version=v2.0')).toEqual(['NO_IMAGES', 2]);
    expect(await failure(`source=${uri('clean')}`, 'version=a/b')).toEqual(['BAD_INPUT', 2]);
    expect(await failure(`source=${uri('clean')}`, 'version=v1.1')).toEqual(['VERSION_EXISTS', 2]);
    expect(await failure(`source=${uri('clean')}`, 'steps.resize.width=0')).toEqual(['BAD_INPUT', 2]);
    expect(await failure(`source=${uri('clean')}`, 'formats=["csv"]')).toEqual(['BAD_INPUT', 2]);
    // At once, and not when the run has waited for a folder that will never come.
    for (const [set, detail] of [
      [[`source=${uri('no such folder')}`], 'source: there is no such folder'],
      [
        [`source=${uri('clean')}`, `destination=${uri('no/such')}`],
        'destination: there is no folder to make it in',
      ],
    ] as const)
      expect((await processing(...set, 'version=v2.0')).json.error).toMatchObject({
        code: 'BAD_INPUT',
        message: expect.stringContaining(detail),
      });
    await at.objects.write('processed/theirs/part-0.parquet', Buffer.from('x'));
    expect(await failure(`source=${uri('clean')}`, 'version=theirs')).toEqual(['DESTINATION_IN_USE', 2]);
    expect(await at.objects.stat('processed/theirs/part-0.parquet')).toBeDefined();
    for await (const { key } of at.objects.list('processed/v2.0')) expect.fail(`left: ${key}`);
    expect(await at.catalog.db.selectFrom('leases').selectAll().execute()).toEqual([]);
  });

  test('leakage, unless told what to do with it', async () => {
    const films = await labelledFilms(10);
    const [[, same] = ['', Buffer.alloc(0)]] = films;
    films.set('test/PNEUMONIA/copy.jpeg', same);
    films.set('train/NORMAL/copy.jpeg', same);
    await writeFolder(join(folder, 'leaky'), films);
    const set = [`source=${uri('leaky')}`, 'destination=s3://films/leaky'];
    const stopped = await processing(...set, 'version=v1.0');
    expect(stopped).toMatchObject({ code: 2, json: { error: { code: 'LEAKAGE' } } });
    const report = /s3:\S+preflight\.json/.exec(JSON.stringify(stopped.json.error))?.[0] ?? '';
    const preflight = JSON.parse((await at.objects.read(report.slice('s3://cxr/'.length))).toString());
    expect(preflight).toMatchObject({
      ok: false,
      duplicates: { withinSplits: 1, acrossSplits: 1, conflictingLabels: 1 },
      leakage: { policy: 'stop', found: 1 },
    });
    const dropped = await processing(...set, 'version=v1.0', 'leakage=drop');
    expect(dropped.json).toMatchObject({ found: 12, done: 10, skipped: 2 });
    const allowed = await processing(...set, 'version=v1.1', 'leakage=allow');
    expect(allowed.json).toMatchObject({ found: 12, done: 12, skipped: 0 });
  });
});

test('odd images: a single pixel is taken, one beyond the limit is in quarantine, one class is said', async () => {
  const dir = join(folder, 'odd');
  const dot = await sharp(Buffer.of(7), { raw: { width: 1, height: 1, channels: 1 } })
    .png()
    .toBuffer();
  const huge = await sharp({ create: { width: 9_000, height: 9_000, channels: 3, background: '#000' } })
    .png({ compressionLevel: 9 })
    .toBuffer();
  await writeFolder(
    dir,
    new Map([
      ['train/NORMAL/dot.png', dot],
      ['train/NORMAL/huge.png', huge],
      // No image by its content: a fault where the name says that it is one.
      ['train/NORMAL/empty.png', Buffer.alloc(0)],
      ['train/NORMAL/labels.txt', Buffer.from('text')],
    ]),
  );
  const { json } = await processing(
    `source=${pathToFileURL(dir).href}`,
    'destination=s3://films/odd',
    'version=v1.0',
  );
  expect(json).toMatchObject({ found: 4, done: 1, ignored: 1, quarantined: 2 });
  const manifest = await versionAt('s3://films/odd', 'v1.0');
  expect(manifest.quarantined).toEqual({ IMAGE_TOO_LARGE: 1, NOT_AN_IMAGE: 1 });
  expect(JSON.stringify(manifest.details)).toContain('Only one class');
  await rm(dir, { recursive: true });
});
