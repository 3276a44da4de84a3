import { rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type SampleSummary, writeSamples } from '../../src/samples/write-samples.js';
import { openStore } from '../../src/storage/open.js';
import type { Progress } from '../../src/workflows/steer.js';
import { audit, snapshot } from '../support/ledger.js';
import { type FakeGcs, startFakeGcs } from '../support/servers/fake-gcs.js';
import { type Minio, startMinio } from '../support/servers/minio.js';
import { type Postgres, startPostgres } from '../support/servers/postgres.js';
import { temporaryFolder } from '../support/servers/process.js';
import { startTemporal, type Temporal } from '../support/servers/temporal.js';
import { makeSite, type Site, type SiteOptions } from '../support/site.js';

const QUEUES = ['main', 'io', 'cpu', 'gpu'];
const SMALL = { rows: 96, columns: 80 };
const folder = temporaryFolder('ingest');
let temporal: Temporal;
let postgres: Postgres;
let minio: Minio;
let gcs: FakeGcs;
let databases = 0;

beforeAll(async () => {
  [temporal, postgres, minio, gcs] = await Promise.all([
    startTemporal(),
    startPostgres(),
    startMinio(),
    startFakeGcs(),
  ]);
});
afterAll(async () => {
  await Promise.all([temporal, postgres, minio, gcs].map((server) => server?.stop()));
  rmSync(folder, { recursive: true, force: true });
});

const s3 = () => ({
  S3_ENDPOINT: minio.endpoint,
  S3_ACCESS_KEY: minio.accessKey,
  S3_SECRET_KEY: minio.secretKey,
  S3_REGION: 'us-east-1',
});

/** A site with a process a queue. */
async function site(storage: string, options: Partial<SiteOptions> = {}): Promise<Site> {
  const database = await postgres.createDatabase(`site${databases++}`);
  const made = await makeSite({ temporal, database, storage, env: s3(), ...options });
  for (const queue of QUEUES) await made.worker(queue);
  return made;
}

/** A folder of samples of its own; studies of one seed are those of no other. */
async function samples(name: string, seed: number, studies = 6): Promise<[string, SampleSummary]> {
  const dir = join(folder, name);
  return [dir, await writeSamples(dir, { studies, seed, size: SMALL })];
}

/** What the accounting of these samples must be, from what was written. */
function expected({ files }: SampleSummary) {
  const found = files.reduce((sum, { members }) => sum + members, 0);
  const of = (...kinds: string[]) => files.filter(({ kind }) => kinds.includes(kind));
  return {
    found,
    // Raw data of the detector, documents, and the second copy of a film.
    skipped: of('for-processing', 'document', 'duplicate').length,
    ignored: of('other').length,
    quarantined: of('corrupt').length,
  };
}

type Result = Record<string, unknown> & { workflowId: string };
const ingest = async (at: Site, source: string, ...set: string[]): Promise<{ code: number; json: Result }> =>
  (await at.cli('start', 'ingest', '--wait', '--set', `source=${source}`, ...set)) as {
    code: number;
    json: Result;
  };
const progress = (at: Site, id: string) =>
  at.client.workflow
    .getHandle(id)
    .query<Progress>('progress')
    .catch(() => undefined);
/** The accounting of a first run, that a second changes nothing, and that rows and objects agree. */
async function ingestsTwice(at: Site, dir: string, summary: SampleSummary, ...set: string[]): Promise<void> {
  const first = await ingest(at, dir, ...set);
  const { found, skipped, ignored, quarantined } = expected(summary);
  const done = found - skipped - ignored - quarantined;
  expect(first.json).toMatchObject({ found, done, skipped, ignored, quarantined, stored: done });
  // The two black films at least.
  expect(first.json.suboptimal).toBeGreaterThanOrEqual(2);
  expect(first.code).toBe(3);
  expect(await audit(at.catalog, at.objects)).toEqual([]);
  const before = await snapshot(at.catalog, at.objects);
  expect(before.images).toHaveLength(done);
  for (const state of ['suboptimal', 'review'] as const)
    expect(before.images.filter((image) => image.state === state)).toHaveLength(Number(first.json[state]));

  const second = await ingest(at, dir, ...set);
  expect(second.json).toMatchObject({ found, done: 0, skipped: found, ignored: 0, quarantined: 0 });
  const { objects, ...rows } = await snapshot(at.catalog, at.objects);
  const { objects: objectsBefore, ...rowsBefore } = before;
  expect(rows).toEqual(rowsBefore);
  expect(objects).toEqual(objectsBefore);
}

