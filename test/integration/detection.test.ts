import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { VersionManifest } from '../../src/datasets/version/manifest.js';
import { type DetectionSamples, writeDetectionSamples } from '../../src/samples/write-detection-samples.js';
import { fileUri, openStore } from '../../src/storage/open.js';
import type { ObjectStore } from '../../src/storage/port.js';
import type { Progress } from '../../src/workflows/steer.js';
import { type FakeGcs, startFakeGcs } from '../support/servers/fake-gcs.js';
import { type Minio, startMinio } from '../support/servers/minio.js';
import { type Postgres, startPostgres } from '../support/servers/postgres.js';
import { temporaryFolder } from '../support/servers/process.js';
import { startTemporal, type Temporal } from '../support/servers/temporal.js';
import { makeSite, type Site } from '../support/site.js';
import { hashesBelow } from '../support/version.js';

const IMAGES = 40;
const SIZE = { rows: 96, columns: 80 };
const folder = temporaryFolder('detection');
let temporal: Temporal;
let postgres: Postgres;
let minio: Minio;
let gcs: FakeGcs;
let samples: DetectionSamples;
let at: Site;

const roots = () => ({ file: fileUri(join(folder, 'store')), s3: 's3://cxr/store', gs: 'gs://cxr/store' });
const env = () => ({
  S3_ENDPOINT: minio.endpoint,
  S3_ACCESS_KEY: minio.accessKey,
  S3_SECRET_KEY: minio.secretKey,
  S3_REGION: 'us-east-1',
  STORAGE_EMULATOR_HOST: gcs.emulatorHost,
});
const open = (root: string): ObjectStore =>
  openStore(root, {
    s3: {
      endpoint: minio.endpoint,
      accessKey: minio.accessKey,
      secretKey: minio.secretKey,
      region: 'us-east-1',
    },
    gs: { emulatorHost: gcs.emulatorHost },
  });

beforeAll(async () => {
  [temporal, postgres, minio, gcs] = await Promise.all([
    startTemporal(),
    startPostgres(),
    startMinio(),
    startFakeGcs(),
  ]);
  samples = await writeDetectionSamples(join(folder, 'samples'), { images: IMAGES, seed: 2, size: SIZE });
  await minio.createBucket('cxr');
  await gcs.createBucket('cxr');
  // One issuer for all places: the patients are the same.
  const sources = Object.entries(roots()).map(
    ([n, root]) => `  ${n}: { uri: "${root}/images", issuer: CLINIC }`,
  );
  at = await makeSite({
    temporal,
    database: await postgres.createDatabase('detection'),
    storage: 's3://cxr/kept',
    env: env(),
    config: `sources:\n${sources.join('\n')}\n`,
  });
  await at.worker('main,io,cpu,gpu');
});
afterAll(async () => {
  await at?.close();
  await Promise.all([temporal, postgres, minio, gcs].map((server) => server?.stop()));
  await rm(folder, { recursive: true, force: true });
});

type Result = { code: number; json: Record<string, unknown> & { error?: { code: string; message: string } } };
const build = (input: object, ...args: string[]): Promise<Result> =>
  at.cli('start', 'detectionDataset', '--wait', '--input', JSON.stringify(input), ...args);
const local = () => ({
  boxes: fileUri(samples.boxes),
  images: fileUri(samples.images),
  patients: fileUri(samples.patients),
});
const manifestOf = async (store: ObjectStore, version: string) =>
  JSON.parse((await store.read(`${version}/metadata.json`)).toString()) as VersionManifest;
const splitsOf = async (store: ObjectStore, version: string) =>
  new Map(
    (await store.read(`${version}/splits.csv`))
      .toString()
      .trim()
      .split('\n')
      .slice(1)
      .map((line): [string, readonly [string, string]] => {
        const [id = '', patient = '', split = ''] = line.split(',');
        return [id, [patient, split]];
      }),
  );

/** A folder and tables of their own, to be spoilt. */
async function copyOf(name: string): Promise<DetectionSamples> {
  return await writeDetectionSamples(join(folder, name), { images: IMAGES, seed: 2, size: SIZE });
}

