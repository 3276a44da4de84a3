import { appendFileSync, mkdtempSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readSource } from '../../../../src/activities/cpu/read-source.js';
import { fileUri, openStore } from '../../../../src/storage/open.js';
import type { ObjectStore } from '../../../../src/storage/port.js';

const { signal } = new AbortController();
let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cxrflow-read-'));
  path = join(folder, 'film');
  writeFileSync(path, 'one');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** The store, where something happens to the file during each of the first reads. */
function disturbed(happens: () => void, times = Number.POSITIVE_INFINITY): ObjectStore {
  const store = openStore(fileUri(folder));
  let reads = 0;
  return {
    ...store,
    read: async (key, options) => {
      const bytes = await store.read(key, options);
      if (reads++ < times) happens();
      return bytes;
    },
  };
}

test('a file that is written to each time it is read is refused', async () => {
  const store = disturbed(() => appendFileSync(path, '+'));
  await expect(readSource(store, 'film', 100, signal)).rejects.toMatchObject({ code: 'CHANGED_WHILE_READ' });
});

test('one that rests after the first time is read whole', async () => {
  const store = disturbed(() => appendFileSync(path, '+'), 1);
  expect((await readSource(store, 'film', 100, signal)).bytes.toString()).toBe('one+');
});

test('one that vanishes while it is read is gone', async () => {
  const store = disturbed(() => unlinkSync(path), 1);
  await expect(readSource(store, 'film', 100, signal)).rejects.toMatchObject({ code: 'VANISHED' });
});

test('one above the limit is not read', async () => {
  const store = disturbed(() => {
    throw new Error('read');
  });
  await expect(readSource(store, 'film', 2, signal)).rejects.toMatchObject({ code: 'TOO_LARGE' });
});
