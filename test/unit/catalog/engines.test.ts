import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { json } from '../../../src/catalog/batch.js';
import { containerName } from '../../../src/catalog/containers.js';
import { catalogError } from '../../../src/catalog/engines/errors.js';
import { Mutex } from '../../../src/catalog/engines/mutex.js';
import { CxrError } from '../../../src/errors.js';

describe('Mutex', () => {
  it('lets one in at a time, in the order asked', async () => {
    const mutex = new Mutex();
    const entered: number[] = [];
    let inside = 0;
    await Promise.all(
      [0, 1, 2, 3].map(async (n) => {
        const release = await mutex.acquire(1_000);
        inside += 1;
        expect(inside).toBe(1);
        entered.push(n);
        await Promise.resolve();
        inside -= 1;
        release();
        release();
      }),
    );
    expect(entered).toEqual([0, 1, 2, 3]);
  });

  it('fails who waits too long, and goes on to the next', async () => {
    const mutex = new Mutex();
    const release = await mutex.acquire(1_000);
    await expect(mutex.acquire(5)).rejects.toMatchObject({ code: 'CATALOG_BUSY' });
    const next = mutex.acquire(1_000);
    release();
    (await next)();
  });
});

describe('catalogError', () => {
  it.each([
    [{ code: '40001' }, 'CATALOG_BUSY'],
    [{ code: '40P01' }, 'CATALOG_BUSY'],
    [{ code: '57014' }, 'CATALOG_BUSY'],
    [{ code: '57P01' }, 'CATALOG_UNREACHABLE'],
    [{ code: '08006' }, 'CATALOG_UNREACHABLE'],
    [{ code: 'ECONNREFUSED' }, 'CATALOG_UNREACHABLE'],
    [{ message: 'Connection terminated unexpectedly' }, 'CATALOG_UNREACHABLE'],
    [{ message: 'Client has encountered a connection error and is not queryable' }, 'CATALOG_UNREACHABLE'],
    [{ code: '28P01' }, 'CATALOG_LOGIN'],
    [{ code: '3D000' }, 'CATALOG_LOGIN'],
    [{ code: '42P01' }, 'CATALOG_SCHEMA'],
    [{ code: '53100' }, 'CATALOG_FULL'],
    [{ code: '53300' }, 'CATALOG_FULL'],
    [{ code: '22P02' }, 'CATALOG_FAILED'],
    [new TypeError('secret'), 'CATALOG_FAILED'],
  ])('%o is %s', (error, code) => {
    expect(catalogError(error).code).toBe(code);
  });

  it('leaves the text of the driver behind, and errors of the registry as they are', () => {
    const foreign = { code: '23505', constraint: 'images_pkey', message: 'DOE^JOHN', detail: 'DOE^JOHN' };
    expect(
      JSON.stringify({ ...catalogError(foreign), message: catalogError(foreign).message }),
    ).not.toContain('DOE');
    const own = new CxrError('LEASE_LOST');
    expect(catalogError(own)).toBe(own);
  });
});

describe('json', () => {
  it('holds nothing that jsonb refuses, and changes nothing else', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const kept = JSON.parse(json([text]))[0] as string;
        expect(kept).not.toMatch(/\0|\p{Surrogate}/u);
        if (!/\0|\p{Surrogate}/u.test(text)) expect(kept).toBe(text);
        else expect([...kept].length).toBe([...text].length);
      }),
    );
  });
});

it('names of containers sort as they were made, and are legal bucket names', () => {
  const names = [
    [0, 0],
    [0, 1],
    [0, 10],
    [9, 0],
    [10, 2],
    [12_345, 0],
  ].map(([shard, part]) => containerName('images-20260102t030405z', shard as number, part as number));
  expect([...names].sort()).toEqual(names);
  for (const name of names) expect(name).toMatch(/^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/);
});
