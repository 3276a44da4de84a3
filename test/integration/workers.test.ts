import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cxrflow, type Outcome, type Running, running } from '../support/cli.js';
import { type Minio, startMinio } from '../support/servers/minio.js';
import { type Postgres, startPostgres } from '../support/servers/postgres.js';
import { freePort } from '../support/servers/process.js';
import { startTemporal, type Temporal } from '../support/servers/temporal.js';

const folder = mkdtempSync(join(tmpdir(), 'cxrflow-workers-'));
const source = join(folder, 'source');
const file = join(folder, 'site.yaml');
let temporal: Temporal;
let postgres: Postgres;
let minio: Minio;
let env: NodeJS.ProcessEnv;
const workers: Running[] = [];
const metricsPort = new Map<string, number>();

/** One configuration for all, but for the port of the health routes: here they share a machine. */
const configWith = (port: number) =>
  `sources: { incoming: { uri: ${source} } }\ningest: { minAge: 0s }\nmetrics: { port: ${port} }\n`;
const codeOf = ({ stdout }: Outcome): unknown => JSON.parse(stdout).error?.code;

beforeAll(async () => {
  [temporal, postgres, minio] = await Promise.all([startTemporal(), startPostgres(), startMinio()]);
  await minio.createBucket('cxr');
  mkdirSync(source);
  writeFileSync(join(source, 'note.txt'), 'no film');
  writeFileSync(
    file,
    `sources: { incoming: { uri: ${source} } }\ningest: { minAge: 0s }\nmetrics: { port: 0 }\n`,
  );
  env = {
    ...process.env,
    CXRFLOW_CONFIG: file,
    CXRFLOW_DATA: join(folder, 'data'),
    CXRFLOW_STORAGE: 's3://cxr',
    CXRFLOW_KEYRING: join(folder, 'keyring.json'),
    DATABASE_URL: await postgres.createDatabase('workers'),
    TEMPORAL_ADDRESS: temporal.address,
    TEMPORAL_NAMESPACE: temporal.namespace,
    S3_ENDPOINT: minio.endpoint,
    S3_ACCESS_KEY: minio.accessKey,
    S3_SECRET_KEY: minio.secretKey,
    S3_REGION: 'us-east-1',
  };
});
afterAll(async () => {
  for (const worker of workers) if (worker.child.exitCode === null) await worker.end('SIGKILL');
  await Promise.all([temporal, postgres, minio].map((server) => server?.stop()));
  rmSync(folder, { recursive: true, force: true });
});

describe('a worker that would do wrong does not start', () => {
  const refusal = async (change: NodeJS.ProcessEnv) =>
    codeOf(await cxrflow(['worker', '--json'], { ...env, ...change }));

  test('without a key: only `up` makes one', async () => {
    expect(await refusal({})).toBe('KEY_MISSING');
  });
  test('without Postgres', async () => {
    expect(await refusal({ DATABASE_URL: '' })).toBe('DATABASE_REQUIRED');
  });
  test('with storage that others do not reach', async () => {
    expect(await refusal({ CXRFLOW_STORAGE: join(folder, 'mine') })).toBe('STORAGE_NOT_SHARED');
  });
  test('without Temporal, or without its namespace', async () => {
    expect(await refusal({ TEMPORAL_ADDRESS: '127.0.0.1:1' })).toBe('TEMPORAL_UNREACHABLE');
    expect(await refusal({ TEMPORAL_NAMESPACE: 'nowhere' })).toBe('TEMPORAL_NAMESPACE');
  });
  test('with a queue that does not exist', async () => {
    expect((await cxrflow(['worker', '--queues', 'tpu'], env)).code).toBe(2);
  });
});

describe('a process a queue', () => {
  beforeAll(async () => {
    expect((await cxrflow(['keys', 'create', '--json'], env)).code).toBe(0);
    for (const queue of ['main', 'io', 'cpu', 'gpu']) {
      const port = await freePort();
      const own = join(folder, `${queue}.yaml`);
      writeFileSync(own, configWith(port));
      metricsPort.set(queue, port);
      workers.push(await running(['worker', '--queues', queue, '--config', own], env));
    }
  });

  test('each is ready and shows its numbers', async () => {
    for (const port of metricsPort.values()) {
      expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200);
      const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
      expect(metrics).toMatch(/^process_resident_memory_bytes \d+/m);
      expect(metrics).toMatch(/^temporal_/m);
    }
  });

  test('together they run an ingest', async () => {
    const run = await cxrflow(['start', 'ingest', '--set', 'source=incoming', '--wait', '--json'], env);
    expect(JSON.parse(run.stdout)).toMatchObject({ found: 1, done: 0, ignored: 1 });
    expect(run.code).toBe(0);
    const metrics = await (await fetch(`http://127.0.0.1:${metricsPort.get('cpu')}/metrics`)).text();
    expect(metrics).toMatch(/^cxrflow_files_total\{state="ignored"\} 1$/m);
  });

  test('the doctor finds nothing broken', async () => {
    const doctor = await cxrflow(['doctor', '--json'], env);
    expect(JSON.parse(doctor.stdout)).toMatchObject({ healthy: true });
  });

  test('not ready while the database is away, ready again when it is back', async () => {
    const ready = async () => (await fetch(`http://127.0.0.1:${metricsPort.get('io')}/readyz`)).status;
    await postgres.kill();
    expect(await ready()).toBe(503);
    await postgres.restart();
    await expect.poll(ready, { timeout: 30_000 }).toBe(200);
  });

  test('SIGTERM drains each, exit 0', async () => {
    for (const worker of workers) expect(await worker.end('SIGTERM')).toBe(0);
  });
});

test('`up` embeds only what is not configured', async () => {
  const up = await running(['up', '--port', '0'], env);
  try {
    expect(up.ready).toMatchObject({ temporal: temporal.address, storage: 's3://cxr' });
    expect(readdirSync(join(folder, 'data')).sort()).toEqual(['runtime.json', 'stack.lock']);
  } finally {
    expect(await up.end('SIGTERM')).toBe(0);
  }
});
