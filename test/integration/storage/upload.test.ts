import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type UploadJob, uploadFolder } from '../../../src/client/upload.js';
import { type Bucket, openBucket } from '../../../src/storage/bucket.js';
import { fileUri, openStore, type StoreOptions } from '../../../src/storage/open.js';
import type { ObjectStore } from '../../../src/storage/port.js';
import { startFakeGcs } from '../../support/servers/fake-gcs.js';
import { startMinio } from '../../support/servers/minio.js';
import type { Server } from '../../support/servers/process.js';

const MIB = 2 ** 20;

type Place = Server & { createBucket(name: string): Promise<void> };
const PLACES: readonly [string, () => Promise<Place>, (server: never) => StoreOptions][] = [
  ['s3://cxr/in', startMinio, (s3) => ({ s3 })],
  ['gs://cxr/in', () => startFakeGcs('memory'), (gs) => ({ gs })],
];

describe.each(PLACES)('upload to %s', (uri, start, options) => {
  let server: Place;
  let to: ObjectStore;
  let bucket: Bucket;
  let folder: string;
  let from: ObjectStore;

  beforeAll(async () => {
    server = await start();
    await server.createBucket('cxr');
    to = openStore(uri, options(server as never));
    bucket = openBucket(uri, options(server as never));
  });
  afterAll(async () => {
    await to?.close();
    bucket?.close();
    await server?.stop();
  });
  beforeEach(async () => {
    await to.deletePrefix('');
    folder = mkdtempSync(join(tmpdir(), 'cxrflow-upload-'));
    from = openStore(fileUri(folder));
    return () => rmSync(folder, { recursive: true, force: true });
  });
  const upload = (job: Partial<UploadJob> = {}) =>
    uploadFolder({ from, to, bucket, extensions: [], identified: false, report: () => undefined, ...job });

  it('sends what is missing or differs, and reads nothing back', async () => {
    const contents = new Map<string, Buffer>();
    for (let i = 0; i < 30; i++) contents.set(`a/${i % 3}/f${i}.png`, randomBytes(2000 + i));
    contents.set('empty.png', Buffer.alloc(0));
    contents.set('large.png', randomBytes(20 * MIB));
    for (const [key, body] of contents) await from.write(key, body);
    expect(await upload()).toMatchObject({ found: 32, uploaded: 32, unchanged: 0, failed: 0 });
    for (const [key, body] of contents) expect((await to.read(key)).equals(body)).toBe(true);

    await from.write('a/0/f0.png', randomBytes(2000));
    await to.delete('a/1/f1.png');
    const reads: string[] = [];
    const watched: ObjectStore = {
      ...to,
      readStream: (key) => {
        reads.push(key);
        return to.readStream(key);
      },
    };
    const before = await to.stat('large.png');
    expect(await upload({ to: watched })).toMatchObject({ found: 32, uploaded: 2, unchanged: 30 });
    expect(reads).toEqual([]);
    expect(await to.stat('large.png')).toEqual(before);
  });

  it('a dry run sends nothing and says the same', async () => {
    for (const key of ['one.png', 'two.png', 'three.txt']) await from.write(key, Buffer.from(key));
    await to.write('one.png', Buffer.from('one.png'));
    const seen: string[] = [];
    const onFile = (key: string, outcome: string) => seen.push(`${outcome} ${key}`);
    const dry = await upload({ dryRun: true, extensions: ['.PNG'], onFile });
    expect(dry).toMatchObject({ found: 2, uploaded: 1, unchanged: 1 });
    expect(seen.sort()).toEqual(['unchanged one.png', 'uploaded two.png']);
    expect(await to.stat('two.png')).toBeUndefined();
    expect(await upload({ extensions: ['.png'] })).toEqual(dry);
  });

  it('notices when the store holds other bytes than were sent', async () => {
    await from.write('film.png', randomBytes(5000));
    const broken: ObjectStore = {
      ...to,
      write: async (key, body, call) => {
        const bytes = [];
        for await (const chunk of body as AsyncIterable<Uint8Array>) bytes.push(chunk);
        const damaged = Buffer.concat(bytes);
        damaged.writeUInt8((damaged[100] ?? 0) ^ 1, 100);
        return to.write(key, damaged, call);
      },
    };
    await expect(upload({ to: broken })).rejects.toMatchObject({ code: 'CHECKSUM_MISMATCH' });
    expect(await upload()).toMatchObject({ uploaded: 1 });
  });

  it('a file that changes while it is sent counts as failed; the others go on', async () => {
    await from.write('a.png', randomBytes(1000));
    await from.write('b.png', randomBytes(1000));
    const restless: ObjectStore = {
      ...from,
      stat: async (key) =>
        key === 'a.png' ? { key, size: 1000, version: 'another', modified: 0 } : from.stat(key),
    };
    expect(await upload({ from: restless })).toMatchObject({ uploaded: 1, failed: 1 });
  });
});
