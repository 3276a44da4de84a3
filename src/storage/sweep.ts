import { readdir, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileError, systemCode } from './file/errors.js';
import { TEMP_FOLDER } from './file/names.js';
import type { ObjectStore } from './port.js';
import { parseRoot } from './uri.js';

/** Everything a run keeps while it works, below `.staging/<run>/` of the storage root. */
const STAGING = '.staging/';

export interface StagedRun {
  /** `.staging/<run>/`. */
  readonly prefix: string;
  readonly objects: number;
  readonly bytes: number;
  /** When something was last written to it, milliseconds since the epoch. */
  readonly newest: number;
}

/** What each run has in staging. Memory: one entry a run. */
export async function stagedRuns(store: ObjectStore): Promise<StagedRun[]> {
  const runs = new Map<string, StagedRun>();
  for await (const { key, size, modified } of store.list(STAGING)) {
    const end = key.indexOf('/', STAGING.length);
    const prefix = end < 0 ? key : key.slice(0, end + 1);
    const { objects, bytes, newest } = runs.get(prefix) ?? { objects: 0, bytes: 0, newest: 0 };
    runs.set(prefix, {
      prefix,
      objects: objects + 1,
      bytes: bytes + size,
      newest: Math.max(newest, modified),
    });
  }
  return [...runs.values()];
}

/**
 * Removes half-written files that a killed process left in a file store; other stores keep no such thing.
 *
 * @param before milliseconds since the epoch; younger files may still be written
 * @returns how many there were
 */
export async function sweepHalfWritten(root: string, before: number, dryRun: boolean): Promise<number> {
  const parsed = parseRoot(root);
  if (parsed.scheme !== 'file') return 0;
  const folder = join(Buffer.from(parsed.path, 'latin1').toString(), TEMP_FOLDER);
  let swept = 0;
  try {
    for (const name of await readdir(folder)) {
      const path = join(folder, name);
      const stats = await stat(path).catch(() => undefined);
      if (stats === undefined || stats.mtimeMs >= before) continue;
      if (!dryRun) await unlink(path);
      swept++;
    }
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw fileError(error, 'write');
  }
  return swept;
}
