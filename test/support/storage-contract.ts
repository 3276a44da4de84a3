import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../src/errors.js';
import type { ObjectInfo, ObjectStore } from '../../src/storage/port.js';

/** An empty store of its own for each test file, and how keys may look in it. */
export interface ContractSubject {
  readonly store: ObjectStore;
  /** Only file stores cannot hold `a` and `a/b` at once, and escape `%`. */
  readonly files: boolean;
  readonly end: () => Promise<void>;
}

export const bytes = (text: string) => Buffer.from(text);

export async function listed(store: ObjectStore, prefix = ''): Promise<ObjectInfo[]> {
  const all: ObjectInfo[] = [];
  for await (const one of store.list(prefix)) all.push(one);
  return all;
}

export const keys = async (store: ObjectStore, prefix = '') =>
  (await listed(store, prefix)).map((o) => o.key);

/** The code a promise fails with; `done` when it does not fail. */
export async function codeOf(promise: Promise<unknown>): Promise<ErrorCode | 'done'> {
  return promise.then(
    () => 'done',
    (error) => error.code ?? error,
  );
}

async function* pieces(...parts: readonly (Uint8Array | Error)[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) {
    if (part instanceof Error) throw part;
    yield part;
  }
}

/** A part of a key as people and devices make them: spaces, quotes, newlines, unicode, markup, numbers. */
const part = fc
  .oneof(
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }),
    fc.constantFrom(
      'DOE^JOHN',
      'a b',
      `'"`,
      '007',
      '1e5',
      'x\ny',
      '%41',
      '<&>',
      'é',
      'e\u0301',
      '+',
      '#?;',
      '~$',
    ),
  )
  .filter((text) => !/[\0/\\]/.test(text) && !/^\.{1,2}$/.test(text) && text.trim() === text);

