import type { BigIntStats, Dir, Dirent } from 'node:fs';
import { stat as statCallback } from 'node:fs';
import { opendir } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { ObjectInfo } from '../port.js';
import { systemCode } from './errors.js';
import { nameToKey, TEMP_FOLDER } from './names.js';

/** Names of a folder up to this number are sorted; a larger folder streams as the system gives it. */
const SORT_UP_TO = 50_000;
/** Files asked for their size at once: enough to hide a NAS's latency, bounded for 10 million entries. */
const STAT_AT_ONCE = 128;

const stat = promisify(statCallback) as (path: Buffer, options: { bigint: true }) => Promise<BigIntStats>;

interface Entry {
  readonly name: string;
  readonly kind: 'file' | 'folder';
}
interface Level {
  /** With a `/` at its end, bytes in latin1. */
  readonly path: string;
  readonly key: string;
  readonly entries: AsyncIterator<Entry>;
  /** Read but not yet used: the folder after a run of files. */
  ahead: Entry | undefined;
}

export interface WalkOptions {
  /** Only names of the first folder that start so. */
  readonly startsWith: string;
  readonly signal?: AbortSignal | undefined;
  /** Called for a folder or file below the first that cannot be looked at. It throws, or the walk goes on. */
  readonly onUnreadable: (key: string, error: unknown) => void;
  /** Told of the folders in the first one instead of walking them. */
  readonly onFolder?: ((key: string) => void) | undefined;
}

/**
 * Every regular file under a folder, depth first, in bounded memory: the names of the folders on the way down
 * and one batch of files. Symlinks to files are followed, to folders never, so no loop can arise. What vanishes
 * meanwhile is left out.
 *
 * @param path of the folder, ending with `/`, bytes in latin1
 * @param key of the folder: empty for the root, else ending with `/`
 * @throws the system's error when the first folder cannot be read
 */
export async function* walk(path: string, key: string, options: WalkOptions): AsyncGenerator<ObjectInfo> {
  const { signal, onUnreadable, onFolder } = options;
  const levels: Level[] = [{ path, key, entries: await open(path, options.startsWith), ahead: undefined }];
  try {
    for (let level = levels.at(-1); level !== undefined; level = levels.at(-1)) {
      const { files, folder, end } = await run(level);
      const at = level;
      const infos = await Promise.all(files.map((name) => info(at, name, onUnreadable)));
      for (const one of infos) {
        signal?.throwIfAborted();
        if (one) yield one;
      }
      if (end) levels.pop();
      if (folder === undefined) continue;
      if (onFolder) {
        onFolder(`${at.key}${nameToKey(folder)}/`);
        continue;
      }
      const below = { path: `${at.path}${folder}/`, key: `${at.key}${nameToKey(folder)}/` };
      try {
        levels.push({ ...below, entries: await open(below.path, ''), ahead: undefined });
      } catch (error) {
        if (vanished(error)) continue;
        onUnreadable(below.key, error);
      }
    }
  } finally {
    for (const level of levels) await level.entries.return?.();
  }
}

/** The next files of a folder, up to a batch or the first folder among them. */
async function run(level: Level): Promise<{ files: string[]; folder?: string; end: boolean }> {
  const files: string[] = [];
  while (files.length < STAT_AT_ONCE) {
    const next = await level.entries.next();
    if (next.done) return { files, end: true };
    if (next.value.kind === 'folder') return { files, folder: next.value.name, end: false };
    files.push(next.value.name);
  }
  return { files, end: false };
}

/** The entries of a folder; opened before it returns, so that the caller sees the error. */
async function open(path: string, startsWith: string): Promise<AsyncIterator<Entry>> {
  const options = { encoding: 'buffer' as BufferEncoding, bufferSize: 512 };
  const dir = await opendir(Buffer.from(path, 'latin1'), options);
  return entries(dir, startsWith);
}

async function* entries(dir: Dir, startsWith: string): AsyncGenerator<Entry> {
  let few: Entry[] | undefined = [];
  // The iterator of `dir` closes it, at its end and when it is left early.
  for await (const dirent of dir as unknown as AsyncIterable<Dirent<Buffer>>) {
    const name = dirent.name.toString('latin1');
    const kind = dirent.isDirectory()
      ? 'folder'
      : dirent.isFile() || dirent.isSymbolicLink()
        ? 'file'
        : undefined;
    if (kind === undefined || (kind === 'folder' && name === TEMP_FOLDER)) continue;
    if (startsWith !== '' && !nameToKey(name).startsWith(startsWith)) continue;
    if (few === undefined) yield { name, kind };
    else if (few.push({ name, kind }) > SORT_UP_TO) {
      yield* few;
      few = undefined;
    }
  }
  if (few !== undefined) yield* few.sort(inKeyOrder);
}

/** A folder sorts by its name with the `/` that follows it in keys, as an object store would list them. */
function inKeyOrder(a: Entry, b: Entry): number {
  const x = a.kind === 'folder' ? `${a.name}/` : a.name;
  const y = b.kind === 'folder' ? `${b.name}/` : b.name;
  return x < y ? -1 : x > y ? 1 : 0;
}

async function info(level: Level, name: string, onUnreadable: WalkOptions['onUnreadable']) {
  const key = `${level.key}${nameToKey(name)}`;
  try {
    const stats = await stat(Buffer.from(`${level.path}${name}`, 'latin1'), { bigint: true });
    return stats.isFile() ? objectInfo(key, stats) : undefined;
  } catch (error) {
    // A symlink to nowhere or to itself is no object.
    if (!vanished(error) && systemCode(error) !== 'ELOOP') onUnreadable(key, error);
    return undefined;
  }
}

export function objectInfo(key: string, stats: BigIntStats): ObjectInfo {
  return {
    key,
    size: Number(stats.size),
    version: `${stats.mtimeNs}-${stats.ino}`,
    modified: Number(stats.mtimeMs),
  };
}

function vanished(error: unknown): boolean {
  const code = systemCode(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
}
