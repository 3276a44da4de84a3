import { mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startOf } from '../../../src/server/process-info.js';
import {
  liveRuntime,
  newToken,
  type Runtime,
  readRuntime,
  writeRuntime,
} from '../../../src/server/runtime-file.js';

const data = mkdtempSync(join(tmpdir(), 'cxrflow-runtime-'));
const runtime: Runtime = {
  version: 1,
  process: { pid: process.pid, started: startOf(process.pid) ?? '' },
  api: 'http://127.0.0.1:8080',
  token: newToken(),
  temporal: { address: '127.0.0.1:7233', namespace: 'default' },
  storage: 'file:///data/objects',
};

test('reads back what was written, for this user only; the token does not print', () => {
  writeRuntime(data, runtime);
  expect(statSync(join(data, 'runtime.json')).mode & 0o777).toBe(0o600);
  const back = readRuntime(data);
  expect(back?.token.reveal()).toBe(runtime.token.reveal());
  expect(JSON.stringify(back)).not.toContain(runtime.token.reveal());
  expect(liveRuntime(data)).toMatchObject({ api: runtime.api });
});

test('a stack is dead when its process is, also where the pid was given to another', () => {
  writeRuntime(data, { ...runtime, process: { pid: process.pid, started: 'another time' } });
  expect(readRuntime(data)).toBeDefined();
  expect(liveRuntime(data)).toBeUndefined();
});

test('half a file, or one of another kind, is no stack', () => {
  const path = join(data, 'runtime.json');
  writeRuntime(data, runtime);
  for (const text of ['', readFileSync(path, 'utf8').slice(0, 40), '{"version":2}', '[]']) {
    writeFileSync(path, text);
    expect(readRuntime(data)).toBeUndefined();
  }
});
