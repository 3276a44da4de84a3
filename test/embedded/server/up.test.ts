import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isAlive } from '../../../src/server/process-info.js';
import { liveRuntime, type Runtime } from '../../../src/server/runtime-file.js';
import { cxrflow, type Running, running } from '../../support/cli.js';

const folder = mkdtempSync(join(tmpdir(), 'cxrflow-up-'));
const data = join(folder, 'data');
const env = {
  ...process.env,
  CXRFLOW_KEYRING: join(folder, 'keyring.json'),
  CXRFLOW_DATA: data,
  DATABASE_URL: '',
  TEMPORAL_ADDRESS: '',
  CXRFLOW_STORAGE: '',
};
const get = async (path: string) => fetch(`${String(up.ready.api)}${path}`);
const live = (): Runtime => {
  const runtime = liveRuntime(data);
  if (!runtime) throw new Error('no live stack');
  return runtime;
};
let up: Running;

beforeAll(async () => {
  up = await running(['up', '--port', '0'], env);
});
afterAll(async () => {
  if (up.child.exitCode === null) await up.end('SIGTERM');
  rmSync(folder, { recursive: true, force: true });
});

describe('a stack that is up', () => {
  test('was ready in the promised 15 s, more where others use the machine', () => {
    expect(up.took).toBeLessThan(15_000 * Math.max(1, (loadavg()[0] ?? 0) / availableParallelism()));
  });

  test('answers at the addresses it printed', async () => {
    expect((await get('/livez')).status).toBe(200);
    expect((await get('/readyz')).status).toBe(200);
    expect(await (await get('/api/runs')).json()).toEqual({ runs: [] });
    expect((await fetch(String(up.ready.ui))).status).toBe(200);
    const metrics = await (await get('/metrics')).text();
    expect(metrics).toMatch(/^process_resident_memory_bytes \d+/m);
    expect(metrics).toMatch(/^temporal_num_pollers\{.*task_queue="cxrflow-gpu"/m);
  });

  test('is described by runtime.json, which only its user may read', () => {
    expect(statSync(join(data, 'runtime.json')).mode & 0o777).toBe(0o600);
    expect(live().process.pid).toBe(up.child.pid);
    expect(live().api).toBe(up.ready.api);
  });

  test('keeps the catalog to those who have the token', async () => {
    const answer = await fetch(`${String(up.ready.api)}/internal/catalog`, { method: 'POST', body: '{}' });
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(up.stderr()).not.toContain(live().token.reveal());
  });

  test('refuses a second one on its folder', async () => {
    const second = await cxrflow(['up', '--port', '0', '--json'], env);
    expect(second.code).toBe(2);
    expect(JSON.parse(second.stdout).error.code).toBe('DATA_IN_USE');
    expect((await get('/readyz')).status).toBe(200);
  });

  test('refuses a port that is taken', async () => {
    const port = new URL(String(up.ready.api)).port;
    const other = await cxrflow(['up', '--data', join(folder, 'other'), '--port', port, '--json'], env);
    expect(JSON.parse(other.stdout).error.code).toBe('PORT_IN_USE');
  });

  test('takes a worker process beside it, which drains on SIGTERM', async () => {
    const config = join(folder, 'worker.yaml');
    writeFileSync(config, 'metrics: { port: 0 }\n');
    const worker = await running(['worker', '--queues', 'cpu,io', '--config', config], env);
    expect(worker.ready).toMatchObject({ queues: ['io', 'cpu'] });
    expect(await worker.end('SIGTERM')).toBe(0);
  });

  test('refuses a worker with another key', async () => {
    const wrong = {
      ...env,
      CXRFLOW_KEYRING: '',
      CXRFLOW_PSEUDONYM_KEY: Buffer.from([...Array(32).keys()]).toString('hex'),
    };
    const worker = await cxrflow(['worker', '--json'], wrong);
    expect(JSON.parse(worker.stdout).error.code).toBe('KEY_MISMATCH');
  });

  test('is healthy for the doctor', async () => {
    const { code, stdout } = await cxrflow(['doctor', '--json'], env);
    expect(JSON.parse(stdout)).toMatchObject({ healthy: true });
    expect(code).toBe(0);
  });
});

describe('schedules', () => {
  const file = join(folder, 'site.yaml');
  const schedule = async (...args: string[]) => {
    const { stdout, code } = await cxrflow(['schedule', ...args, '--config', file, '--json'], env);
    return { code, body: JSON.parse(stdout) };
  };
  const write = (cron: string) =>
    writeFileSync(
      file,
      `schedules: [{ id: nightly, type: ingest, input: { source: 7 }, cron: "${cron}", timezone: Europe/Kyiv }]`,
    );
  const applied = async () => (await schedule('apply')).body.schedules;
  const nightly = async () => (await schedule('list')).body.schedules[0];

  test('apply makes, keeps and changes; a pause outlives a change', async () => {
    write('0 20 * * *');
    expect(await applied()).toEqual([{ id: 'nightly', result: 'created' }]);
    expect(await applied()).toEqual([{ id: 'nightly', result: 'unchanged' }]);
    expect(await schedule('pause', 'nightly')).toMatchObject({ code: 0 });
    expect(await applied()).toEqual([{ id: 'nightly', result: 'unchanged' }]);
    write('30 21 * * *');
    expect(await applied()).toEqual([{ id: 'nightly', result: 'updated' }]);
    expect(await nightly()).toMatchObject({ type: 'ingest', when: '30 21 * * * Europe/Kyiv', paused: true });
    await schedule('resume', 'nightly');
    // 21:30 in Kyiv is 18:30 or 19:30 UTC.
    expect((await nightly()).next).toMatch(/T(18|19):30:00/);
  });

  test('trigger starts a run, which fails at once on its bad input', async () => {
    expect(await schedule('trigger', 'nightly')).toMatchObject({ code: 0 });
    await expect
      .poll(async () => (await (await get('/api/runs')).json()) as { runs: unknown[] }, { timeout: 20_000 })
      .toMatchObject({ runs: [{ type: 'ingest', status: 'FAILED' }] });
  });

  test('delete removes; what is not there is said', async () => {
    expect(await schedule('delete', 'nightly')).toMatchObject({ code: 0 });
    const again = await schedule('delete', 'nightly');
    expect(again).toMatchObject({ code: 2, body: { error: { code: 'SCHEDULE_UNKNOWN' } } });
  });
});

describe('the end', () => {
  test('kill -9: its Temporal server ends too, and the next start takes over with the same state', async () => {
    const before = live();
    const server = before.temporal.process;
    expect(await up.end('SIGKILL')).toBe('SIGKILL');
    expect(liveRuntime(data)).toBeUndefined();
    up = await running(['up', '--port', '0'], env);
    expect(server && isAlive(server)).toBe(false);
    expect(live().process.pid).not.toBe(before.process.pid);
    const { runs } = (await (await get('/api/runs')).json()) as { runs: unknown[] };
    expect(runs).toHaveLength(1);
  });

  test('SIGTERM drains, exits 0 and leaves nothing running', async () => {
    const server = live().temporal.process;
    expect(await up.end('SIGTERM')).toBe(0);
    expect(server && isAlive(server)).toBe(false);
    expect(() => readFileSync(join(data, 'runtime.json'))).toThrow(/ENOENT/);
    expect((await cxrflow(['schedule', 'list', '--json'], env)).code).toBe(2);
  });
});
