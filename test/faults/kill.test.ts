import { readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openCatalog } from '../../src/catalog/open.js';
import { writeSamples } from '../../src/samples/write-samples.js';
import { liveRuntime } from '../../src/server/runtime-file.js';
import { fileUri, openStore } from '../../src/storage/open.js';
import { cxrflow, type Running, running } from '../support/cli.js';
import { audit, snapshot } from '../support/ledger.js';
import { seeded } from '../support/random.js';
import { type Minio, startMinio } from '../support/servers/minio.js';
import { type Postgres, startPostgres } from '../support/servers/postgres.js';
import { temporaryFolder } from '../support/servers/process.js';
import { startTemporal, type Temporal } from '../support/servers/temporal.js';
import { makeSite, type Site } from '../support/site.js';

const FILES = 500;
const KILLS = 10;
const SEED = Number(process.env.CXRFLOW_KILL_SEED ?? 1);
const SHARDS = { shardSize: 20, concurrency: 6 };
const source = temporaryFolder('killed-source');

/** 500 files: films of every encoding, a film cut short and a note. */
beforeAll(async () => {
  const { files } = await writeSamples(source, {
    studies: FILES - 2,
    seed: SEED,
    size: { rows: 48, columns: 40 },
    laterals: false,
    extras: false,
  });
  const film = await readFile(join(source, files[0]?.path ?? ''));
  const long = new Date('2024-01-15T08:00:00Z');
  for (const [name, bytes] of [
    ['cut.dcm', film.subarray(0, film.length * 0.6)],
    ['note.txt', Buffer.from('no film')],
  ] as const) {
    await writeFile(join(source, name), bytes);
    await utimes(join(source, name), long, long);
  }
});

const COUNTS = { found: FILES, done: FILES - 2, skipped: 0, ignored: 1, quarantined: 1, stored: FILES - 2 };

/** The result of a run, asked again while the server is away. */
async function resultOf(client: Client, id: string): Promise<unknown> {
  for (;;) {
    const { status } = await client.workflow
      .getHandle(id)
      .describe()
      .catch(() => ({ status: { name: 'UNREACHABLE' } }));
    if (status.name === 'COMPLETED') return await client.workflow.getHandle(id).result();
    if (status.name !== 'RUNNING' && status.name !== 'UNREACHABLE')
      throw new Error(`the run is ${status.name}`);
    await sleep(250);
  }
}

/** Steps of all stages of a run that had to be begun again: without any, nothing was killed at work. */
async function begunAgain(client: Client, id: string): Promise<number> {
  let again = 0;
  for await (const { workflowId } of client.workflow.list({ query: `WorkflowId STARTS_WITH '${id}/'` })) {
    const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
    for (const { activityTaskStartedEventAttributes: started } of events ?? [])
      if ((started?.attempt ?? 1) > 1) again += 1;
  }
  return again;
}

describe('worker processes on Postgres and S3', () => {
  let temporal: Temporal;
  let postgres: Postgres;
  let minio: Minio;
  const sites: Site[] = [];

  beforeAll(async () => {
    [temporal, postgres, minio] = await Promise.all([startTemporal(), startPostgres(), startMinio()]);
  });
  afterAll(async () => {
    await Promise.all(sites.map((site) => site.close()));
    await Promise.all([temporal, postgres, minio].map((server) => server?.stop()));
  });

  async function site(name: string, keyring?: string): Promise<Site> {
    await minio.createBucket(name);
    const made = await makeSite({
      temporal,
      database: await postgres.createDatabase(name),
      storage: `s3://${name}`,
      env: {
        S3_ENDPOINT: minio.endpoint,
        S3_ACCESS_KEY: minio.accessKey,
        S3_SECRET_KEY: minio.secretKey,
        S3_REGION: 'us-east-1',
      },
      ...(keyring && { keyring }),
      // A server that restarts is waited for.
      patience: '5m',
    });
    sites.push(made);
    return made;
  }
  const start = (at: Site, id: string) =>
    at.cli('start', 'ingest', '--id', id, '--input', JSON.stringify({ source, ...SHARDS }));

  test(`killed ${KILLS} times, with Temporal and MinIO restarted: as if nothing had happened`, async () => {
    const calm = await site('calm');
    const worker = await calm.worker('main,io,cpu,gpu');
    await start(calm, 'calm');
    expect(await resultOf(calm.client, 'calm')).toMatchObject(COUNTS);
    await worker.end('SIGTERM');

    const random = seeded(SEED);
    const stormy = await site('stormy', calm.keyring);
    const kinds = ['main,io,gpu', 'cpu'] as const;
    const workers = new Map<string, Running>();
    for (const queues of kinds) workers.set(queues, await stormy.worker(queues));
    await start(stormy, 'stormy');
    for (let kill = 0; kill < KILLS; kill += 1) {
      await sleep(200 + random() * 2800);
      const queues = kinds[random() < 0.5 ? 0 : 1] as string;
      expect(await workers.get(queues)?.end('SIGKILL')).toBe('SIGKILL');
      if (kill === 3) await minio.kill();
      if (kill === 6) await temporal.kill();
      const restarted = kill === 3 ? minio.restart() : kill === 6 ? temporal.restart() : undefined;
      // A worker does not start without the server it works for.
      if (kill === 6) await restarted;
      workers.set(queues, await stormy.worker(queues));
      await restarted;
    }
    expect(await resultOf(stormy.client, 'stormy')).toMatchObject(COUNTS);
    expect(await begunAgain(stormy.client, 'stormy')).toBeGreaterThan(0);

    expect(await audit(stormy.catalog, stormy.objects)).toEqual([]);
    expect(await snapshot(stormy.catalog, stormy.objects)).toEqual(
      await snapshot(calm.catalog, calm.objects),
    );
  });
});

