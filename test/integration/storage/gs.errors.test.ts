import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openStore } from '../../../src/storage/open.js';
import type { ObjectStore } from '../../../src/storage/port.js';
import { type FakeGcs, startFakeGcs } from '../../support/servers/fake-gcs.js';
import { freePort } from '../../support/servers/process.js';
import { type BadNetwork, startToxiproxy, type Toxiproxy } from '../../support/servers/toxiproxy.js';
import { codeOf, keys } from '../../support/storage-contract.js';
import { everyCallFails, expectNoSecret, SECRET_KEY } from '../../support/storage-errors.js';

describe('what goes wrong with Google Cloud Storage', () => {
  let gcs: FakeGcs;
  let toxiproxy: Toxiproxy;
  let proxy: BadNetwork;
  let store: ObjectStore;
  let direct: ObjectStore;
  const content = randomBytes(3_000_000);

  beforeAll(async () => {
    [gcs, toxiproxy] = await Promise.all([startFakeGcs(), startToxiproxy()]);
    await gcs.createBucket('cxr');
    proxy = await toxiproxy.proxy(new URL(gcs.emulatorHost).host);
    store = openStore('gs://cxr', { gs: { emulatorHost: `http://127.0.0.1:${proxy.port}`, tries: 3 } });
    direct = openStore('gs://cxr', { gs: gcs });
    await direct.write('film', content);
  });
  afterAll(() => Promise.all([gcs?.stop(), toxiproxy?.stop()]));
  beforeEach(() => proxy.heal());

  it('a wrong bucket', () => everyCallFails(openStore('gs://no-such-bucket', { gs: gcs }), 'BUCKET_MISSING'));

  it('nobody at the endpoint', async () => {
    const emulatorHost = `127.0.0.1:${await freePort()}`;
    await everyCallFails(openStore('gs://cxr', { gs: { emulatorHost, tries: 2 } }), 'STORAGE_UNREACHABLE');
  });

  it('a key file that is not there', async () => {
    const login = openStore('gs://cxr', { gs: { keyFile: '/nowhere/DOE.json', tries: 1 } });
    const error = await login.check().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'STORAGE_LOGIN' });
    expectNoSecret(error);
  });

  it('goes on reading where a connection was cut', async () => {
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

  it('knows its own write when the answer is lost', async () => {
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
  });

  it('an upload that is cut leaves nothing', async () => {
    async function* body() {
      for (let i = 0; i < 40; i++) {
        if (i === 30) await proxy.setEnabled(false);
        yield Buffer.alloc(1_000_000, i);
      }
    }
    expect(await codeOf(store.write('cut/film', body()))).toMatch(/^STORAGE_(UNREACHABLE|IO)$/);
    await proxy.setEnabled(true);
    expect(await keys(direct, 'cut/')).toEqual([]);
  });

  it('an abort ends a silent call at once', async () => {
    await proxy.add('timeout', { timeout: 0 });
    const stop = new AbortController();
    const reason = new Error('cancelled');
    const reading = store.read(SECRET_KEY, { signal: stop.signal });
    stop.abort(reason);
    await expect(reading).rejects.toBe(reason);
  });
});