describe('on S3', () => {
  let at: Site;
  beforeAll(async () => {
    await minio.createBucket('cxr');
    at = await site('s3://cxr/kept');
  });
  afterAll(() => at?.close());

  test('a run adds up, stores each image once, and a second changes nothing', async () => {
    await ingestsTwice(at, ...(await samples('twice', 1)));
  });

  test('containers hold at most maxImages', async () => {
    const [dir] = await samples('few', 2);
    const { json } = await ingest(at, dir, 'maxImages=3', 'shardSize=7');
    expect(json.containerCount).toBeGreaterThanOrEqual(3);
    expect(await audit(at.catalog, at.objects)).toEqual([]);
  });

  test('a bucket may be the source', async () => {
    const [dir, summary] = await samples('bucket-source', 3);
    await minio.createBucket('incoming');
    const bucket = openStore('s3://incoming/films', {
      s3: { endpoint: minio.endpoint, accessKey: minio.accessKey, secretKey: minio.secretKey },
    });
    for (const { path } of summary.files) await bucket.write(path, await readFile(join(dir, path)));
    await bucket.close();
    const { json } = await ingest(at, 's3://incoming/films');
    const { found, quarantined } = expected(summary);
    expect(json).toMatchObject({ found, quarantined });
    expect(await audit(at.catalog, at.objects)).toEqual([]);
  });

  test('a second run on a source is refused and told who has it; another source is not held up', async () => {
    const [dir] = await samples('held', 4);
    const [other] = await samples('free', 5);
    await at.cli(
      'start',
      'ingest',
      '--id',
      'holder',
      '--set',
      `source=${dir}`,
      'pace.filesPerSecond=0.001',
      'shardSize=2',
    );
    await expect.poll(async () => (await progress(at, 'holder'))?.state, { timeout: 30_000 }).toBe('waiting');
    const second = await ingest(at, dir);
    expect(second.code).not.toBe(0);
    expect(second.json.error).toMatchObject({ code: 'SOURCE_BUSY' });
    expect(JSON.stringify(second.json)).toContain('holder');
    expect((await ingest(at, other)).json.done).toBeGreaterThan(0);

    await at.cli('cancel', 'holder');
    await expect(at.client.workflow.getHandle('holder').result()).rejects.toThrow();
    const { runs } = {
      runs: await at.catalog.db.selectFrom('runs').select(['workflow_id', 'status']).execute(),
    };
    expect(runs).toContainEqual({ workflow_id: 'holder', status: 'cancelled' });
    expect(await at.catalog.db.selectFrom('leases').selectAll().execute()).toEqual([]);
    // What it had claimed and not done is taken by the next run.
    await ingest(at, dir);
    expect(await audit(at.catalog, at.objects)).toEqual([]);
  });

  test('cancelled in the middle: what is stored stays, staging is gone, the next run does the rest', async () => {
    const [dir, summary] = await samples('cancelled', 6, 40);
    await at.cli(
      'start',
      'ingest',
      '--id',
      'cancelled',
      '--set',
      `source=${dir}`,
      'shardSize=5',
      'concurrency=3',
    );
    await expect
      .poll(async () => (await progress(at, 'cancelled'))?.stored ?? 0, { timeout: 60_000, interval: 50 })
      .toBeGreaterThan(0);
    expect((await at.cli('cancel', 'cancelled')).code).toBe(0);
    await expect(at.client.workflow.getHandle('cancelled').result()).rejects.toThrow();
    const staged: string[] = [];
    for await (const { key } of at.objects.list('.staging/')) staged.push(key);
    expect(staged).toEqual([]);
    const { json } = await ingest(at, dir);
    expect(json.found).toBeGreaterThan(0);
    expect(await audit(at.catalog, at.objects)).toEqual([]);
    const rows = await at.catalog.db
      .selectFrom('files')
      .select('state')
      .where('source', 'like', `%${dir}`)
      .execute();
    expect(rows.filter(({ state }) => state !== 'opened')).toHaveLength(expected(summary).found);
  });

  test('pause, resume and concurrency from the command line', async () => {
    const [dir] = await samples('steered', 7, 20);
    await at.cli(
      'start',
      'ingest',
      '--id',
      'steered',
      '--set',
      `source=${dir}`,
      'shardSize=4',
      'concurrency=1',
    );
    // Right after the start: a run answers from its first moment.
    expect((await at.cli('pause', 'steered', '--reason', 'lunch')).code).toBe(0);
    const status = await at.cli('status', 'steered');
    expect(status.code).toBe(4);
    expect(status.json).toMatchObject({ state: 'paused', progress: { paused: { message: 'lunch' } } });
    const set = at.client.workflow.getHandle('steered').executeUpdate('setConcurrency', { args: [{ n: 3 }] });
    expect(await set).toEqual({ concurrency: 3 });
    expect((await at.cli('resume', 'steered')).code).toBe(0);
    await at.client.workflow.getHandle('steered').result();
    expect((await progress(at, 'steered'))?.concurrency).toBe(3);
    expect(await audit(at.catalog, at.objects)).toEqual([]);
  });

  test('a spent failure budget pauses the run; resume accepts what failed and ends it', async () => {
    const [dir, summary] = await samples('budget', 8, 30);
    const { found, quarantined } = expected(summary);
    const first = await ingest(at, dir, 'maxFailureRate=0', 'shardSize=400');
    expect(first.code).toBe(4);
    const id = first.json.workflowId;
    expect((await progress(at, id))?.paused).toMatchObject({ code: 'FAILURE_BUDGET' });
    await at.cli('resume', id);
    expect(await at.client.workflow.getHandle(id).result()).toMatchObject({ found, quarantined });
    expect(await audit(at.catalog, at.objects)).toEqual([]);
  });

  test('the stages alone, one after another, end as ingest does, and again change nothing', async () => {
    const [dir, summary] = await samples('stages', 9);
    const { found, skipped, ignored, quarantined } = expected(summary);
    const extracted = await at.cli('start', 'extract', '--wait', '--set', `source=${dir}`, 'shardSize=6');
    expect(extracted.json).toMatchObject({ found, ignored, quarantined });
    const manifest = String(extracted.json.manifest);
    const stored = await at.cli('start', 'store', '--wait', '--set', `manifest=${manifest}`);
    expect(stored.json).toMatchObject({ stored: found - skipped - ignored - quarantined });
    const checked = await at.cli('start', 'preprocess', '--wait');
    expect(checked.json.suboptimal).toBeGreaterThanOrEqual(2);
    const before = await snapshot(at.catalog, at.objects);
    expect((await at.cli('start', 'store', '--wait')).json).toMatchObject({ found: 0, stored: 0 });
    expect((await at.cli('start', 'preprocess', '--wait')).json).toMatchObject({ found: 0, suboptimal: 0 });
    expect(await snapshot(at.catalog, at.objects)).toEqual(before);
    expect(await audit(at.catalog, at.objects)).toEqual([]);
  });

  test('a worker with another key refuses to start', async () => {
    const key = Buffer.from(Array.from({ length: 32 }, (_, i) => i)).toString('hex');
    await expect(at.worker('cpu', { CXRFLOW_KEYRING: '', CXRFLOW_PSEUDONYM_KEY: key })).rejects.toThrow(
      'KEY_MISMATCH',
    );
  });
});

