import { closeSync, constants, fstatSync, openSync, read, readSync } from 'node:fs';
import { promisify } from 'node:util';
import { CxrError } from '../../errors.js';
import { DIRECT, newBlock } from './direct.js';
import { fileError, systemCode } from './errors.js';

/** Memory for files up to this size is kept for those that come. */
const KEPT = 2 ** 23;
const readAt = promisify(read);

/**
 * For threads, which read one file while they work on another: a regular file, whole and of one moment, in memory that
 * the next call but one writes over. The path is `ObjectStore.path`. Undefined for anything out of the ordinary: then
 * `readSource` finds out what it is.
 */
export function createWholeReader(): (path: Uint8Array, maxBytes: number) => Promise<Buffer | undefined> {
  const memory = [Buffer.alloc(0), Buffer.alloc(0)];
  let turn = 0;
  return async (path, maxBytes) => {
    const mine = turn;
    turn = 1 - turn;
    let handle: number | undefined;
    try {
      handle = openSync(Buffer.from(path), constants.O_RDONLY | constants.O_NONBLOCK);
      const before = fstatSync(handle);
      const { size } = before;
      if (!before.isFile() || size === 0 || size > maxBytes) return undefined;
      const kept = memory[mine]!;
      const into = kept.length >= size ? kept : Buffer.allocUnsafeSlow(size);
      if (size <= KEPT) memory[mine] = into;
      for (let at = 0; at < size; ) {
        const { bytesRead } = await readAt(handle, into, at, size - at, at);
        if (bytesRead === 0) return undefined;
        at += bytesRead;
      }
      const after = fstatSync(handle);
      const same = after.size === size && after.mtimeMs === before.mtimeMs;
      return same ? into.subarray(0, size) : undefined;
    } catch {
      return undefined;
    } finally {
      if (handle !== undefined) closeSync(handle);
    }
  };
}

/** Of reading past the cache: what it begins at and takes are multiples of this. */
const PAGE = 4096;
let block: Uint8Array | undefined;

/**
 * Part of a file, into `into` until it is full; past the system's cache, as `direct` writing left it.
 * @throws CxrError as `ObjectStore.read`
 */
export function readPart(path: Uint8Array, into: Uint8Array, from: number): void {
  try {
    try {
      readWith(DIRECT ?? 0, path, into, from);
    } catch (error) {
      // The file system has no other way than its cache.
      if (systemCode(error) !== 'EINVAL') throw error;
      readWith(0, path, into, from);
    }
  } catch (error) {
    throw fileError(error, 'read');
  }
}

function readWith(flags: number, path: Uint8Array, into: Uint8Array, from: number): void {
  block ??= newBlock();
  const handle = openSync(Buffer.from(path), constants.O_RDONLY | flags);
  try {
    for (let at = 0; at < into.length; ) {
      const skip = (from + at) % PAGE;
      const pages = Math.ceil((skip + into.length - at) / PAGE);
      const read = readSync(handle, block, 0, Math.min(block.length, pages * PAGE), from + at - skip);
      if (read <= skip) throw new CxrError('NOT_FOUND', 'file:// ends before');
      const piece = block.subarray(skip, Math.min(read, skip + into.length - at));
      into.set(piece, at);
      at += piece.length;
    }
  } finally {
    closeSync(handle);
  }
}
