import { sha256 } from '../../datasets/version/canonical.js';
import {
  MANIFEST,
  manifestBytes,
  parseManifest,
  type VersionManifest,
} from '../../datasets/version/manifest.js';
import { CxrError, isCxrError } from '../../errors.js';
import type { ObjectStore } from '../../storage/port.js';

/** Says whose the half-written files are; gone when the version is complete. Readers of data folders skip `_` names. */
export const WRITING = '_WRITING';

/**
 * Takes an empty place for a version. What a run that died has left there goes.
 *
 * @param prefix folder of the version, ending with `/`
 * @throws CxrError VERSION_EXISTS; DESTINATION_IN_USE where files lie there that no run of ours began
 */
export async function claimVersion(store: ObjectStore, prefix: string, runId: string): Promise<void> {
  if (await store.stat(prefix + MANIFEST)) throw new CxrError('VERSION_EXISTS');
  const owner = await ownerOf(store, prefix);
  if (owner === runId) return;
  if (owner === undefined) {
    for await (const _ of store.list(prefix)) throw new CxrError('DESTINATION_IN_USE');
  } else await removeFiles(store, prefix);
  await store.write(prefix + WRITING, Buffer.from(`${runId}\n`), { contentType: 'text/plain' });
}

/** Takes back what this run has written for a version that it did not finish. A finished version stays. */
export async function abandonVersion(store: ObjectStore, prefix: string, runId: string): Promise<void> {
  if (await store.stat(prefix + MANIFEST)) return;
  if ((await ownerOf(store, prefix)) !== runId) return;
  await removeFiles(store, prefix);
  await store.deletePrefix(prefix);
}

/**
 * Makes the version exist, all its files being there. Doing it twice is the same as once.
 *
 * @param runId whose claim it is
 * @returns the hash of `metadata.json`
 * @throws CxrError VERSION_EXISTS where another manifest is there; DESTINATION_IN_USE where the place was taken over, as
 * by a run of another deployment: it has removed our files
 */
export async function publishVersion(
  store: ObjectStore,
  prefix: string,
  manifest: VersionManifest,
  runId?: string,
): Promise<string> {
  const bytes = manifestBytes(manifest);
  const hash = sha256(bytes);
  const owner = await ownerOf(store, prefix);
  if (runId !== undefined && owner !== undefined && owner !== runId) throw new CxrError('DESTINATION_IN_USE');
  try {
    await store.write(prefix + MANIFEST, bytes, { ifAbsent: true, contentType: 'application/json' });
  } catch (error) {
    if (!isCxrError(error) || error.code !== 'ALREADY_EXISTS') throw error;
    if (sha256(await store.read(prefix + MANIFEST)) !== hash) throw new CxrError('VERSION_EXISTS');
  }
  await store.delete(prefix + WRITING);
  return hash;
}

/** @throws CxrError VERSION_MISSING, VERSION_DAMAGED */
export async function readVersion(
  store: ObjectStore,
  prefix: string,
): Promise<{ readonly manifest: VersionManifest; readonly sha256: string }> {
  try {
    const bytes = await store.read(prefix + MANIFEST);
    return { manifest: parseManifest(bytes), sha256: sha256(bytes) };
  } catch (error) {
    if (isCxrError(error) && error.code === 'NOT_FOUND') throw new CxrError('VERSION_MISSING');
    throw error;
  }
}

async function ownerOf(store: ObjectStore, prefix: string): Promise<string | undefined> {
  try {
    return (await store.read(prefix + WRITING)).toString('utf8').trim();
  } catch (error) {
    if (isCxrError(error) && error.code === 'NOT_FOUND') return undefined;
    throw error;
  }
}

/** All but the mark, which goes or changes hands last: whoever dies in the middle leaves it to the next. */
async function removeFiles(store: ObjectStore, prefix: string): Promise<void> {
  const keys: string[] = [];
  for await (const { key } of store.list(prefix)) if (key !== prefix + WRITING) keys.push(key);
  for (const key of keys) await store.delete(key);
}
