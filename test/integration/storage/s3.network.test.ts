import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openStore } from '../../../src/storage/open.js';
import type { ObjectStore } from '../../../src/storage/port.js';
import { type Minio, startMinio } from '../../support/servers/minio.js';
import { type BadNetwork, startToxiproxy, type Toxiproxy } from '../../support/servers/toxiproxy.js';
import { codeOf, keys } from '../../support/storage-contract.js';
import { expectNoSecret, SECRET_KEY } from '../../support/storage-errors.js';

describe('S3 over a bad network', () => {
  let minio: Minio;
  let toxiproxy: Toxiproxy;
  let proxy: BadNetwork;
  let store: ObjectStore;
  let direct: ObjectStore;
  const content = randomBytes(3_000_000);

  beforeAll(async () => {
    [minio, toxiproxy] = await Promise.all([startMinio(), startToxiproxy()]);
    await minio.createBucket('cxr');
    proxy = await toxiproxy.proxy(new URL(minio.endpoint).host);
    const { endpoint, accessKey, secretKey } = minio;
    const bad = { endpoint: `http://127.0.0.1:${proxy.port}`, accessKey, secretKey, tries: 3, idleMs: 500 };
    store = openStore('s3://cxr', { s3: bad });
    direct = openStore('s3://cxr', { s3: { endpoint, accessKey, secretKey } });
    await direct.write('film', content);
  });
  afterAll(async () => {
    await Promise.all([store?.close(), direct?.close()]);
    await Promise.all([minio?.stop(), toxiproxy?.stop()]);
  });
  beforeEach(() => proxy.heal());

  it('goes on reading where a connection was cut', async () => {
    // Each connection ends after 1 MB: the object takes several.
    await proxy.add('limit_data', { bytes: 1_000_000 });
    expect((await store.read('film')).equals(content)).toBe(true);
    const range = { start: 100, end: 2_500_000 };
    expect((await store.read('film', { range })).equals(content.subarray(100, 2_500_000))).toBe(true);
  });

  it('gives up on a connection that never gets anywhere', async () => {
    await proxy.add('limit_data', { bytes: 600 });
    const error = await store.read('film').catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'STORAGE_UNREACHABLE' });
  });

  it('does not mix two versions of an object', async () => {
    await direct.write('changing', Buffer.alloc(3_000_000, 'a'));
    await proxy.add('limit_data', { bytes: 1_000_000 });
    const stream = await store.readStream('changing');
    await direct.write('changing', Buffer.alloc(3_000_000, 'b'));
    const read = (async () => {
      for await (const _ of stream);
    })();
    expect(await codeOf(read)).toBe('OBJECT_CHANGED');
  });

  it('gives up on silence', async () => {
    await proxy.add('timeout', { timeout: 0 });
    const error = await store.read(SECRET_KEY).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'STORAGE_UNREACHABLE' });
    expectNoSecret(error);
  });

  it('knows its own write when the answer is lost', async () => {
    // The request gets through; its answer is cut off. The next try finds an object: its own.
    async function* body() {
      await proxy.add('limit_data', { bytes: 0 });
      yield Buffer.from('mine');
    }
    const writing = store.write('own', body(), { ifAbsent: true });
    await Promise.all([
      writing,
      expect
        .poll(() => direct.stat('own'))
        .toBeDefined()
        .then(() => proxy.heal()),
    ]);
    expect(await writing).toMatchObject({ key: 'own', size: 4 });
    expect((await direct.read('own')).toString()).toBe('mine');
  });

  it('an upload that is cut leaves nothing', async () => {
    await proxy.add('limit_data', { bytes: 10_000_000 }, 'upstream');
    async function* body() {
      for (let i = 0; i < 40; i++) yield Buffer.alloc(1_000_000, i);
    }
    const error = await store.write('cut/film', body()).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'STORAGE_UNREACHABLE' });
    expect(await keys(direct, 'cut/')).toEqual([]);
  });

  it('an abort ends a silent call at once', async () => {
    await proxy.add('timeout', { timeout: 0 });
    const stop = new AbortController();
    const reason = new Error('cancelled');
    const reading = store.read('film', { signal: stop.signal });
    stop.abort(reason);
    await expect(reading).rejects.toBe(reason);
  });
});
