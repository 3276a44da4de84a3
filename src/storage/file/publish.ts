import { randomUUID } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import { type FileHandle, link, mkdir, open, rename, unlink } from 'node:fs/promises';
import { CxrError } from '../../errors.js';
import { chunked, limited } from '../limit.js';
import type { WriteOptions } from '../port.js';
import { openDirect, writeAll, writeDirect } from './direct.js';
import { fileError, systemCode } from './errors.js';
import { TEMP_FOLDER } from './names.js';

/** A folder may be removed as empty, by `deletePrefix`, between its making and its use: this often in a row. */
const TRIES = 20;
/** Bytes that are forced to the disk while more are being made, so that nobody waits for all of them at the end. */
const FLUSHED_AT_ONCE = 2 ** 23;
/** What file systems without hard links (FAT, some SMB mounts) say to link(2). */
const NO_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

/**
 * Writes a body to a temporary file of the store and forces it to the disk.
 *
 * @param top the store's folder, with a `/` at its end, bytes in latin1
 * @returns the temporary file's path, gone when this throws, and its state, which a new name does not change
 */
export async function temporary(
  top: string,
  body: Uint8Array | AsyncIterable<Uint8Array>,
  { signal, direct: wanted = false }: WriteOptions = {},
): Promise<{ readonly path: Buffer; readonly stats: BigIntStats }> {
  const path = Buffer.from(`${top}${TEMP_FOLDER}/${randomUUID()}`, 'latin1');
  signal?.throwIfAborted();
  try {
    const handle = await create(path, Buffer.from(`${top}${TEMP_FOLDER}`, 'latin1'));
    let direct: FileHandle | undefined;
    try {
      const chunks = limited(chunked(body), signal ? { signal } : {});
      if (wanted) direct = await openDirect(path);
      await (direct ? writeDirect(direct, handle, chunks) : writeFlushing(handle, chunks));
      await handle.sync();
      return { path, stats: await handle.stat({ bigint: true }) };
    } finally {
      await Promise.all([direct?.close(), handle.close()]);
    }
  } catch (error) {
    await unlink(path).catch(() => undefined);
    // Of the store's own folder: it is the root that is no folder.
    throw fileError(error, systemCode(error) === 'ENOTDIR' ? 'list' : 'write');
  }
}

/**
 * Gives a file its name, at once and whole, and forces the name to the disk. Folders on the way are made. With
 * `ifAbsent` it keeps the old name too.
 *
 * @throws CxrError ALREADY_EXISTS when `ifAbsent` and the name is taken
 */
export async function publish(from: Buffer, target: Buffer, ifAbsent: boolean): Promise<void> {
  const folder = target.subarray(0, target.lastIndexOf('/'));
  try {
    for (let left = TRIES; ; left--) {
      try {
        await (ifAbsent ? link(from, target) : rename(from, target));
        break;
      } catch (error) {
        if (systemCode(error) !== 'ENOENT' || left === 0) throw error;
      }
      // ENOTDIR is what it says, too, of a folder that goes between two of its steps; of a file there, the next try says it.
      await mkdir(folder, { recursive: true }).catch((error) => {
        if (!['ENOENT', 'ENOTDIR'].includes(systemCode(error))) throw error;
      });
    }
    await syncFolder(folder);
  } catch (error) {
    if (ifAbsent && NO_LINKS.has(systemCode(error)))
      throw new CxrError('STORAGE_IO', 'file:// on a file system without hard links');
    throw fileError(error, 'write');
  }
}

async function create(path: Buffer, folder: Buffer): Promise<FileHandle> {
  try {
    return await open(path, 'wx');
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
    // Not recursive: a root that is missing stays missing.
    await mkdir(folder).catch((failed) => {
      if (systemCode(failed) !== 'EEXIST') throw failed;
    });
    return open(path, 'wx');
  }
}

/** Forces to the disk what is written, a flush at a time beside the writing of what comes next. */
async function writeFlushing(handle: FileHandle, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  let flushing = Promise.resolve();
  let [at, waiting] = [0, 0];
  try {
    for await (const chunk of chunks) {
      await writeAll(handle, chunk, at);
      at += chunk.byteLength;
      waiting += chunk.byteLength;
      if (waiting < FLUSHED_AT_ONCE) continue;
      waiting = 0;
      await flushing;
      flushing = handle.datasync();
      // Thrown where it is waited for; until then it must not count as unhandled.
      flushing.catch(() => {});
    }
    await flushing;
  } finally {
    // The file is closed next.
    await Promise.allSettled([flushing]);
  }
}

async function syncFolder(folder: Buffer): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  try {
    await handle?.sync();
  } catch (error) {
    // Some network file systems cannot sync a folder; the name is there all the same.
    if (systemCode(error) !== 'EINVAL') throw error;
  } finally {
    await handle?.close();
  }
}
