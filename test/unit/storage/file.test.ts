import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fileError } from '../../../src/storage/file/errors.js';
import { keyToPath, nameToKey } from '../../../src/storage/file/names.js';
import { fileUri, openStore } from '../../../src/storage/open.js';
import type { ObjectStore } from '../../../src/storage/port.js';
import { bytes, codeOf, keys } from '../../support/storage-contract.js';
import { everyCallFails, expectNoSecret, SECRET_KEY } from '../../support/storage-errors.js';

let folder: string;
let store: ObjectStore;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cxrflow-file-'));
  store = openStore(fileUri(folder));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('names', () => {
  it('gives every name of bytes one key, and every key its name', () => {
    const byte = fc.integer({ min: 1, max: 255 }).filter((value) => value !== 0x2f);
    const name = fc
      .oneof(fc.array(byte, { minLength: 1, maxLength: 20 }), fc.string({ unit: 'grapheme', minLength: 1 }))
      .map((it) => (typeof it === 'string' ? Buffer.from(it) : Buffer.from(it)).toString('latin1'))
      .filter((latin1) => !/[/\0]|^\.{1,2}$/.test(latin1));
    fc.assert(
      fc.property(name, (latin1) => {
        const key = nameToKey(latin1);
        expect(key).not.toMatch(/\p{Surrogate}/u);
        expect(keyToPath(key)).toBe(latin1);
      }),
    );
  });

  it.each(['%41', '%2F', '%2e%2e', '%', '%zz', 'a/%2E%2E/b', '%00', '/a', 'a//b', 'a/', '.cxrflow-tmp/x'])(
    'refuses %j, which no listing gives',
    (key) => expect(() => keyToPath(key)).toThrowError(expect.objectContaining({ code: 'INVALID_KEY' })),
  );

  it('lists and reads a name that is not UTF-8', async () => {
    await writeFile(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xff, 0x41, 0xc3, 0xa9])]), 'raw');
    expect(await keys(store)).toEqual(['%FFAé']);
    expect((await store.read('%FFAé')).toString()).toBe('raw');
    await store.move('%FFAé', 'sub/%FF%25');
    expect(await keys(store)).toEqual(['sub/%FF%25']);
  });
});

describe('folders', () => {
  it('follows symlinks to files, never to folders, and leaves out what is no file', async () => {
    await store.write('a/real', bytes('x'));
    await symlink(folder, join(folder, 'a/loop'));
    await symlink('self', join(folder, 'a/self'));
    await symlink('nowhere', join(folder, 'a/dangling'));
    await symlink('real', join(folder, 'a/link'));
    execFileSync('mkfifo', [join(folder, 'a/pipe')]);
    expect(await keys(store)).toEqual(['a/link', 'a/real']);
    expect(await codeOf(store.read('a/pipe'))).toBe('NOT_FOUND');
    expect(await codeOf(store.read('a'))).toBe('NOT_FOUND');
    expect(await store.stat('a')).toBeUndefined();
  });

  it('lists in the order of whole keys, as object stores do', async () => {
    const all = ['a-b', 'a/z', 'a0', 'b', 'a/b/c', 'a/b-c', 'B', 'é'];
    for (const key of all) await store.write(key, bytes(key));
    const inBytes = [...all].sort((x, y) => Buffer.compare(Buffer.from(x), Buffer.from(y)));
    expect(await keys(store)).toEqual(inBytes);
  });

  it('removes the folders that deletePrefix emptied, and no others', async () => {
    await store.write('run/7/parts/1', bytes('x'));
    await store.write('run/8', bytes('x'));
    await mkdir(join(folder, 'other'));
    expect(await store.deletePrefix('run/7/')).toBe(1);
    expect(await readdir(join(folder, 'run'))).toEqual(['8']);
    expect((await readdir(folder)).sort()).toEqual(['.cxrflow-tmp', 'other', 'run']);
  });

  it('writes while the folder is removed under its hands', async () => {
    const writing = Promise.all(
      Array.from({ length: 50 }, (_, i) => store.write(`busy/deep/${i}`, bytes('x'))),
    );
    for (let done = false; !done; ) {
      const gone = store.deletePrefix('busy/');
      done = await Promise.race([writing.then(() => true), gone.then(() => false)]);
      await gone;
    }
    expect((await keys(store, 'busy/')).length).toBeLessThanOrEqual(50);
  });

  it('says of a write what stat says of it', async () => {
    for (const options of [{}, { ifAbsent: true }]) {
      await store.delete('a/b');
      expect(await store.write('a/b', bytes('x'), options)).toEqual(await store.stat('a/b'));
    }
  });

  it('leaves out what vanishes while it lists', async () => {
    for (let i = 0; i < 600; i++) await writeFile(join(folder, `f${String(i).padStart(3, '0')}`), '');
    const seen: string[] = [];
    for await (const { key } of store.list()) {
      if (seen.length === 0) for (const name of await readdir(folder)) await rm(join(folder, name));
      seen.push(key);
    }
    expect(seen.length).toBeGreaterThan(0);
    expect(seen.length).toBeLessThan(600);
  });

  it('keeps no half-written file after a failure', async () => {
    async function* broken() {
      yield bytes('half');
      throw new Error('gone');
    }
    await store.write('x', broken()).catch(() => undefined);
    expect(await readdir(join(folder, '.cxrflow-tmp'))).toEqual([]);
  });

  it('writes what is forced to the disk on the way, whole and in order', async () => {
    async function* large() {
      for (let i = 0; i < 30; i++) yield Buffer.alloc(2 ** 20, i);
    }
    await store.write('x', large());
    const read = await store.read('x');
    expect(read).toHaveLength(30 * 2 ** 20);
    for (let i = 0; i < 30; i++)
      expect(read.subarray(i * 2 ** 20, (i + 1) * 2 ** 20).equals(Buffer.alloc(2 ** 20, i))).toBe(true);
    expect(await readdir(join(folder, '.cxrflow-tmp'))).toEqual([]);
  });

  it('stops a read of a range past the end, and of a file that shrinks', async () => {
    await store.write('x', Buffer.alloc(1000));
    const stream = await store.readStream('x');
    await writeFile(join(folder, 'x'), '');
    let read = 0;
    for await (const chunk of stream) read += (chunk as Buffer).length;
    expect(read).toBe(0);
    expect((await store.read('x', { range: { start: 5, end: 9 } })).length).toBe(0);
  });
});

