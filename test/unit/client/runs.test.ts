import { resolve } from 'node:path';
import type { Client } from '@temporalio/client';
import { expect, it } from 'vitest';
import { accounting, startRun } from '../../../src/client/runs.js';

/** What the server would be given. */
async function given(type: string, input: Readonly<Record<string, unknown>>): Promise<unknown> {
  let args: unknown;
  const start = async (_: string, options: { args: unknown[] }) => {
    args = options.args[0];
    return { workflowId: 'w' };
  };
  await startRun({ workflow: { start } } as unknown as Client, type, input, undefined);
  return args;
}

it('makes URIs of folders, also of those in the input of a backfill, where places for dates stay', async () => {
  expect(await given('ingest', { source: '/mnt/a b', profile: './x' })).toEqual({
    source: 'file:///mnt/a%20b',
    profile: './x',
  });
  expect(await given('ingest', { source: './films' })).toEqual({ source: `file://${resolve('films')}` });
  expect(await given('pacsExport', { query: 'my.sql' })).toEqual({ query: resolve('my.sql') });
  const input = { source: '/ann/{yyyy}/{MM}/{other}', version: '{date}' };
  expect(await given('backfill', { type: 'annotations', source: '/in/{dd}', input })).toEqual({
    type: 'annotations',
    source: 'file:///in/{dd}',
    input: { source: 'file:///ann/{yyyy}/{MM}/%7Bother%7D', version: '{date}' },
  });
});

it('refuses a URL with a password wherever it stands, before anything is started', async () => {
  const input = { input: { source: 's3://user:secret@host/b' } };
  await expect(given('backfill', input)).rejects.toMatchObject({ code: 'CREDENTIALS_IN_URL' });
});

it('says how a detection dataset ended in its own words', () => {
  const counts = { found: 12, done: 9, skipped: 1, ignored: 2, quarantined: 0 };
  const more = {
    splits: { training: 7, canary: 2 },
    agreement: { readers: 3, n: 8 },
    dataYaml: 'file:///d/data.yaml',
    manifest: 'file:///d/metadata.json',
  };
  const said = accounting({ ...counts, ...more, version: 'v1.0', seconds: 1, workflowId: 'w', runId: 'r' });
  for (const part of ['training 7, canary 2', 'v1.0', 'file:///d/data.yaml', 'file:///d/README.md'])
    expect(said).toContain(part);
  expect(said).not.toMatch(/DICOM|suboptimal/);
});

it('says where an export lies, what failed of it, and what a person has to read', () => {
  const counts = { found: 3, done: 2, skipped: 0, ignored: 0, quarantined: 1 };
  const more = {
    summary: ['query: 3 rows'],
    csv: 's3://b/set/table.csv',
    failed: 1,
    sample: 's3://c/read.csv',
  };
  const text = accounting({ ...counts, ...more, workflowId: 'w', runId: 'r' });
  expect(text).toMatch(
    /query: 3 rows\n.* s3:\/\/b\/set\/\n.*failed +1 .*errors\.csv.*\n.*s3:\/\/c\/read\.csv/,
  );
  const { failed: _, sample: __, ...clean } = more;
  expect(accounting({ ...counts, ...clean, failed: 0, workflowId: 'w', runId: 'r' })).not.toMatch(
    /failed|read/,
  );
});
