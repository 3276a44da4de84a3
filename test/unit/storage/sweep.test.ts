import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { fileUri, openStore } from '../../../src/storage/open.js';
import { stagedRuns, sweepHalfWritten } from '../../../src/storage/sweep.js';
import { bytes } from '../../support/storage-contract.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cxrflow-sweep-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const at = (iso: string) => new Date(iso);

it('sums up what each run has in staging, by its newest object', async () => {
  const store = openStore(fileUri(folder));
  await store.write('images/1.png', bytes('kept'));
  await store.write('.staging/run-a/1', bytes('12'));
  await store.write('.staging/run-a/deep/2', bytes('3456'));
  await store.write('.staging/run-b/1', bytes('7'));
  await utimes(join(folder, '.staging/run-a/1'), at('2024-01-01T00:00:00Z'), at('2024-01-01T00:00:00Z'));
  await utimes(join(folder, '.staging/run-a/deep/2'), at('2024-01-03T00:00:00Z'), at('2024-01-03T00:00:00Z'));
  const [a, b, ...rest] = await stagedRuns(store);
  expect(rest).toEqual([]);
  expect(a).toEqual({
    prefix: '.staging/run-a/',
    objects: 2,
    bytes: 6,
    newest: Date.UTC(2024, 0, 3),
  });
  expect(b).toMatchObject({ prefix: '.staging/run-b/', objects: 1, bytes: 1 });
});

it('sweeps half-written files that are old, and only says so in a dry run', async () => {
  const uri = fileUri(folder);
  await openStore(uri).write('x', bytes('x'));
  const temp = join(folder, '.cxrflow-tmp');
  for (const name of ['old', 'young']) await writeFile(join(temp, name), 'half');
  await utimes(join(temp, 'old'), at('2024-01-01T00:00:00Z'), at('2024-01-01T00:00:00Z'));
  const before = Date.UTC(2024, 0, 2);
  expect(await sweepHalfWritten(uri, before, true)).toBe(1);
  expect((await readdir(temp)).sort()).toEqual(['old', 'young']);
  expect(await sweepHalfWritten(uri, before, false)).toBe(1);
  expect(await readdir(temp)).toEqual(['young']);
  expect(await sweepHalfWritten('s3://cxr', before, false)).toBe(0);
});