describe('a root that cannot be used', () => {
  it('is missing: never empty, never made', async () => {
    const missing = openStore(fileUri(join(folder, 'unmounted')));
    await everyCallFails(missing, 'SOURCE_UNREADABLE');
    expect(await codeOf(missing.delete('x'))).toBe('SOURCE_UNREADABLE');
    expect(await readdir(folder)).toEqual([]);
  });

  it('is a file', async () => {
    await writeFile(join(folder, 'file'), '');
    await everyCallFails(openStore(fileUri(join(folder, 'file'))), 'SOURCE_UNREADABLE');
  });

  it('goes away while it is used', async () => {
    await store.write('x', bytes('x'));
    await rm(folder, { recursive: true });
    expect(await codeOf(store.stat('x'))).toBe('SOURCE_UNREADABLE');
    expect(await codeOf(keys(store))).toBe('SOURCE_UNREADABLE');
  });
});

describe('permissions', () => {
  /** As somebody without rights: root may read and write everything. */
  const unprivileged = async (work: () => Promise<void>): Promise<void> => {
    const root = process.geteuid?.() === 0;
    if (root) process.seteuid?.(65_534);
    try {
      await work();
    } finally {
      if (root) process.seteuid?.(0);
    }
  };

  it('of a folder below the root: told of, or the listing fails; of a file: one bad file', async () => {
    for (const key of ['closed/b', 'open/a', 'open/secret']) await store.write(key, bytes('x'));
    await chmod(folder, 0o755);
    await chmod(join(folder, 'closed'), 0o000);
    await chmod(join(folder, 'open/secret'), 0o000);
    await unprivileged(async () => {
      const [seen, unreadable]: [string[], string[]] = [[], []];
      for await (const { key } of store.list('', { onUnreadable: (at) => unreadable.push(at) }))
        seen.push(key);
      expect({ seen, unreadable }).toEqual({ seen: ['open/a', 'open/secret'], unreadable: ['closed/'] });
      expect(await codeOf(keys(store))).toBe('SOURCE_UNREADABLE');
      expect(await codeOf(store.read('open/secret'))).toBe('UNREADABLE');
    });
    await chmod(join(folder, 'closed'), 0o755);
  });

  it('of the root', async () => {
    await chmod(folder, 0o555);
    await unprivileged(async () => {
      expect(await codeOf(store.write('x', bytes('x')))).toBe('STORAGE_DENIED');
      await store.check();
    });
    await chmod(folder, 0o000);
    await unprivileged(async () => {
      expect(await codeOf(store.check())).toBe('SOURCE_UNREADABLE');
      expect(await codeOf(keys(store))).toBe('SOURCE_UNREADABLE');
    });
    await chmod(folder, 0o755);
  });
});

describe('system errors', () => {
  it.each([
    ['ENOSPC', 'write', 'DISK_FULL'],
    ['EDQUOT', 'write', 'DISK_FULL'],
    ['EROFS', 'write', 'STORAGE_DENIED'],
    ['EACCES', 'write', 'STORAGE_DENIED'],
    ['EACCES', 'read', 'UNREADABLE'],
    ['EACCES', 'list', 'SOURCE_UNREADABLE'],
    ['EIO', 'read', 'STORAGE_IO'],
    ['ESTALE', 'read', 'STORAGE_IO'],
    ['ESTALE', 'list', 'STORAGE_IO'],
    ['EMFILE', 'read', 'STORAGE_IO'],
    ['ENAMETOOLONG', 'write', 'INVALID_KEY'],
  ] as const)('%s while one would %s is %s, without the path', (code, doing, expected) => {
    const error = Object.assign(new Error(`${code}: failed, open '/nas/${SECRET_KEY}'`), {
      code,
      path: SECRET_KEY,
    });
    const known = fileError(error, doing);
    expect(known).toMatchObject({ code: expected });
    expectNoSecret(known);
  });

  it('a name that is too long leaves nothing', async () => {
    expect(await codeOf(store.write('x'.repeat(300), bytes('x')))).toBe('INVALID_KEY');
    expect(await keys(store)).toEqual([]);
    expect(await readdir(join(folder, '.cxrflow-tmp'))).toEqual([]);
  });

  it('a name cannot be an object and a folder', async () => {
    await store.write('a', bytes('x'));
    expect(await codeOf(store.write('a/b', bytes('y')))).toBe('INVALID_KEY');
    await store.write('c/d', bytes('x'));
    expect(await codeOf(store.write('c', bytes('y')))).toBe('INVALID_KEY');
  });
});