describe('a bucket a container', () => {
  let at: Site;
  afterAll(() => at?.close());

  test('is made when it is needed', async () => {
    await minio.createBucket('staging');
    at = await site('s3://staging', { config: 'store: { containers: bucket }\n' });
    const [dir, summary] = await samples('buckets', 10);
    const { json } = await ingest(at, dir, 'maxImages=4');
    const { found, skipped, ignored, quarantined } = expected(summary);
    expect(json.stored).toBe(found - skipped - ignored - quarantined);
    const options = { endpoint: minio.endpoint, accessKey: minio.accessKey, secretKey: minio.secretKey };
    const bucket = (name: string) => openStore(`s3://${name}`, { s3: options });
    expect(await audit(at.catalog, at.objects, bucket)).toEqual([]);
    for (const { container } of await at.catalog.db
      .selectFrom('images')
      .select('container')
      .distinct()
      .execute()) {
      const images = await at.catalog.db
        .selectFrom('images')
        .select('key')
        .where('container', '=', container)
        .execute();
      let held = 0;
      for await (const _ of bucket(container).list()) held += 1;
      expect(held).toBe(2 * images.length);
    }
  });
});

describe('on other stores', () => {
  let at: Site;
  afterEach(() => at?.close());

  test('Google Cloud Storage', async () => {
    await gcs.createBucket('cxr');
    at = await site('gs://cxr/kept', { env: { STORAGE_EMULATOR_HOST: gcs.emulatorHost } });
    await ingestsTwice(at, ...(await samples('on-gs', 11)));
  });

  test('a folder that all workers share', async () => {
    const shared = temporaryFolder('shared');
    at = await site(pathToFileURL(shared).href, { config: 'storage: { sharedFilesystem: true }\n' });
    await ingestsTwice(at, ...(await samples('on-file', 12)));
  });
});
