import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rangeOf } from '../../../../src/activities/io/backfill/dates.js';
import { fillIn, stepOf } from '../../../../src/activities/io/backfill/fill-in.js';
import { findDates, findFolders } from '../../../../src/activities/io/backfill/find.js';
import { parseTemplate } from '../../../../src/activities/io/backfill/template.js';
import { fileUri, openStore } from '../../../../src/storage/open.js';
import type { ObjectStore } from '../../../../src/storage/port.js';

let folder: string;
let store: ObjectStore;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cxrflow-find-'));
  store = openStore(fileUri(folder));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const signal = new AbortController().signal;
const put = async (...keys: readonly string[]) => {
  for (const key of keys) await store.write(key, Buffer.from('x'));
};
const find = async (template: string, from?: string, to?: string) => {
  const found = await findDates(store, parseTemplate(template), rangeOf(from, to), signal);
  return Object.fromEntries([...found].map(([date, { prefixes }]) => [date, prefixes]));
};

describe('dates of a source', () => {
  it('by folders, and only those that are dates and in the range', async () => {
    await put('2024/01/31/a', '2024/02/01/b', '2024/02/30/no-such-day', '2024/xx/01/c', '2023/12/31/d', 'e');
    expect(await find('{yyyy}/{MM}/{dd}')).toEqual({
      '2023-12-31': ['2023/12/31/'],
      '2024-01-31': ['2024/01/31/'],
      '2024-02-01': ['2024/02/01/'],
    });
    expect(await find('{yyyy}/{MM}/{dd}', '2024-02', '2024')).toEqual({ '2024-02-01': ['2024/02/01/'] });
    expect(await find('{yyyy}/{MM}')).toHaveProperty('2024-02', ['2024/02/']);
  });

  it('looks only where the range is', async () => {
    await put('2023/05/01/a', '2024/01/01/b', '2024/02/01/c');
    const asked: string[] = [];
    const watched: ObjectStore = {
      ...store,
      list: (prefix, options) => {
        asked.push(prefix ?? '');
        return store.list(prefix, options);
      },
    };
    await findDates(watched, parseTemplate('{yyyy}/{MM}/{dd}'), rangeOf('2024-02', '2024-02'), signal);
    expect(asked.sort()).toEqual(['', '2024/', '2024/02/']);
  });

  it('of several stations together', async () => {
    await put('ward a/2024-01-31/x', 'ward b/2024-01-31/x', 'ward b/2024-02-01/x');
    expect(await find('*/{yyyy}-{MM}-{dd}')).toEqual({
      '2024-01-31': ['ward a/2024-01-31/', 'ward b/2024-01-31/'],
      '2024-02-01': ['ward b/2024-02-01/'],
    });
  });

  it('by the beginning of names, of files as of folders', async () => {
    await put('in/20240131_1.dcm', 'in/20240131_2.dcm', 'in/20240201/x.dcm', 'in/readme.txt');
    expect(await find('in/{yyyy}{MM}{dd}*')).toEqual({
      '2024-01-31': ['in/20240131'],
      '2024-02-01': ['in/20240201'],
    });
  });

  it('with a fixed part behind the date, where that is there', async () => {
    await put('2024/01/dicom/x', '2024/02/other/x');
    expect(await find('{yyyy}/{MM}/dicom')).toEqual({ '2024-01': ['2024/01/dicom/'] });
  });

  it('takes what looks like a pattern as it is written', async () => {
    await put('a.b/2024/x', 'aXb/2024/x');
    expect(await find('a.b/{yyyy}')).toEqual({ '2024': ['a.b/2024/'] });
    await put('(v1)-2023/x');
    expect(await find('(v1)-{yyyy}')).toEqual({ '2023': ['(v1)-2023/'] });
  });
});

it('folders of a source, and what lies beside them', async () => {
  await put('DOE^JOHN/1', 'DOE^JANE/a/b', 'loose.dcm');
  expect(await findFolders(store, signal)).toEqual([
    { prefixes: ['DOE^JANE/'] },
    { prefixes: ['DOE^JOHN/'] },
    { prefixes: [''], shallow: true },
  ]);
  await store.delete('loose.dcm');
  expect(await findFolders(store, signal)).toHaveLength(2);
});

describe('templates that are refused', () => {
  it.each([
    ['{MM}/{dd}', /needs \{yyyy\}/],
    ['{yyyy}/{dd}', /needs \{yyyy\}, and \{MM\}/],
    ['{yyyy}/{yyyy}', /once/],
    ['{yyyy}/{mm}', /this one is not: \{mm\}/],
    ['/{yyyy}', /empty parts/],
    ['{yyyy}//{MM}', /empty parts/],
    ['../{yyyy}', /"\.\."/],
    ['*{yyyy}*', /one \* in the last part/],
    ['plain', /needs \{yyyy\}/],
  ])('%s', (template, message) => {
    expect(() => parseTemplate(template)).toThrow(message);
  });
});

it('fills dates into the texts of an input, and only there', () => {
  const input = {
    source: 's3://ann/{yyyy}/{MM}/{dd}',
    between: ['{date}', '{next}'],
    keep: { n: 5, flag: true, nothing: null, braces: '{other} {Date}' },
  };
  expect(fillIn(input, '2024-12-31')).toEqual({
    source: 's3://ann/2024/12/31',
    between: ['2024-12-31', '2025-01-01'],
    keep: { n: 5, flag: true, nothing: null, braces: '{other} {Date}' },
  });
  expect(fillIn({ v: 'v{yyyy}.{MM}' }, '2024-03')).toEqual({ v: 'v2024.03' });
  expect([
    stepOf({ a: 1 }),
    stepOf({ a: '{yyyy}' }),
    stepOf(['{MM} {yyyy}']),
    stepOf({ a: { b: '{date}' } }),
  ]).toEqual([undefined, 'year', 'month', 'day']);
});