/** What every store does, whatever is underneath. */
export function storageContract(name: string, open: () => Promise<ContractSubject>): void {
  describe(`storage contract: ${name}`, () => {
    let subject: ContractSubject;
    let store: ObjectStore;
    beforeAll(async () => {
      subject = await open();
      store = subject.store;
    });
    afterAll(() => subject?.end());

    it('gives back every key and content', async () => {
      let round = 0;
      await fc.assert(
        fc.asyncProperty(
          fc.array(part, { minLength: 1, maxLength: 3 }),
          fc.uint8Array({ maxLength: 64 }),
          async (parts, content) => {
            const folder = `keys/${round++}/`;
            const path = parts.join('/');
            const key = folder + (subject.files ? path.replaceAll('%', '%25') : path);
            const written = await store.write(key, content);
            expect(await listed(store, folder)).toMatchObject([
              { key, size: content.length, version: written.version },
            ]);
            expect(await store.stat(key)).toMatchObject({
              key,
              size: content.length,
              version: written.version,
            });
            expect(Uint8Array.from(await store.read(key))).toEqual(content);
          },
        ),
        { numRuns: 60 },
      );
    });

    it.each(['', '..', 'a/../b', './a', 'a/..', '\ud800'])('refuses the key %j', async (key) => {
      expect(await codeOf(store.write(key, bytes('x')))).toBe('INVALID_KEY');
      expect(await codeOf(store.read(key))).toBe('INVALID_KEY');
      expect(await codeOf(store.delete(key))).toBe('INVALID_KEY');
    });

    it('says what is not there', async () => {
      expect(await store.stat('none')).toBeUndefined();
      expect(await codeOf(store.read('none'))).toBe('NOT_FOUND');
      expect(await codeOf(store.readStream('none'))).toBe('NOT_FOUND');
      expect(await keys(store, 'none/')).toEqual([]);
      expect(await store.deletePrefix('none/')).toBe(0);
      await store.delete('none');
    });

    it('replaces an object, and its version changes', async () => {
      const first = await store.write('replace', bytes('one'));
      const second = await store.write('replace', bytes('two!'));
      expect(second.version).not.toBe(first.version);
      expect((await store.read('replace')).toString()).toBe('two!');
      expect(await keys(store, 'replace')).toEqual(['replace']);
    });

    it('reads ranges as slices', async () => {
      const content = bytes('0123456789');
      await store.write('range', content);
      await fc.assert(
        fc.asyncProperty(fc.nat(14), fc.option(fc.nat(14), { nil: undefined }), async (start, end) => {
          const range = end === undefined ? { start } : { start, end };
          const expected = content.subarray(start, end === undefined ? undefined : Math.max(start, end));
          expect((await store.read('range', { range })).toString()).toBe(expected.toString());
        }),
        { numRuns: 25 },
      );
    });

    it('reads and writes streams, over several parts too', async () => {
      const part = Buffer.alloc(9_000_000, 7);
      const tail = bytes('tail');
      const written = await store.write('stream', pieces(part, part, part, tail));
      expect(written.size).toBe(3 * part.length + tail.length);
      const hash = [];
      for await (const chunk of await store.readStream('stream')) hash.push(chunk as Buffer);
      expect(Buffer.concat(hash).equals(Buffer.concat([part, part, part, tail]))).toBe(true);
      expect(await store.stat('stream')).toMatchObject({ size: written.size, version: written.version });
    });

    it('refuses more bytes than allowed', async () => {
      await store.write('large', Buffer.alloc(1000));
      expect(await codeOf(store.read('large', { maxBytes: 999 }))).toBe('TOO_LARGE');
      expect(await codeOf(store.readStream('large', { maxBytes: 999 }))).toBe('TOO_LARGE');
      expect((await store.read('large', { maxBytes: 1000 })).length).toBe(1000);
      expect((await store.read('large', { maxBytes: 10, range: { start: 5, end: 15 } })).length).toBe(10);
    });

    it('shows an object whole or not at all', async () => {
      const broken = new Error('the body ended early');
      const big = Buffer.alloc(20_000_000, 1);
      for (const body of [pieces(bytes('half'), broken), pieces(big, bytes('half'), broken)])
        await expect(store.write('broken/one', body)).rejects.toBe(broken);
      expect(await keys(store, 'broken/')).toEqual([]);

      await store.write('broken/kept', bytes('before'));
      await expect(store.write('broken/kept', pieces(bytes('half'), broken))).rejects.toBe(broken);
      expect((await store.read('broken/kept')).toString()).toBe('before');
    });

    it('lets readers of a replaced object see one version whole', async () => {
      const versions = ['a', 'b', 'c', 'd'].map((letter) => Buffer.alloc(300_000, letter));
      await store.write('busy', versions[0] ?? bytes(''));
      const writing = Promise.all(versions.map((body) => store.write('busy', body)));
      for (let i = 0; i < 10; i++) {
        const seen = await store.read('busy');
        expect(versions.some((version) => version.equals(seen))).toBe(true);
      }
      await writing;
    });

    it('has one winner when 20 write a key that must be absent', async () => {
      const all = Array.from({ length: 20 }, (_, i) => bytes(`writer ${i}`));
      const results = await Promise.allSettled(
        all.map((body) => store.write('race', body, { ifAbsent: true })),
      );
      const won = results.flatMap((result, i) => (result.status === 'fulfilled' ? [i] : []));
      expect(won).toHaveLength(1);
      for (const result of results)
        if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'ALREADY_EXISTS' });
      expect((await store.read('race')).toString()).toBe(`writer ${won[0]}`);
    });

    it('refuses a stream in parts where an object is', async () => {
      await store.write('parts', bytes('first'));
      const body = () => pieces(Buffer.alloc(17_000_000), Buffer.alloc(17_000_000));
      expect(await codeOf(store.write('parts', body(), { ifAbsent: true }))).toBe('ALREADY_EXISTS');
      expect((await store.read('parts')).toString()).toBe('first');
    });

    it('moves, and moving again changes nothing', async () => {
      await store.write('move/from it', bytes('content'));
      for (let i = 0; i < 3; i++) await store.move('move/from it', 'move/deep/er/tö');
      expect(await keys(store, 'move/')).toEqual(['move/deep/er/tö']);
      expect((await store.read('move/deep/er/tö')).toString()).toBe('content');
      await store.move('move/deep/er/tö', 'move/deep/er/tö');
      expect(await keys(store, 'move/')).toEqual(['move/deep/er/tö']);
      expect(await codeOf(store.move('move/none', 'move/nowhere'))).toBe('NOT_FOUND');
    });

    it('lists 5,000 keys completely, in order, and deletes them by prefix', async () => {
      const all = Array.from(
        { length: 5000 },
        (_, i) => `many/${String(i % 50).padStart(3, '0')}/${i}`,
      ).sort();
      for (let at = 0; at < all.length; at += 100)
        await Promise.all(all.slice(at, at + 100).map((key) => store.write(key, bytes(key))));
      await store.write('manyother', bytes('stays'));
      expect(await keys(store, 'many/')).toEqual(all);
      expect(await keys(store, 'many/01')).toEqual(all.filter((key) => key.startsWith('many/01')));
      expect(await store.deletePrefix('many/00')).toBe(all.filter((k) => k.startsWith('many/00')).length);
      expect(await store.deletePrefix('many/')).toBe(all.filter((k) => !k.startsWith('many/00')).length);
      expect(await keys(store, 'many')).toEqual(['manyother']);
    }, 120_000);

    it('lists one folder: what lies in it, and the folders that do', async () => {
      for (const key of ['d/one', 'd/a/two', 'd/a/b/three', 'd/é x/four', 'd.txt', 'dd/five'])
        await store.write(key, bytes(key));
      const folder = async (prefix: string) => {
        const folders: string[] = [];
        const objects: string[] = [];
        for await (const { key } of store.list(prefix, { onFolder: (key) => folders.push(key) }))
          objects.push(key);
        return { folders: folders.sort(), objects: objects.sort() };
      };
      expect(await folder('d/')).toEqual({ folders: ['d/a/', 'd/é x/'], objects: ['d/one'] });
      expect(await folder('d/a/')).toEqual({ folders: ['d/a/b/'], objects: ['d/a/two'] });
      expect(await folder('nothing/')).toEqual({ folders: [], objects: [] });
      const top = await folder('');
      expect(top.folders).toEqual(expect.arrayContaining(['d/', 'dd/']));
      expect(top.objects).toContain('d.txt');
      expect(await folder('d/é')).toEqual({ folders: ['d/é x/'], objects: [] });
      for (const key of ['d/', 'dd/', 'd.txt']) await store.deletePrefix(key);
    });

    it('stops at an abort with the caller’s reason', async () => {
      const reason = new Error('cancelled by the user');
      const gone = AbortSignal.abort(reason);
      await store.write('abort', bytes('x'));
      const calls: Promise<unknown>[] = [
        store.read('abort', { signal: gone }),
        store.stat('abort', { signal: gone }),
        store.write('abort2', bytes('x'), { signal: gone }),
        store.delete('abort', { signal: gone }),
        store.move('abort', 'abort3', { signal: gone }),
        store.check({ signal: gone }),
        store.list('', { signal: gone })[Symbol.asyncIterator]().next(),
      ];
      for (const call of calls) await expect(call).rejects.toBe(reason);

      const stop = new AbortController();
      async function* endless() {
        for (let i = 0; ; i++) {
          if (i === 3) stop.abort(reason);
          yield Buffer.alloc(1000);
        }
      }
      await expect(store.write('abort2', endless(), { signal: stop.signal })).rejects.toBe(reason);
      expect(await keys(store, 'abort')).toEqual(['abort']);
    });

    it('checks that it can be used', async () => {
      await store.check();
    });
  });
}
