import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { cxrflow } from '../../support/cli.js';
import { temporaryFolder } from '../../support/servers/process.js';

let folder: string;
beforeEach(() => {
  folder = temporaryFolder('storage-cli');
  mkdirSync(join(folder, 'in', 'a'), { recursive: true });
  mkdirSync(join(folder, 'to'));
  writeFileSync(join(folder, 'in', 'a', 'one.png'), 'one');
  writeFileSync(join(folder, 'in', 'note.txt'), 'note');
});
const cli = (...args: readonly string[]) =>
  cxrflow(args, { ...process.env, CXRFLOW_DATA: join(folder, 'data') });

describe('a folder is no bucket', () => {
  it.each([
    ['versions'],
    ['versioning'],
    ['versioning', 'on'],
    ['lifecycle'],
    ['lifecycle', 'set'],
    ['restore', '--version', '1'],
    ['get', '--out', 'x', '--version', '1'],
  ])('storage %s %s', async (...words) => {
    const [name = '', ...rest] = words;
    const { code, stdout } = await cli('storage', name, `file://${folder}/in/note.txt`, ...rest, '--json');
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'NOT_SUPPORTED_HERE' } });
  });
});

it('uploads to a folder, after a dry run that says the same', async () => {
  const upload = (...more: readonly string[]) =>
    cli('storage', 'upload', join(folder, 'in'), `file://${folder}/to`, '--ext', '.png', '--json', ...more);
  const dry = JSON.parse((await upload('--dry-run')).stdout);
  expect(dry).toMatchObject({ dryRun: true, found: 1, uploaded: 1, files: [{ key: 'a/one.png' }] });
  const { code, stdout } = await upload();
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ dryRun: false, found: 1, uploaded: 1, bytes: 3 });
  expect(readFileSync(join(folder, 'to', 'a', 'one.png'), 'utf8')).toBe('one');
  expect(JSON.parse((await upload()).stdout)).toMatchObject({ uploaded: 0, unchanged: 1 });
});

it.each([
  [['storage', 'lifecycle', 's3://b', 'set', '--colder', '30d'], /TIME:CLASS/],
  [['storage', 'lifecycle', 's3://b', 'set', '--colder', '90d:COLDER,30d:COLD'], /each step later/],
  [['storage', 'lifecycle', 's3://b', 'set', '--delete-noncurrent', '12h'], /whole days/],
  [['storage', 'versioning', 's3://b', 'maybe'], /on, off/],
  [['storage', 'versions', 's3://user:password@b/k'], /CREDENTIALS_IN_URL/],
  [['backfill', 'nonsense'], /type: one of/],
  [['backfill', 'ingest', '--only', 'some'], /missing, failed, all/],
  [['backfill', 'ingest', '--concurrency', '0'], /whole number/],
  [['backfill', 'ingest', '--dry-run', '--reveal'], /REASON_REQUIRED/],
])('refuses %j', async (args, message) => {
  const { code, stderr } = await cli(...args);
  expect(code).toBe(2);
  expect(stderr).toMatch(message);
  expect(stderr).not.toContain('password@');
});
