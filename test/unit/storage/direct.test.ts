import { createHash } from 'node:crypto';
import { type FileHandle, mkdtemp, open, readFile, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newBlock, openDirect, writeDirect } from '../../../src/storage/file/direct.js';
import { readPart } from '../../../src/storage/file/whole.js';
import { fileUri, openStore } from '../../../src/storage/open.js';
import type { ObjectStore } from '../../../src/storage/port.js';
import { seeded } from '../../support/random.js';

const BLOCK = newBlock().length;
let folder: string;
let store: ObjectStore;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cxrflow-direct-'));
  store = openStore(fileUri(folder));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const bytes = (size: number) =>
  size === 0 ? Buffer.alloc(0) : createHash('shake256', { outputLength: size }).digest();

/** In pieces of many sizes, each spoiled as soon as the next one is asked for. */
async function* spoiled(body: Buffer, seed: number): AsyncGenerator<Uint8Array> {
  const random = seeded(seed);
  for (let at = 0; at < body.length; ) {
    const piece = Uint8Array.from(body.subarray(at, at + 1 + Math.floor(random() ** 3 * 3 * BLOCK)));
    at += piece.length;
    yield piece;
    piece.fill(0xee);
  }
}

describe('writing past the cache', () => {
  it.each([0, 1, 4096, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK, 3 * BLOCK + 12_345])(
    'keeps every byte of %i, and needs a piece no longer than until the next one',
    async (size) => {
      const body = bytes(size);
      const info = await store.write('a/b', spoiled(body, size), { direct: true });
      expect(info.size).toBe(size);
      expect((await store.read('a/b')).equals(body)).toBe(true);
      expect(await store.stat('a/b')).toEqual(info);
    },
  );

  it('leaves nothing of a body that fails in the middle', async () => {
    async function* failing() {
      yield bytes(2 * BLOCK + 5);
      throw new Error('no more');
    }
    await expect(store.write('half', failing(), { direct: true })).rejects.toThrow('no more');
    expect(await store.stat('half')).toBeUndefined();
  });

  it('writes all the same where the file system has only its cache', async () => {
    const body = bytes(BLOCK + 7);
    const shm = await mkdtemp('/dev/shm/cxrflow-direct-').catch(() => undefined);
    const places = [folder, ...(shm ? [shm] : [])];
    for (const place of places) {
      await openStore(fileUri(place)).write('x', body, { direct: true });
      expect((await readFile(join(place, 'x'))).equals(body)).toBe(true);
    }
    if (shm) await rm(shm, { recursive: true });
  });

  it('is what this system can do', async () => {
    const path = Buffer.from(join(folder, 'can'));
    await (await open(path, 'w')).close();
    const direct = await openDirect(path);
    expect(direct !== undefined).toBe(process.platform === 'linux');
    await direct?.close();
  });
});

type Write = (
  block: Uint8Array,
  from: number,
  length: number,
  at: number,
) => Promise<{ bytesWritten: number }>;
const fails = (code: string) => Promise.reject(Object.assign(new Error(code), { code }));
const withWrite = (write: Write) => ({ write }) as unknown as FileHandle;

describe('a file system that', () => {
  it.each<[string, (real: FileHandle) => Write]>([
    ['says only now that it has no other way', () => () => fails('EINVAL')],
    ['writes less than it was given', (real) => (block, from, _, at) => real.write(block, from, 8192, at)],
  ])('%s', async (_, write) => {
    const path = Buffer.from(join(folder, 'refused'));
    const handle = await open(path, 'w');
    const body = bytes(2 * BLOCK + 77);
    await writeDirect(withWrite(write(handle)), handle, spoiled(body, 3));
    await handle.close();
    expect((await readFile(path)).equals(body)).toBe(true);
  });

  it('has no more room says so', async () => {
    const handle = await open(Buffer.from(join(folder, 'full')), 'w');
    const direct = withWrite(() => fails('ENOSPC'));
    const written = writeDirect(direct, handle, spoiled(bytes(3 * BLOCK), 3));
    await expect(written).rejects.toThrow('ENOSPC');
    await handle.close();
  });
});

describe('reading a part', () => {
  const path = () => Buffer.from(join(folder, 'parts'));
  const body = bytes(2 * BLOCK + 999);
  beforeAll(() => store.write('parts', body, { direct: true }));

  it('from anywhere, of any length', () => {
    fc.assert(
      fc.property(fc.nat(body.length), fc.nat(body.length), (a, b) => {
        const [from, to] = [Math.min(a, b), Math.max(a, b)];
        const into = new Uint8Array(to - from);
        readPart(path(), into, from);
        expect(Buffer.compare(into, body.subarray(from, to))).toBe(0);
      }),
      { numRuns: 50 },
    );
  });

  it('says so where the file ends before', async () => {
    const part = (length: number, from: number, at = path()) => {
      expect(() => readPart(at, new Uint8Array(length), from)).toThrowError(
        expect.objectContaining({ code: 'NOT_FOUND' }),
      );
    };
    part(10, body.length - 9);
    part(10, body.length + 1e6);
    await truncate(path(), 5000);
    part(10, 4995);
    part(1, 0, Buffer.from(`${folder}/none`));
  });
});
