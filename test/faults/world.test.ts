import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type SampleSummary, writeSamples } from '../../src/samples/write-samples.js';
import { fileUri } from '../../src/storage/open.js';
import type { Progress } from '../../src/workflows/steer.js';
import { audit } from '../support/ledger.js';
import { type Minio, startMinio } from '../support/servers/minio.js';
import { type Postgres, startPostgres } from '../support/servers/postgres.js';
import { temporaryFolder } from '../support/servers/process.js';
import { startTemporal, type Temporal } from '../support/servers/temporal.js';
import { makeSite, type Site, type SiteOptions } from '../support/site.js';

/** What breaks while a run works: it waits or pauses, says why, and loses nothing. */
const ALL = 'main,io,cpu,gpu';
const folder = temporaryFolder('world');
let temporal: Temporal;
let postgres: Postgres;
let minio: Minio;
let at: Site;
let made = 0;

beforeAll(async () => {
  [temporal, postgres, minio] = await Promise.all([startTemporal(), startPostgres(), startMinio()]);
});
afterEach(() => at?.close());
afterAll(async () => {
  await Promise.all([temporal, postgres, minio].map((server) => server?.stop()));
  rmSync(folder, { recursive: true, force: true });
});

async function site(options: Partial<SiteOptions> = {}): Promise<void> {
  const name = `world${made++}`;
  if (options.storage === undefined) await minio.createBucket(name);
  at = await makeSite({
    temporal,
    database: await postgres.createDatabase(name),
    storage: `s3://${name}`,
    env: {
      S3_ENDPOINT: minio.endpoint,
      S3_ACCESS_KEY: minio.accessKey,
      S3_SECRET_KEY: minio.secretKey,
      S3_REGION: 'us-east-1',
    },
    ...options,
  });
}

/** Films alone; studies of one seed are those of no other. */
async function films(
  name: string,
  studies: number,
  size = { rows: 96, columns: 80 },
): Promise<SampleSummary> {
  const options = { studies, seed: ++made, size, laterals: false, extras: false };
  return await writeSamples(join(folder, name), options);
}

const start = (id: string, source: string, ...set: string[]) =>
  at.cli('start', 'ingest', '--id', id, '--set', `source=${join(folder, source)}`, ...set);
const progress = (id: string) =>
  at.client.workflow
    .getHandle(id)
    .query<Progress>('progress')
    .catch(() => undefined);
const result = (id: string) => at.client.workflow.getHandle(id).result();
const pausedBy = (id: string) =>
  expect.poll(async () => (await progress(id))?.paused?.code, { timeout: 90_000, interval: 200 });
const storing = (id: string) =>
  expect
    .poll(async () => (await progress(id))?.stored ?? 0, { timeout: 90_000, interval: 50 })
    .toBeGreaterThan(0);

test('the database goes away in the middle: the run pauses, and goes on when it is back', async () => {
  await site();
  const { files } = await films('database', 60);
  await at.worker(ALL);
  await start('database', 'database', 'shardSize=4', 'concurrency=3');
  await storing('database');
  await postgres.kill();
  await pausedBy('database').toBe('CATALOG_UNREACHABLE');
  await postgres.restart();
  await at.cli('resume', 'database');
  expect(await result('database')).toMatchObject({ found: files.length, stored: files.length });
  expect(await audit(at.catalog, at.objects)).toEqual([]);
});

test('the object store goes away for a moment: nobody has to do anything', async () => {
  await site({ patience: '2m' });
  const { files } = await films('store', 60);
  await at.worker(ALL);
  await start('store', 'store', 'shardSize=4', 'concurrency=3');
  await storing('store');
  await minio.kill();
  await minio.restart();
  expect(await result('store')).toMatchObject({ found: files.length, stored: files.length });
  expect(await audit(at.catalog, at.objects)).toEqual([]);
});

test('a wrong password for the object store pauses the run; nothing goes to quarantine', async () => {
  await site();
  const { files } = await films('password', 6);
  const wrong = await at.worker(ALL, { S3_SECRET_KEY: 'not-the-secret' });
  await start('password', 'password');
  await pausedBy('password').toBe('STORAGE_LOGIN');
  await wrong.end('SIGTERM');
  await at.worker(ALL);
  await at.cli('resume', 'password');
  expect(await result('password')).toMatchObject({
    found: files.length,
    stored: files.length,
    quarantined: 0,
  });
  expect(await audit(at.catalog, at.objects)).toEqual([]);
});

test('a full disk pauses the run; with space it ends', async (context) => {
  const disk = join(folder, 'disk');
  mkdirSync(disk);
  const mount = (...options: string[]) =>
    execFileSync('mount', ['-t', 'tmpfs', '-o', options.join(','), 'tmpfs', disk], { stdio: 'pipe' });
  try {
    mount('size=512k');
  } catch {
    return context.skip('a small disk cannot be mounted here (needs root)');
  }
  try {
    await site({ storage: fileUri(disk), config: 'storage: { sharedFilesystem: true }\n' });
    const { files } = await films('full', 40);
    await at.worker(ALL);
    await start('full', 'full', 'shardSize=8', 'concurrency=2');
    await pausedBy('full').toBe('DISK_FULL');
    mount('remount', 'size=64m');
    await at.cli('resume', 'full');
    expect(await result('full')).toMatchObject({ found: files.length, stored: files.length, quarantined: 0 });
    expect(await audit(at.catalog, at.objects)).toEqual([]);
  } finally {
    await at.close();
    execFileSync('umount', [disk]);
  }
});

test('a file that ends its worker is quarantined, and the others are stored', async () => {
  await site();
  const { files } = await films('deadly', 20);
  const { files: poison } = await films('poison', 1, { rows: 97, columns: 81 });
  copyFileSync(join(folder, 'poison', poison[0]?.path ?? ''), join(folder, 'deadly', 'poison.dcm'));
  await at.worker('main,io,gpu');
  const preload = fileURLToPath(new URL('../support/die-on-film.cjs', import.meta.url));
  const deadly = ['sh', '-c', `exec "$0" --require "${preload}" --title=97x81 "$@"`];
  const { child } = await at.worker('cpu', {}, deadly);
  const died = once(child, 'exit');
  await start('deadly', 'deadly', 'shardSize=25');
  expect(await died).toEqual([null, 'SIGKILL']);
  const second = await at.worker('cpu', {}, deadly);
  expect(await result('deadly')).toMatchObject({
    found: files.length + 1,
    stored: files.length,
    quarantined: 1,
  });
  expect(second.child.exitCode ?? second.child.signalCode).toBeNull();
  const quarantined = await at.cli('quarantine', 'list');
  expect(quarantined.json.files).toMatchObject([{ code: 'CRASHED_WORKER' }]);
  expect(await audit(at.catalog, at.objects)).toEqual([]);
});
