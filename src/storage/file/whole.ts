import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { CxrError } from '../../errors.js';
import { fileError } from './errors.js';

/** Memory for files up to this size is kept for the next one. */
const KEPT = 2 ** 24;

/**
 * For threads, which may wait: a regular file, whole and of one moment, in memory that the next call writes over. The
 * path is `ObjectStore.path`. Undefined for anything out of the ordinary: then `readSource` finds out what it is.
 */
export function createWholeReader(): (path: Uint8Array, maxBytes: number) => Buffer | undefined {
  let memory = Buffer.alloc(0);
  return (path, maxBytes) => {
    let handle: number | undefined;
    try {
      handle = openSync(Buffer.from(path), constants.O_RDONLY | constants.O_NONBLOCK);
      const before = fstatSync(handle);
      const { size } = before;
      if (!before.isFile() || size === 0 || size > maxBytes) return undefined;
      const into = memory.length >= size ? memory : Buffer.allocUnsafeSlow(size);
      if (size <= KEPT) memory = into;
      for (let at = 0; at < size; ) {
        const read = readSync(handle, into, at, size - at, at);
        if (read === 0) return undefined;
        at += read;
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

/** Part of a file, into `into` until it is full. @throws CxrError as `ObjectStore.read` */
export function readPart(path: Uint8Array, into: Uint8Array, from: number): void {
  let handle: number | undefined;
  try {
    handle = openSync(Buffer.from(path), constants.O_RDONLY);
    for (let at = 0; at < into.length; ) {
      const read = readSync(handle, into, at, into.length - at, from + at);
      if (read === 0) throw new CxrError('NOT_FOUND', 'file:// ends before');
      at += read;
    }
  } catch (error) {
    throw fileError(error, 'read');
  } finally {
    if (handle !== undefined) closeSync(handle);
  }
}