describe('a killed `up` on embedded parts', () => {
  const folder = temporaryFolder('killed-up');
  const envOf = (name: string): NodeJS.ProcessEnv => ({
    ...process.env,
    CXRFLOW_DATA: join(folder, name),
    CXRFLOW_KEYRING: join(folder, 'keyring.json'),
    CXRFLOW_LOG_LEVEL: 'warn',
    CXRFLOW_CONFIG: join(folder, 'config.yaml'),
    DATABASE_URL: '',
    TEMPORAL_ADDRESS: '',
    CXRFLOW_STORAGE: '',
  });
  const ups = new Set<Running>();
  const up = async (env: NodeJS.ProcessEnv): Promise<Running> => {
    const one = await running(['up', '--port', '0'], env);
    ups.add(one);
    return one;
  };
  const end = async (one: Running, signal: NodeJS.Signals) => {
    ups.delete(one);
    return await one.end(signal);
  };
  beforeAll(() => writeFile(join(folder, 'config.yaml'), 'ingest: { minAge: 0s }\n'));
  afterAll(() => Promise.all([...ups].map((one) => end(one, 'SIGTERM'))));

  const start = async (env: NodeJS.ProcessEnv, id: string) => {
    const input = JSON.stringify({ source, ...SHARDS });
    const { code, stdout } = await cxrflow(['start', 'ingest', '--id', id, '--input', input, '--json'], env);
    expect(code, stdout).toBe(0);
  };
  const ended = async (env: NodeJS.ProcessEnv, id: string) => {
    const address = liveRuntime(String(env.CXRFLOW_DATA))?.temporal.address;
    const connection = await Connection.connect({ address: address ?? '' });
    try {
      const client = new Client({ connection });
      return { result: await resultOf(client, id), again: await begunAgain(client, id) };
    } finally {
      await connection.close();
    }
  };
  const left = async (env: NodeJS.ProcessEnv) => {
    const data = String(env.CXRFLOW_DATA);
    const catalog = await openCatalog({ kind: 'pglite', folder: data });
    const objects = openStore(fileUri(join(data, 'objects')));
    try {
      return { wrong: await audit(catalog, objects), snapshot: await snapshot(catalog, objects) };
    } finally {
      await catalog.close();
    }
  };

  test(`killed ${KILLS} times: as if nothing had happened`, async () => {
    const calm = envOf('calm');
    const quiet = await up(calm);
    await start(calm, 'run');
    expect(await ended(calm, 'run')).toMatchObject({ result: COUNTS, again: 0 });
    await end(quiet, 'SIGTERM');

    const random = seeded(SEED + 1);
    const stormy = envOf('stormy');
    let one = await up(stormy);
    await start(stormy, 'run');
    for (let kill = 0; kill < KILLS; kill += 1) {
      await sleep(200 + random() * 2800);
      expect(await end(one, 'SIGKILL')).toBe('SIGKILL');
      one = await up(stormy);
    }
    const { result, again } = await ended(stormy, 'run');
    expect(result).toMatchObject(COUNTS);
    expect(again).toBeGreaterThan(0);
    expect(await end(one, 'SIGTERM')).toBe(0);

    const after = await left(stormy);
    expect(after.wrong).toEqual([]);
    expect(after.snapshot).toEqual((await left(calm)).snapshot);
  });
});
