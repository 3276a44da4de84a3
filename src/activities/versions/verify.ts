import { MANIFEST, type VersionManifest } from '../../datasets/version/manifest.js';
import type { ObjectStore } from '../../storage/port.js';
import { each } from '../each.js';
import { WRITING } from './publish.js';
import { hashStored } from './write.js';

export interface Verified {
  readonly ok: boolean;
  readonly files: number;
  readonly bytes: number;
  /** Paths, relative to the version. */
  readonly missing: readonly string[];
  readonly changed: readonly string[];
  /** There, and not in the manifest; caches of readers are not told. */
  readonly extra: readonly string[];
}

const AT_ONCE = 4;

/** What readers leave beside what they read, and read again only while it agrees with the files: Ultralytics does. */
const CACHE = /(^|\/)labels\.cache$/;

/** Reads every file of a version and compares it with the manifest. @param onFile told after each */
export async function verifyVersion(
  store: ObjectStore,
  prefix: string,
  manifest: VersionManifest,
  onFile: (done: number) => void = () => {},
): Promise<Verified> {
  let done = 0;
  const states = await each(manifest.files, AT_ONCE, async (file) => {
    const there = await hashStored(store, prefix + file.path);
    onFile(++done);
    if (there === undefined) return 'missing';
    return there.sha256 === file.sha256 && there.bytes === file.bytes ? 'same' : 'changed';
  });
  const of = (state: string) => manifest.files.filter((_, i) => states[i] === state).map(({ path }) => path);
  const known = new Set([...manifest.files.map(({ path }) => path), MANIFEST, WRITING]);
  const extra: string[] = [];
  for await (const { key } of store.list(prefix)) {
    const path = key.slice(prefix.length);
    if (!known.has(path) && !CACHE.test(path)) extra.push(path);
  }
  const [missing, changed] = [of('missing'), of('changed')];
  return {
    ok: missing.length + changed.length + extra.length === 0,
    files: manifest.files.length,
    bytes: manifest.files.reduce((sum, { bytes }) => sum + bytes, 0),
    missing,
    changed,
    extra: extra.sort(),
  };
}
