import { existsSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ExternalSort, seededKey } from '../../../src/datasets/external-sort.js';

const folders = () => readdirSync(tmpdir()).filter((name) => name.startsWith('cxrflow-sort-'));

it.each([
  ['in memory', 1_000],
  ['on disk', 60_000],
])('sorts %s, entries of one key in the order they came', async (_, count) => {
  const before = folders().length;
  const sort = new ExternalSort<number>();
  const expected: { key: string; value: number }[] = [];
  for (let i = 0; i < count; i++) {
    const entry = { key: seededKey(1, String(i % (count / 2))), value: i };
    expected.push(entry);
    await sort.add(entry.key, entry.value);
  }
  expected.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : a.value - b.value));
  const sorted: typeof expected = [];
  for await (const entry of sort.sorted()) sorted.push(entry);
  expect(sorted).toEqual(expected);
  let groups = 0;
  for await (const { values } of sort.groups()) {
    groups += 1;
    expect(values).toHaveLength(2);
  }
  expect(groups).toBe(count / 2);
  await sort.close();
  expect(folders().length).toBeLessThanOrEqual(before);
});

it('removes what a killed process left long ago, and nothing younger', async () => {
  const [old, young] = [
    mkdtempSync(join(tmpdir(), 'cxrflow-sort-')),
    mkdtempSync(join(tmpdir(), 'cxrflow-sort-')),
  ];
  const long = new Date(Date.now() - 3 * 86_400_000);
  writeFileSync(join(old, '0'), 'left');
  utimesSync(old, long, long);
  const sort = new ExternalSort<number>();
  for (let i = 0; i <= 50_001; i++) await sort.add('00', i);
  await sort.close();
  expect(existsSync(old)).toBe(false);
  expect(existsSync(young)).toBe(true);
  rmSync(young, { recursive: true });
});

it('a key depends on the seed', () => {
  expect(seededKey(1, 'a')).not.toBe(seededKey(2, 'a'));
  expect(seededKey(1, 'a', 'b')).not.toBe(seededKey(1, 'ab'));
});
