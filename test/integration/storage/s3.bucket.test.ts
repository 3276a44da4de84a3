import { createHash, randomBytes } from 'node:crypto';
import { Client } from 'minio';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Bucket, openBucket } from '../../../src/storage/bucket.js';
import { openStore } from '../../../src/storage/open.js';
import type { ObjectStore } from '../../../src/storage/port.js';
import { type Minio, startMinio } from '../../support/servers/minio.js';
import { codeOf } from '../../support/storage-contract.js';

const MIB = 2 ** 20;

describe('buckets of MinIO', () => {
  let minio: Minio;
  let other: Client;
  let bucket: Bucket;
  let store: ObjectStore;

  beforeAll(async () => {
    minio = await startMinio();
    await minio.createBucket('cxr');
    const { hostname: endPoint, port } = new URL(minio.endpoint);
    const { accessKey, secretKey } = minio;
    other = new Client({ endPoint, port: Number(port), useSSL: false, accessKey, secretKey });
    bucket = openBucket('s3://cxr/images', { s3: minio });
    store = openStore('s3://cxr/images', { s3: minio });
  });
  afterAll(async () => {
    bucket?.close();
    await store?.close();
    await minio?.stop();
  });

  const versions = async (prefix: string, of = bucket) => {
    const all = [];
    for await (const one of of.versions(prefix)) all.push(one);
    return all;
  };
  const content = async (key: string, version: string) => {
    const chunks: Buffer[] = [];
    for await (const chunk of await bucket.readVersion(key, version)) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks).toString();
  };

  it('switches versioning, as another program sees it', async () => {
    expect(await bucket.versioning()).toBe('off');
    await bucket.setVersioning(true);
    expect(await other.getBucketVersioning('cxr')).toMatchObject({ Status: 'Enabled' });
    expect(await bucket.versioning()).toBe('on');
    await bucket.setVersioning(false);
    expect(await other.getBucketVersioning('cxr')).toMatchObject({ Status: 'Suspended' });
    expect(await bucket.versioning()).toBe('suspended');
    await bucket.setVersioning(true);
  });

  it('lists, fetches and restores versions, also of what was deleted', async () => {
    for (const text of ['one', 'two', 'three']) await store.write('a b/ключ+1', Buffer.from(text));
    await store.write('a b/ключ+10', Buffer.from('another'));
    await store.delete('a b/ключ+1');
    const kept = (await versions('a b/ключ+1')).filter(({ key }) => key === 'a b/ключ+1');
    expect(kept.map(({ current, deleted }) => [current, deleted])).toEqual([
      [true, true],
      [false, false],
      [false, false],
      [false, false],
    ]);
    expect(await Promise.all(kept.slice(1).map(({ key, version }) => content(key, version)))).toEqual([
      'three',
      'two',
      'one',
    ]);
    const restored = await bucket.restore('a b/ключ+1', kept[2]?.version ?? '');
    expect((await store.read('a b/ключ+1')).toString()).toBe('two');
    const now = (await versions('a b/ключ+1')).filter(({ key }) => key === 'a b/ключ+1');
    expect(now.length).toBe(5);
    expect(now[0]).toMatchObject({ current: true, deleted: false, version: restored.version, size: 3 });
    // The other program has as many states of this object, and the same one on top.
    const seen: { versionId?: string; isLatest?: boolean }[] = [];
    for await (const one of other.listObjects('cxr', 'images/a b/ключ+1', true, { IncludeVersion: true }))
      if ((one as { name?: string }).name === 'images/a b/ключ+1') seen.push(one as object);
    expect(seen.length).toBe(5);
    expect(seen.find(({ isLatest }) => String(isLatest) === 'true')?.versionId).toBe(restored.version);
  });

  it('pages through more versions than one answer holds', async () => {
    const many = openStore('s3://cxr/many', { s3: minio });
    const writes = Array.from({ length: 1050 }, (_, i) => i);
    for (let i = 0; i < writes.length; i += 50)
      await Promise.all(writes.slice(i, i + 50).map((n) => many.write(`k${n % 525}`, Buffer.from(`${n}`))));
    const below = openBucket('s3://cxr/many', { s3: minio });
    const all = await versions('', below);
    below.close();
    await many.close();
    expect(all.length).toBe(1050);
    expect(new Set(all.map(({ key, version }) => `${key} ${version}`)).size).toBe(1050);
    expect(all.filter(({ current }) => current).length).toBe(525);
  });

  it('says that there is no such version', async () => {
    await store.write('gone', Buffer.from('x'));
    await store.delete('gone');
    const [mark] = await versions('gone');
    for (const version of ['nonsense', 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee', mark?.version ?? ''])
      expect(await codeOf(bucket.readVersion('gone', version))).toBe('NOT_FOUND');
    expect(await codeOf(bucket.restore('gone', mark?.version ?? ''))).toBe('NOT_FOUND');
  });

  it('sets, shows and removes its own lifecycle rule and leaves those of others', async () => {
    await other.setBucketLifecycle('cxr', {
      Rule: [{ ID: 'theirs', Status: 'Enabled', Filter: { Prefix: 'tmp/' }, Expiration: { Days: '3' } }],
    } as never);
    const rule = { prefix: 'images/', deleteNoncurrentDays: 90, colder: [] };
    await bucket.setLifecycle('images/', { ...rule, deleteNoncurrentDays: 30 });
    await bucket.setLifecycle('images/', rule);
    expect(await bucket.lifecycle()).toEqual([
      { prefix: 'tmp/', colder: [], foreign: 'theirs' },
      expect.objectContaining(rule),
    ]);
    const seen = (await other.getBucketLifecycle('cxr')) as unknown as { Rule: object[] };
    expect(seen.Rule).toEqual([
      expect.objectContaining({ ID: 'theirs' }),
      expect.objectContaining({ ID: 'cxrflow images/', Status: 'Enabled' }),
    ]);
    await bucket.setLifecycle('images/', undefined);
    expect(await bucket.lifecycle()).toEqual([{ prefix: 'tmp/', colder: [], foreign: 'theirs' }]);
    await other.removeBucketLifecycle('cxr');
    expect(await bucket.lifecycle()).toEqual([]);
  });

  it('says that MinIO has no such storage class, and changes nothing', async () => {
    const colder = [{ days: 30, storageClass: bucket.colderClasses[0] }];
    const setting = bucket.setLifecycle('', { prefix: '', deleteNoncurrentDays: 90, colder });
    expect(await codeOf(setting)).toBe('NOT_SUPPORTED_HERE');
    expect(await bucket.lifecycle()).toEqual([]);
  });

  it('knows the checksum of what was written whole and in parts', async () => {
    expect(await bucket.sum('nothing')).toBeUndefined();
    const small = randomBytes(1000);
    await store.write('small', small);
    expect(await bucket.sum('small')).toEqual({ size: 1000, md5: md5(small) });
    await store.write('large', randomBytes(17 * MIB));
    expect(await bucket.sum('large')).toMatchObject({ size: 17 * MIB, parts: { count: 2 } });
  });

  it('goes on with the parts that an earlier process left, and sends those that differ again', async () => {
    const bytes = randomBytes(50 * MIB);
    const body = (failAt: number, of = bytes) => ({
      size: of.length,
      read: async (start: number, end: number) => {
        if (start / (16 * MIB) >= failAt) throw new Error('the power went');
        return of.subarray(start, end);
      },
    });
    const put = (failAt: number, of = bytes) =>
      bucket.putInParts?.('parts', body(failAt, of), { contentType: 'application/octet-stream' });
    await expect(put(2)).rejects.toThrow('the power went');
    expect(await bucket.sum('parts')).toBeUndefined();

    // The parts that are there, as the other program sees them.
    const uploadId = (await other.findUploadId('cxr', 'images/parts')) ?? '';
    const before = await partsIn(other, uploadId);
    expect(before.length).toBeGreaterThanOrEqual(1);
    await expect(put(3)).rejects.toThrow('the power went');
    expect(await other.findUploadId('cxr', 'images/parts')).toBe(uploadId);
    const after = await partsIn(other, uploadId);
    expect(after.length).toBeGreaterThan(before.length);
    // Sent again a part would have another time.
    expect(after).toEqual(expect.arrayContaining([...before]));

    // A part that is of other bytes by now is sent again.
    const changed = Buffer.from(new Uint8Array(bytes));
    changed[0] = (changed[0] ?? 0) ^ 1;
    await put(9, changed);
    expect((await store.read('parts')).equals(changed)).toBe(true);
    expect(await other.findUploadId('cxr', 'images/parts')).toBeUndefined();
  });
});

interface Part {
  readonly part: number;
  readonly etag: string;
  readonly lastModified: Date;
}

async function partsIn(client: Client, uploadId: string): Promise<readonly Part[]> {
  const lister = client as unknown as {
    listParts(bucket: string, key: string, id: string): Promise<readonly Part[]>;
  };
  const parts = await lister.listParts('cxr', 'images/parts', uploadId);
  return parts.map(({ part, etag, lastModified }) => ({ part, etag, lastModified }));
}

function md5(bytes: Buffer): string {
  return createHash('md5').update(bytes).digest('hex');
}
