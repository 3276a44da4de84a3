import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Bucket, openBucket } from '../../../src/storage/bucket.js';
import { openStore } from '../../../src/storage/open.js';
import type { ObjectStore } from '../../../src/storage/port.js';
import { type FakeGcs, startFakeGcs } from '../../support/servers/fake-gcs.js';
import { codeOf } from '../../support/storage-contract.js';

describe('buckets of the Google Cloud Storage emulator', () => {
  let gcs: FakeGcs;
  let bucket: Bucket;
  let store: ObjectStore;

  beforeAll(async () => {
    gcs = await startFakeGcs('memory');
    await gcs.createBucket('cxr');
    bucket = openBucket('gs://cxr/images', { gs: gcs });
    store = openStore('gs://cxr/images', { gs: gcs });
  });
  afterAll(async () => {
    bucket?.close();
    await store?.close();
    await gcs?.stop();
  });

  /** The emulator asked without any client. */
  const raw = async (path: string) =>
    (await fetch(`${gcs.emulatorHost}/storage/v1/b/cxr${path}`)).json() as Promise<Record<string, unknown>>;
  const versions = async (prefix: string) => {
    const all = [];
    for await (const one of bucket.versions(prefix)) all.push(one);
    return all;
  };

  it('switches versioning', async () => {
    expect(await bucket.versioning()).toBe('off');
    await bucket.setVersioning(true);
    expect(await raw('')).toMatchObject({ versioning: { enabled: true } });
    expect(await bucket.versioning()).toBe('on');
  });

  it('lists, fetches and restores generations, also of what was deleted', async () => {
    for (const text of ['one', 'two', 'three']) await store.write('a/b', Buffer.from(text));
    await store.delete('a/b');
    const kept = await versions('a/b');
    expect(kept.map(({ current }) => current)).toEqual([false, false, false]);
    const items = (await raw('/o?versions=true&prefix=images/a/b')).items as { generation: string }[];
    expect(new Set(kept.map(({ version }) => version))).toEqual(
      new Set(items.map(({ generation }) => generation)),
    );
    const texts = await Promise.all(
      kept.map(async ({ key, version }) => {
        const chunks: Buffer[] = [];
        for await (const chunk of await bucket.readVersion(key, version)) chunks.push(chunk as Buffer);
        return Buffer.concat(chunks).toString();
      }),
    );
    expect(texts).toEqual(['three', 'two', 'one']);
    const restored = await bucket.restore('a/b', kept[1]?.version ?? '');
    expect((await store.read('a/b')).toString()).toBe('two');
    const now = await versions('a/b');
    expect(now.length).toBe(4);
    expect(now[0]).toMatchObject({ current: true, version: restored.version, size: 3 });
  });

  it('says that there is no such generation', async () => {
    await store.write('here', Buffer.from('x'));
    for (const version of ['nonsense', '1', '99999999999999999999'])
      expect(await codeOf(bucket.readVersion('here', version))).toBe('NOT_FOUND');
    expect(await codeOf(bucket.restore('here', '1'))).toBe('NOT_FOUND');
  });

  it('says that this store does not keep lifecycle rules', async () => {
    const setting = bucket.setLifecycle('', { prefix: '', deleteNoncurrentDays: 90, colder: [] });
    expect(await codeOf(setting)).toBe('NOT_SUPPORTED_HERE');
    expect(await bucket.lifecycle()).toEqual([]);
  });

  it('knows the checksum of what was written', async () => {
    expect(await bucket.sum('nothing')).toBeUndefined();
    const bytes = randomBytes(9_000_000);
    await store.write('large', bytes);
    expect(await bucket.sum('large')).toMatchObject({
      size: bytes.length,
      md5: createHash('md5').update(bytes).digest('hex'),
    });
  });

  it('says that a bucket is missing', async () => {
    const none = openBucket('gs://no-such-bucket', { gs: gcs });
    expect(await codeOf(none.versioning())).toBe('BUCKET_MISSING');
    expect(await codeOf(none.setVersioning(true))).toBe('BUCKET_MISSING');
    none.close();
  });
});
