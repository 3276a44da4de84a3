import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { findTemporalCli, temporalCli } from '../../../src/server/temporal-cli.js';

let folder: string;
let env: NodeJS.ProcessEnv;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cxrflow-cli-'));
  env = { CXRFLOW_CACHE: join(folder, 'cache'), PATH: `${join(folder, 'bin')}:/usr/bin:/bin` };
  // No test downloads 40 MB.
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('no network')));
});
afterEach(() => {
  vi.unstubAllGlobals();
});

function program(path: string, script = 'echo temporal'): string {
  const file = join(folder, path);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
  return file;
}

/** A `go install` that leaves a program in GOBIN, and a line in a file each time it is asked. */
function fakeGo(made = 'exit 0'): void {
  program(
    'bin/go',
    `echo "$@" >> ${join(folder, 'asked')}\nprintf '#!/bin/sh\\n${made}\\n' > "$GOBIN/temporal"`,
  );
}

test('the named one is over the cache, the cache over the PATH', () => {
  expect(findTemporalCli({ ...env, PATH: '' })).toBeUndefined();
  const onPath = program('bin/temporal');
  expect(findTemporalCli(env)).toBe(onPath);
  const cached = program('cache/temporal');
  expect(findTemporalCli(env)).toBe(cached);
  const named = program('mine/temporal-x');
  expect(findTemporalCli({ ...env, CXRFLOW_TEMPORAL_CLI: named })).toBe(named);
});

test('a named one that is no program is refused, whatever else there is', () => {
  program('bin/temporal');
  expect(() => findTemporalCli({ ...env, CXRFLOW_TEMPORAL_CLI: '/nowhere' })).toThrow(/TEMPORAL_CLI/);
});

test('two starts at once build it once, and say that it takes time', async () => {
  fakeGo();
  const said: string[] = [];
  const both = await Promise.all([1, 2].map(() => temporalCli(env, (line) => said.push(line))));
  expect(new Set(both)).toEqual(new Set([join(folder, 'cache', 'temporal')]));
  expect(readFileSync(join(folder, 'asked'), 'utf8').trim().split('\n')).toHaveLength(1);
  expect(said.join()).toMatch(/minutes/);
});

test('what does not run is not kept', async () => {
  fakeGo('exit 1');
  await expect(temporalCli(env, () => {})).rejects.toMatchObject({ code: 'TEMPORAL_CLI' });
  expect(existsSync(join(folder, 'cache', 'temporal'))).toBe(false);
});
