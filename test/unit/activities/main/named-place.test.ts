import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ensureDestination, namedPlace } from '../../../../src/activities/main/named-place.js';
import { CxrError } from '../../../../src/errors.js';
import { fileUri, openStore } from '../../../../src/storage/open.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cxrflow-named-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));
const at = (...names: readonly string[]) => openStore(fileUri(join(folder, ...names)));
const refused = (detail: string) => expect.objectContaining({ code: 'BAD_INPUT', detail });

it('a destination is made, but not the folder above it, nor out of a file', async () => {
  await ensureDestination(true, at('new'));
  expect(await readdir(folder)).toEqual(['new']);
  await expect(ensureDestination(true, at('unmounted', 'new'))).rejects.toThrow(
    refused('destination: there is no folder to make it in'),
  );
  await writeFile(join(folder, 'file'), '');
  await expect(ensureDestination(true, at('file'))).rejects.toThrow(refused('destination: it is no folder'));
  await expect(ensureDestination(true, at('file', 'below'))).rejects.toThrow(
    refused('destination: it is no folder'),
  );
});

it('a folder that is read has to be there', async () => {
  const missing = at('slip of the pen');
  await expect(namedPlace('images', missing, () => missing.check())).rejects.toThrow(
    refused('images: there is no such folder'),
  );
});

it('what is no slip of the pen is waited for', async () => {
  const full = new CxrError('DISK_FULL', 'file:// ENOSPC');
  const bucket = new CxrError('SOURCE_UNREADABLE', 's3:// 503');
  await expect(namedPlace('images', { scheme: 'file' }, () => Promise.reject(full))).rejects.toBe(full);
  await expect(namedPlace('images', { scheme: 's3' }, () => Promise.reject(bucket))).rejects.toBe(bucket);
});
