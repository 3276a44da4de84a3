import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  abandonVersion,
  claimVersion,
  publishVersion,
  readVersion,
} from '../../../../src/activities/versions/publish.js';
import { verifyVersion } from '../../../../src/activities/versions/verify.js';
import { writeVersionFile } from '../../../../src/activities/versions/write.js';
import { sha256 } from '../../../../src/datasets/version/canonical.js';
import { MANIFEST, manifestBytes, versionManifest } from '../../../../src/datasets/version/manifest.js';
import { fileUri, openStore } from '../../../../src/storage/open.js';
import type { ObjectStore } from '../../../../src/storage/port.js';
import { manifestParts } from '../../../support/datasets/manifest.js';

let folder: string;
let store: ObjectStore;
const at = 'v1.0/';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cxrflow-version-'));
  store = openStore(fileUri(folder));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const text = (value: string) => Buffer.from(value);
async function* pieces(...values: readonly string[]) {
  for (const value of values) yield text(value);
}
const keys = async () => {
  const found: string[] = [];
  for await (const { key } of store.list()) found.push(key);
  return found.sort();
};
const code = (name: string) => expect.objectContaining({ code: name });

async function finished(runId = 'w/1') {
  await claimVersion(store, at, runId);
  const files = [
    await writeVersionFile(store, at, 'a/one', () => pieces('first', 'second')),
    await writeVersionFile(store, at, 'two', () => text('2')),
  ];
  const manifest = versionManifest(manifestParts(files));
  await publishVersion(store, at, manifest);
  return manifest;
}

it('a version is its files and a manifest with their hashes, and nothing of how it came to be', async () => {
  const manifest = await finished();
  expect(await keys()).toEqual([`${at}a/one`, `${at}${MANIFEST}`, `${at}two`]);
  expect(manifest.files).toEqual([
    { path: 'a/one', bytes: 11, sha256: sha256('firstsecond') },
    { path: 'two', bytes: 1, sha256: sha256('2') },
  ]);
  expect(await readVersion(store, at)).toEqual({ manifest, sha256: sha256(manifestBytes(manifest)) });
});

it('does not exist before its manifest', async () => {
  await claimVersion(store, at, 'w/1');
  await writeVersionFile(store, at, 'a', () => text('a'));
  await expect(readVersion(store, at)).rejects.toThrow(code('VERSION_MISSING'));
});

it('is never written over, by another claim or another manifest', async () => {
  const manifest = await finished();
  await expect(claimVersion(store, at, 'w/2')).rejects.toThrow(code('VERSION_EXISTS'));
  await expect(publishVersion(store, at, { ...manifest, seed: 8 })).rejects.toThrow(code('VERSION_EXISTS'));
  expect((await readVersion(store, at)).manifest.seed).toBe(manifest.seed);
});

it('publishing twice is publishing once', async () => {
  const manifest = await finished();
  expect(await publishVersion(store, at, manifest)).toBe(sha256(manifestBytes(manifest)));
});

it('keeps what it wrote when its run goes on, and removes what a dead run left', async () => {
  await claimVersion(store, at, 'w/1');
  await writeVersionFile(store, at, 'mine', () => text('1'));
  await claimVersion(store, at, 'w/1');
  expect(await keys()).toContain(`${at}mine`);
  await claimVersion(store, at, 'w/2');
  expect(await keys()).toEqual([`${at}_WRITING`]);
});

it('does not publish what another run has taken over', async () => {
  await claimVersion(store, at, 'w/1');
  const file = await writeVersionFile(store, at, 'a', () => text('a'));
  await claimVersion(store, at, 'w/2');
  const manifest = versionManifest(manifestParts([file]));
  await expect(publishVersion(store, at, manifest, 'w/1')).rejects.toThrow(code('DESTINATION_IN_USE'));
  await expect(readVersion(store, at)).rejects.toThrow(code('VERSION_MISSING'));
});

it('touches no files that no run of ours began', async () => {
  await store.write(`${at}part-00000.parquet`, text('of another pipeline'));
  await expect(claimVersion(store, at, 'w/1')).rejects.toThrow(code('DESTINATION_IN_USE'));
  await abandonVersion(store, at, 'w/1');
  expect(await keys()).toEqual([`${at}part-00000.parquet`]);
});

it('abandoned, it leaves nothing; but a finished one stays, and so does that of another run', async () => {
  await claimVersion(store, at, 'w/1');
  await writeVersionFile(store, at, 'a', () => text('a'));
  await abandonVersion(store, at, 'w/2');
  expect(await keys()).toHaveLength(2);
  await abandonVersion(store, at, 'w/1');
  expect(await keys()).toEqual([]);
  expect(await readdir(folder)).not.toContain('v1.0');
  await finished();
  await abandonVersion(store, at, 'w/1');
  expect(await keys()).toHaveLength(3);
});

it('a file that is there already stays where its bytes are the same, and is made anew where not', async () => {
  await store.write(`${at}a`, text('same'));
  const before = await store.stat(`${at}a`);
  expect(await writeVersionFile(store, at, 'a', () => text('same'))).toMatchObject({
    sha256: sha256('same'),
  });
  expect((await store.stat(`${at}a`))?.version).toBe(before?.version);
  expect(await writeVersionFile(store, at, 'a', () => pieces('oth', 'er'))).toMatchObject({
    bytes: 5,
    sha256: sha256('other'),
  });
  expect((await store.read(`${at}a`)).toString()).toBe('other');
});

it('verify names what is missing, changed or not of the version', async () => {
  const manifest = await finished();
  expect(await verifyVersion(store, at, manifest)).toMatchObject({ ok: true, files: 2, bytes: 12 });
  await store.write(`${at}two`, text('3'));
  await store.delete(`${at}a/one`);
  await writeFile(join(folder, 'v1.0', 'stray'), 'x');
  expect(await verifyVersion(store, at, manifest)).toMatchObject({
    ok: false,
    missing: ['a/one'],
    changed: ['two'],
    extra: ['stray'],
  });
});

it('what is abandoned leaves no folder, not even those whose files went before', async () => {
  await claimVersion(store, at, 'w/1');
  for (const path of ['tfrecords/train/a', 'tfrecords/val/b', 'c'])
    await writeVersionFile(store, at, path, () => text(path));
  await mkdir(join(folder, at, 'made', 'before', 'a', 'crash'), { recursive: true });
  await abandonVersion(store, at, 'w/1');
  expect((await readdir(folder)).filter((name) => !name.startsWith('.'))).toEqual([]);
});

it('verify does not mind the caches of readers, and nothing else that is extra', async () => {
  const manifest = await finished();
  await store.write(`${at}organized/training/labels.cache`, text('Ultralytics'));
  expect(await verifyVersion(store, at, manifest)).toMatchObject({ ok: true, extra: [] });
  await store.write(`${at}organized/training/images/more.png`, text('more'));
  expect(await verifyVersion(store, at, manifest)).toMatchObject({
    ok: false,
    extra: ['organized/training/images/more.png'],
  });
});