describe('detectionDataset', () => {
  test('is the same, byte by byte, on file://, s3:// and gs://', async () => {
    const made: Record<string, string>[] = [];
    for (const [name, root] of Object.entries(roots())) {
      const store = open(root);
      await store.ensure();
      for (const file of await readdir(samples.images))
        await store.write(`images/${file}`, await readFile(join(samples.images, file)));
      await store.write('tables/boxes.csv', await readFile(samples.boxes));
      await store.write('tables/patients.csv', await readFile(samples.patients));
      const { code, json } = await build({
        boxes: `${root}/tables/boxes.csv`,
        images: name,
        patients: `${root}/tables/patients.csv`,
        destination: `${root}/vindr`,
        version: 'v1.0',
        size: 64,
      });
      expect(code, JSON.stringify(json)).toBe(0);
      expect(json).toMatchObject({ found: IMAGES, done: IMAGES, skipped: 0, ignored: 0, quarantined: 0 });
      expect(json.splits).toEqual({
        training: 31,
        validation: 2,
        test: 2,
        staging: 3,
        canary: 1,
        production: 1,
      });
      made.push(await hashesBelow(store, 'vindr/v1.0/'));
      await store.close();
    }
    expect(Object.keys(made[0] ?? {})).toHaveLength(IMAGES * 3 * 2 + 6 + 7 + 6);
    expect(made[1]).toEqual(made[0]);
    expect(made[2]).toEqual(made[0]);
    // The next version lies among its own images, and takes them for none of its input.
    const next = await build({
      boxes: fileUri(samples.boxes),
      images: fileUri(join(folder, 'store')),
      destination: `${roots().file}/vindr`,
      patients: fileUri(samples.patients),
    });
    expect(next.json).toMatchObject({ version: 'v1.1', done: IMAGES, skipped: 0, quarantined: 0 });
    const shown = await at.cli('dataset', 'verify', `${roots().s3}/vindr/v1.0`);
    expect(shown.json).toMatchObject({ ok: true });
    const again = await at.cli('dataset', 'rebuild', `${roots().gs}/vindr/v1.0`);
    expect(again.json).toMatchObject({ same: true, different: [] });
  });

  test('names no patient: not in files, catalog, histories', async () => {
    const destination = fileUri(join(folder, 'private'));
    const { json } = await build({ ...local(), destination, version: 'v1.0', annotators: 'fused' });
    const store = open(destination);
    const texts: string[] = [];
    for await (const { key } of store.list('')) texts.push(key, (await store.read(key)).toString('latin1'));
    const { events } = await at.client.workflow.getHandle(String(json.workflowId)).fetchHistory();
    for (const event of events ?? []) texts.push(JSON.stringify(event), ...payloadsOf(event));
    for (const table of ['patient_splits', 'version_patients', 'dataset_versions', 'files'] as const)
      texts.push(JSON.stringify(await at.catalog.db.selectFrom(table).selectAll().execute()));
    const all = texts.join('\n');
    const names = [...samples.identifiers, ...samples.truth.map(({ patientId }) => patientId)].filter(
      (n) => n.length > 5,
    );
    expect(names.length).toBeGreaterThan(20);
    expect(names.filter((name) => all.includes(name))).toEqual([]);
    // What was looked through does hold what it must: pseudonyms, and an image by its id.
    expect(all).toMatch(/P[A-Z2-7]{26}/);
    expect(all).toContain(samples.truth[0]?.imageId);
  });

  test('without a table of patients the headers keep a patient together', async () => {
    const destination = fileUri(join(folder, 'headers'));
    const { boxes, images } = local();
    expect((await build({ boxes, images, destination, version: 'v1' })).code).toBe(0);
    const splits = await splitsOf(open(destination), 'v1');
    const seen = new Map<string, string>();
    for (const { imageId, patientId } of samples.truth) {
      const [pseudonym, split] = splits.get(imageId) ?? ['', ''];
      expect(pseudonym).toMatch(/^P[A-Z2-7]{26}$/);
      expect(seen.get(patientId) ?? split).toBe(split);
      seen.set(patientId, split);
    }
    expect(new Set([...splits.values()].map(([pseudonym]) => pseudonym)).size).toBe(seen.size);
  });

  test('every image and row that cannot be taken is counted, listed and said', async () => {
    const spoilt = await copyOf('spoilt');
    const [first, second, third, fourth, fifth] = spoilt.truth.map(({ imageId }) => imageId);
    const rows = (await readFile(spoilt.boxes, 'utf8')).trimEnd().split('\n');
    rows.push(
      'missing,Nodule/Mass,8,R1,1,1,9,9',
      `${first},Nodule/Mass,8,R9,70,70,60,60`,
      `${first},Nodule/Mass,8,R9,-20,50,10,60`,
      `${first},Nodule/Mass,8,R9,500,500,510,510`,
      `${first},Nodule/Mass,8,R9,30,30,30.2,40`,
      `${first},Nodule/Mass,8,R9,NaN,1,2,3`,
      `${first},Nodule/Mass,8,R9,60,60,70,70`,
    );
    // Nobody read the last but one; the fifth has no patient.
    await writeFile(spoilt.boxes, rows.filter((row) => !row.startsWith(`${fourth},`)).join('\n'));
    const patients = (await readFile(spoilt.patients, 'utf8'))
      .split('\n')
      .filter((row) => !row.startsWith(`${fifth},`));
    await writeFile(spoilt.patients, patients.join('\n'));
    const whole = await readFile(join(spoilt.images, `${second}.dicom`));
    await writeFile(join(spoilt.images, `${second}.dicom`), whole.subarray(0, whole.length * 0.7));
    await writeFile(join(spoilt.images, `${third}.png`), Buffer.from([0x89, 0x50, 0x4e, 0x47, 1, 2, 3]));
    await writeFile(join(spoilt.images, 'notes.txt'), 'read me');
    const destination = fileUri(join(folder, 'left-out'));
    const { code, json } = await build({
      boxes: fileUri(spoilt.boxes),
      images: fileUri(spoilt.images),
      patients: fileUri(spoilt.patients),
      destination,
      version: 'v1.0',
    });
    expect(code).toBe(3);
    // Missing; cut; two files of one name; no patient. One nobody read; one that is no picture.
    expect(json).toMatchObject({
      found: IMAGES + 2,
      done: IMAGES - 4,
      skipped: 1,
      ignored: 1,
      quarantined: 4,
    });
    const store = open(destination);
    const { details, quarantined } = await manifestOf(store, 'v1.0');
    expect(quarantined).toMatchObject({ IMAGE_MISSING: 1, IMAGE_AMBIGUOUS: 1, PATIENT_MISSING: 1 });
    expect(details).toMatchObject({
      quarantinedRows: { BOX_OUTSIDE: 1, BOX_DEGENERATE: 1, BOX_INCOMPLETE: 1 },
      fixes: { reversed: 1, clipped: 1, duplicates: 1 },
      skipped: { NO_ROWS: 1 },
    });
    const listed = await at.cli('quarantine', 'list', '--source', `dataset:${destination}`);
    expect((listed.json.files as unknown[]).length).toBe(7);
    const csv = (await store.read('v1.0/quarantine.csv')).toString();
    expect(csv).toContain(`image,${second},,`);
    expect(csv.trim().split('\n')).toHaveLength(1 + 7);
  });

  test('a later version keeps every split, whatever its seed; a version is never written over', async () => {
    const destination = fileUri(join(folder, 'grown'));
    const few = await writeDetectionSamples(join(folder, 'few'), { images: 25, seed: 2, size: SIZE });
    const of = (s: DetectionSamples) => ({
      boxes: fileUri(s.boxes),
      images: fileUri(s.images),
      patients: fileUri(s.patients),
    });
    expect((await build({ ...of(few), destination, version: 'v1.0' })).code).toBe(0);
    expect(
      (await build({ ...of(samples), destination, version: 'v2.0', seed: 77, stratify: true })).code,
    ).toBe(0);
    const store = open(destination);
    const [before, after] = [await splitsOf(store, 'v1.0'), await splitsOf(store, 'v2.0')];
    expect([before.size, after.size]).toEqual([25, IMAGES]);
    const patients = new Map([...before.values()]);
    for (const [id, placed] of before) expect(after.get(id)).toEqual(placed);
    for (const [patient, split] of after.values()) expect(patients.get(patient) ?? split).toBe(split);

    const again = await build({ ...of(few), destination, version: 'v1.0' });
    expect([again.code, again.json.error?.code]).toEqual([2, 'VERSION_EXISTS']);
    const other = await build({ ...of(few), destination, version: 'v3.0', splits: { train: 8, test: 2 } });
    expect(other.json.error).toMatchObject({
      code: 'BAD_INPUT',
      message: expect.stringContaining('earlier versions'),
    });
    expect(await store.stat('v3.0/_WRITING')).toBeUndefined();
  });

  test('says what it cannot work with, at once', async () => {
    const destination = fileUri(join(folder, 'refused'));
    const whole = { ...local(), destination, version: 'v1.0' };
    const headless = join(folder, 'headless.csv');
    await writeFile(headless, 'a,b\n1,2\n');
    const cases: [object, string, RegExp][] = [
      [{ boxes: fileUri(join(folder, 'none.csv')) }, 'BAD_INPUT', /boxes: there is no such file/],
      [{ boxes: fileUri(headless) }, 'TABLE_INVALID', /no column image_id/],
      [{ patients: fileUri(headless) }, 'TABLE_INVALID', /patients: no column/],
      [{ annotators: 'R7' }, 'BAD_INPUT', /annotators: expected all, fused/],
      [{ version: '../v1' }, 'BAD_INPUT', /version/],
      [{ splits: { Train: 1 } }, 'BAD_INPUT', /splits/],
      [{ splits: { train: 0 } }, 'BAD_INPUT', /splits: .*above 0/],
      [{ size: 0 }, 'BAD_INPUT', /size/],
      [{ boxes: 's3://user:secret@host/boxes.csv' }, 'CREDENTIALS_IN_URL', /boxes/],
    ];
    for (const [change, code, message] of cases) {
      const { json } = await build({ ...whole, ...change });
      expect(json.error, JSON.stringify(change)).toMatchObject({
        code,
        message: expect.stringMatching(message),
      });
      expect(JSON.stringify(json)).not.toContain('secret');
    }
    for await (const { key } of open(destination).list('')) throw new Error(`${key} is left`);
  });

  test('cancelled in the middle, nothing is left; paused, it waits and goes on', async () => {
    const destination = fileUri(join(folder, 'cancelled'));
    const input = { ...local(), destination, version: 'v1.0', concurrency: 1 };
    const start = async (id: string) => {
      await at.cli('start', 'detectionDataset', '--id', id, '--input', JSON.stringify(input));
      return at.client.workflow.getHandle(id);
    };
    const until = async (id: string, met: (p: Progress) => boolean) => {
      await expect
        .poll(
          async () => {
            const progress = await at.client.workflow
              .getHandle(id)
              .query<Progress>('progress')
              .catch(() => undefined);
            return progress !== undefined && met(progress);
          },
          { timeout: 60_000, interval: 50 },
        )
        .toBe(true);
    };
    const cancelled = await start('to-cancel');
    await cancelled.executeUpdate('pause', { args: [{ reason: 'lunch' }] });
    await until('to-cancel', ({ state }) => state === 'paused');
    await cancelled.cancel();
    await expect(cancelled.result()).rejects.toThrow();
    const store = open(destination);
    for await (const { key } of store.list('')) throw new Error(`${key} is left`);
    for await (const { key } of at.objects.list('.staging/')) throw new Error(`${key} is left`);

    const paused = await start('to-pause');
    await paused.executeUpdate('pause', { args: [{}] });
    await paused.executeUpdate('setConcurrency', { args: [{ n: 3 }] });
    await until('to-pause', ({ state, concurrency }) => state === 'paused' && concurrency === 3);
    await paused.executeUpdate('resume');
    expect(await paused.result()).toMatchObject({ done: IMAGES });
  });
});

function payloadsOf(event: object): string[] {
  const found: string[] = [];
  const look = (value: unknown): void => {
    if (value instanceof Uint8Array) found.push(Buffer.from(value).toString('utf8'));
    else if (typeof value === 'object' && value !== null) Object.values(value).forEach(look);
  };
  look(event);
  return found;
}
