/** What a person reads when something small is wrong: the log of a refused run, and what `doctor` advises. */
import { mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cxrflow, type Running, running } from '../support/cli.js';

const root = mkdtempSync(join(tmpdir(), 'cxrflow-said-'));
const keyring = join(root, 'keyring.json');
const env: NodeJS.ProcessEnv = {
  ...process.env,
  CXRFLOW_DATA: join(root, 'data'),
  CXRFLOW_KEYRING: keyring,
  ...{ CXRFLOW_LOG_LEVEL: 'info', CXRFLOW_PSEUDONYM_KEY: '', CXRFLOW_CONFIG: '' },
  ...{ DATABASE_URL: '', TEMPORAL_ADDRESS: '', CXRFLOW_STORAGE: '' },
};
let up: Running;
beforeAll(async () => {
  up = await running(['up', '--port', '0'], env);
});
afterAll(async () => {
  if (up?.child.exitCode === null) await up.end('SIGTERM');
  rmSync(root, { recursive: true, force: true });
});

test('a refused run is one line of the log, with its code and what was wrong', async () => {
  const { code } = await cxrflow(['start', 'ingest', '--id', 'refused', '--wait', '--set', 'sauce=nas'], env);
  expect(code).toBe(2);
  const lines = () =>
    up
      .stderr()
      .split('\n')
      .slice(0, -1)
      .filter((line) => line.includes('refused'))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  // The answer of the server may be here before the worker's log has come through its pipe.
  await expect.poll(lines, { timeout: 20_000 }).toMatchObject([
    {
      level: 'warn',
      workflowId: 'refused',
      code: 'BAD_INPUT',
      reason: expect.stringContaining('sauce: no such field'),
    },
  ]);
  expect(JSON.stringify(lines())).not.toMatch(/UNEXPECTED|frames/);
});

test('doctor does not advise a new key where the catalog was made with one', async () => {
  await up.end('SIGTERM');
  renameSync(keyring, `${keyring}.away`);
  const { code, stdout } = await cxrflow(['doctor', '--json'], env);
  expect(code).toBe(1);
  const { checks } = JSON.parse(stdout) as { checks: { name: string; state: string; hint?: string }[] };
  const said = checks.filter(({ name }) => name === 'catalog' || name === 'keyring');
  expect(said.map(({ state }) => state)).toEqual(['broken', 'broken']);
  for (const { hint } of said) {
    expect(hint).toContain('Copy that keyring here');
    expect(hint).not.toMatch(/keys create|makes one/);
  }
});

test('doctor says that up makes a key where there is none yet', async () => {
  const { stdout } = await cxrflow(['doctor', '--json', '--data', join(root, 'new')], env);
  const { checks } = JSON.parse(stdout) as { checks: { name: string; state: string; hint?: string }[] };
  expect(checks.find(({ name }) => name === 'keyring')).toMatchObject({
    state: 'warning',
    hint: expect.stringContaining('makes one'),
  });
});
