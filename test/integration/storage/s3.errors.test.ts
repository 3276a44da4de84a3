import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore, type S3Options } from '../../../src/storage/open.js';
import { type Minio, startMinio } from '../../support/servers/minio.js';
import { freePort } from '../../support/servers/process.js';
import { codeOf, keys } from '../../support/storage-contract.js';
import { everyCallFails } from '../../support/storage-errors.js';

describe('what goes wrong with S3', () => {
  let minio: Minio;
  beforeAll(async () => {
    minio = await startMinio();
    await minio.createBucket('cxr');
  });
  afterAll(() => minio?.stop());

  const open = (root: string, options: S3Options = {}) =>
    openStore(root, { s3: { ...minioOptions(), ...options } });
  const minioOptions = (): S3Options => ({
    endpoint: minio.endpoint,
    accessKey: minio.accessKey,
    secretKey: minio.secretKey,
    tries: 2,
  });

  it('a wrong bucket', () => everyCallFails(open('s3://no-such-bucket'), 'BUCKET_MISSING'));
  it('a wrong user', () => everyCallFails(open('s3://cxr', { accessKey: 'nobody-here' }), 'STORAGE_LOGIN'));
  it('a wrong password', () =>
    everyCallFails(open('s3://cxr', { secretKey: 'wrong-secret' }), 'STORAGE_LOGIN'));
  it('no credentials', () =>
    everyCallFails(open('s3://cxr', { accessKey: undefined, secretKey: undefined }), 'STORAGE_LOGIN'));
  it('nobody at the endpoint', async () => {
    const endpoint = `http://127.0.0.1:${await freePort()}`;
    await everyCallFails(open('s3://cxr', { endpoint }), 'STORAGE_UNREACHABLE');
  });
  it('a name that no resolver knows', async () => {
    const store = open('s3://cxr', { endpoint: 'http://store.invalid:9000', tries: 1 });
    expect(await codeOf(store.check())).toBe('STORAGE_UNREACHABLE');
  });

  it('credentials in the endpoint, or no URL at all', () => {
    expect(() => open('s3://cxr', { endpoint: 'http://me:secret@127.0.0.1:9000' })).toThrowError(
      expect.objectContaining({ code: 'CREDENTIALS_IN_URL' }),
    );
    for (const endpoint of ['127.0.0.1:9000', 'ftp://store', 'http://store/path'])
      expect(() => open('s3://cxr', { endpoint })).toThrowError(
        expect.objectContaining({ code: 'BAD_INPUT' }),
      );
  });

  it('a restart in the middle is waited for', async () => {
    const store = open('s3://cxr', { tries: 8 });
    await store.write('restart/before', Buffer.from('x'));
    await minio.kill();
    const [, written] = await Promise.all([minio.restart(), store.write('restart/during', Buffer.from('y'))]);
    expect(written.size).toBe(1);
    expect(await keys(store, 'restart/')).toEqual(['restart/before', 'restart/during']);
    await store.close();
  });
});
