import { rmSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { openStore } from '../../src/storage/open.js';
import type { Running } from '../support/cli.js';
import { labelledFilms, oddFiles, writeFolder } from '../support/datasets/labelled-folder.js';
import { seeded } from '../support/random.js';
import { type Postgres, startPostgres } from '../support/servers/postgres.js';
import { temporaryFolder } from '../support/servers/process.js';
import { startTemporal, type Temporal } from '../support/servers/temporal.js';
import { makeSite, type Site } from '../support/site.js';

const FILMS = 600;
const KILLS = 6;
const SEED = Number(process.env.CXRFLOW_KILL_SEED ?? 1);
const folder = temporaryFolder('processing-kill');
const source = join(folder, 'films');
const uri = (path: string) => pathToFileURL(path).href;
let temporal: Temporal;
let postgres: Postgres;
const sites: Site[] = [];

beforeAll(async () => {
  [temporal, postgres] = await Promise.all([startTemporal(), startPostgres()]);
  const films = await labelledFilms(FILMS, 48);
  await writeFolder(source, films);
  await writeFolder(source, await oddFiles(films));
});
afterAll(async () => {
  await Promise.all(sites.map((site) => site.close()));
  await Promise.all([temporal, postgres].map((server) => server?.stop()));
  rmSync(folder, { recursive: true, force: true });
});

async function site(name: string): Promise<Site> {
  await mkdir(join(folder, name));
  const storage = uri(join(folder, name));
  const config = 'storage: { sharedFilesystem: true }\n';
  const made = await makeSite({ temporal, database: await postgres.createDatabase(name), storage, config });
  sites.push(made);
  return made;
}

/** Small shards and copies: many steps to be killed in. */
const start = (at: Site, id: string): Promise<WorkflowHandle> =>
  at.client.workflow.start('chestXrayProcessing', {
    taskQueue: 'cxrflow',
    workflowId: id,
    args: [
      {
        ...{ source: uri(source), version: 'v1.0', seed: 9, leakage: 'allow', concurrency: 4 },
        steps: { output: { shardSize: '4MiB' }, augment: { copies: 1 }, normalise: { scope: 'train' } },
      },
    ],
  });

/** Every object of the version with its bytes. */
async function versionOf(at: Site): Promise<Map<string, Buffer>> {
  const store = openStore(at.objects.root);
  const files = new Map<string, Buffer>();
  for await (const { key } of store.list('processed/v1.0/')) files.set(key, await store.read(key));
  await store.close();
  return files;
}

test(`killed ${KILLS} times in the middle, a version has the bytes of one that was not`, async () => {
  const calm = await site('calm');
  const worker = await calm.worker('main,io,cpu,gpu');
  const expected = await (await start(calm, 'calm')).result();
  await worker.end('SIGTERM');

  const random = seeded(SEED);
  // Another key, other threads: neither has a part in the bytes.
  const stormy = await site('stormy');
  const kinds = ['main,io,gpu', 'cpu'] as const;
  const workers = new Map<string, Running>();
  for (const queues of kinds) workers.set(queues, await stormy.worker(queues));
  const handle = await start(stormy, 'stormy');
  for (let kill = 0; kill < KILLS; kill += 1) {
    await sleep(300 + random() * 1_500);
    const queues = kinds[random() < 0.4 ? 0 : 1] as string;
    expect(await workers.get(queues)?.end('SIGKILL')).toBe('SIGKILL');
    workers.set(queues, await stormy.worker(queues));
  }
  const {
    preflight: _,
    manifest: __,
    seconds: ___,
    ...result
  } = (await handle.result()) as Record<string, unknown>;
  expect(expected).toMatchObject(result);
  const { events } = await handle.fetchHistory();
  const again = events?.filter((e) => (e.activityTaskStartedEventAttributes?.attempt ?? 1) > 1) ?? [];
  expect(again.length).toBeGreaterThan(0);

  const [a, b] = [await versionOf(calm), await versionOf(stormy)];
  expect([...b.keys()].sort()).toEqual([...a.keys()].sort());
  for (const [key, bytes] of a) expect(b.get(key)?.equals(bytes), key).toBe(true);
  for await (const { key } of stormy.objects.list('.staging/')) expect.fail(`left in staging: ${key}`);
  // Sites share the server: its workers would take the steps of the next one.
  for (const running of workers.values()) await running.end('SIGTERM');
});

test('cancelled in the middle, it leaves nothing; the next run makes the version', async () => {
  const at = await site('cancelled');
  await at.worker('main,io,cpu,gpu');
  const handle = await start(at, 'cancelled');
  await vi.waitFor(
    async () => {
      const { facts } = (await handle.query('progress')) as { facts?: { stage: string } };
      expect(facts?.stage).toBe('writing');
    },
    { timeout: 120_000, interval: 50 },
  );
  await handle.cancel();
  await expect(handle.result()).rejects.toThrow();
  for await (const { key } of at.objects.list()) if (!key.startsWith('reports/')) expect.fail(`left: ${key}`);
  expect(await (await start(at, 'again')).result()).toMatchObject({ version: 'v1.0', quarantined: 3 });
});
