import { describe, expect, it } from 'vitest';
import { gsError } from '../../../src/storage/gs/errors.js';
import { retrying } from '../../../src/storage/retry.js';
import { BusyError, s3Error } from '../../../src/storage/s3/errors.js';
import { expectNoSecret, SECRET_KEY } from '../../support/storage-errors.js';

const vendor = (code: string | number, cause?: Error) =>
  Object.assign(new Error(`/cxr/${SECRET_KEY} failed`, { cause }), { code, resource: SECRET_KEY });

describe('errors of the libraries, without what they say', () => {
  it.each([
    [vendor('AccessDenied'), 'STORAGE_DENIED', 's3://cxr AccessDenied'],
    [vendor('SignatureDoesNotMatch'), 'STORAGE_LOGIN', 's3://cxr SignatureDoesNotMatch'],
    [vendor('NoSuchBucket'), 'BUCKET_MISSING', 's3://cxr NoSuchBucket'],
    [vendor('XMinioStorageFull'), 'DISK_FULL', 's3://cxr XMinioStorageFull'],
    [vendor('SomethingNew'), 'STORAGE_IO', 's3://cxr SomethingNew'],
    [vendor('ECONNREFUSED'), 'STORAGE_UNREACHABLE', 's3://cxr ECONNREFUSED'],
    [new BusyError(503), 'STORAGE_IO', 's3://cxr HTTP 503'],
  ])('s3: %s', (error, code, detail) => {
    const known = s3Error(error, 'cxr');
    expect(known).toMatchObject({ code, detail });
    expectNoSecret(known);
  });

  it.each([
    [vendor(401), 'STORAGE_LOGIN', 'gs://cxr HTTP 401'],
    [vendor('403'), 'STORAGE_DENIED', 'gs://cxr HTTP 403'],
    [vendor(429), 'STORAGE_IO', 'gs://cxr HTTP 429'],
    [vendor(500, vendor('ECONNRESET')), 'STORAGE_UNREACHABLE', 'gs://cxr ECONNRESET'],
    [new Error('Could not load the default credentials.'), 'STORAGE_LOGIN', 'gs://cxr Error'],
    [new RangeError(`of ${SECRET_KEY}`), 'STORAGE_IO', 'gs://cxr RangeError'],
  ])('gs: %s', (error, code, detail) => {
    const known = gsError(error, 'cxr');
    expect(known).toMatchObject({ code, detail });
    expectNoSecret(known);
  });

  it('leaves bugs as they are', () => {
    const bug = new TypeError('x is not a function');
    expect(s3Error(bug, 'cxr')).toBe(bug);
    expect(gsError(bug, 'cxr')).toBe(bug);
  });
});

describe('retrying', () => {
  const fails = new Error('again');
  const options = { tries: 3, firstDelayMs: 1 };
  const counting = (good: number) => {
    const attempts: number[] = [];
    const call = async (attempt: number) => {
      attempts.push(attempt);
      if (attempt < good) throw fails;
      return attempt;
    };
    return { attempts, call };
  };

  it('goes on until it works, within its bound', async () => {
    const works = counting(3);
    expect(await retrying(works.call, () => true, options)).toBe(3);
    const never = counting(99);
    await expect(retrying(never.call, () => true, options)).rejects.toBe(fails);
    expect(never.attempts).toEqual([1, 2, 3]);
  });

  it('does not repeat what cannot help', async () => {
    const never = counting(99);
    await expect(retrying(never.call, () => false, options)).rejects.toBe(fails);
    expect(never.attempts).toEqual([1]);
  });

  it('ends its wait at an abort', async () => {
    const stop = new AbortController();
    const reason = new Error('cancelled');
    const waiting = retrying(counting(99).call, () => true, {
      tries: 3,
      firstDelayMs: 60_000,
      signal: stop.signal,
    });
    stop.abort(reason);
    await expect(waiting).rejects.toBe(reason);
  });
});
