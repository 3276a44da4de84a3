import { closeSync, fstatSync, mkdirSync, openSync, readSync, writeFileSync } from 'node:fs';
import { looksLikeDicom, READ_LIMITS } from '../dicom/read.js';
import type { OpenFile } from '../dicom/read-open.js';
import { CxrError } from '../errors.js';

/** Enough to see whether a file is DICOM. */
const FIRST = 1024;
/** Of nearly every film all that stands before its pixels. */
const HEAD = 2 ** 16;

export interface OpenDicom extends OpenFile {
  /** @throws CxrError CHANGED_WHILE_READ where somebody has written to the file since it was opened */
  unchanged(): void;
  close(): void;
}

/**
 * Opens a file that may be DICOM and reads its beginning; undefined when that says it is not. Its content stands in
 * memory that the next call of this thread fills anew.
 *
 * @param path bytes, one character each
 * @throws CxrError TOO_LARGE, TRUNCATED where it shrinks meanwhile, UNREADABLE
 */
export function openIfDicom(path: string): OpenDicom | undefined {
  const handle = readable(() => openSync(Buffer.from(path, 'latin1'), 'r'));
  const close = () => closeSync(handle);
  const read = (from: number, target: Uint8Array) => readable(() => fill(handle, from, target));
  try {
    const { size, mtimeMs } = readable(() => fstatSync(handle));
    const first = Buffer.alloc(Math.min(size, FIRST));
    read(0, first);
    if (!looksLikeDicom(first)) {
      close();
      return undefined;
    }
    if (size > READ_LIMITS.maxBytes) throw new CxrError('TOO_LARGE', `${size} bytes`);
    const content = room(size);
    const filled = Math.min(size, HEAD);
    read(0, content.subarray(0, filled));
    const unchanged = () => {
      const now = readable(() => fstatSync(handle));
      if (now.size !== size || now.mtimeMs !== mtimeMs) throw new CxrError('CHANGED_WHILE_READ');
    };
    return { content, filled, read, unchanged, close };
  } catch (error) {
    close();
    throw error;
  }
}

/** All bytes of a file that may be DICOM, in the same memory; else as `openIfDicom`. */
export function readIfDicom(path: string): Uint8Array | undefined {
  const file = openIfDicom(path);
  if (file === undefined) return undefined;
  try {
    file.read(file.filled, file.content.subarray(file.filled));
    return file.content;
  } finally {
    file.close();
  }
}

function fill(handle: number, from: number, target: Uint8Array): void {
  for (let filled = 0; filled < target.length; ) {
    const read = readSync(handle, target, filled, target.length - filled, from + filled);
    if (read === 0) throw new CxrError('TRUNCATED', 'the file shrank while it was read');
    filled += read;
  }
}

function readable<T>(step: () => T): T {
  try {
    return step();
  } catch (error) {
    if (error instanceof CxrError) throw error;
    throw new CxrError('UNREADABLE', (error as NodeJS.ErrnoException).code, { cause: error });
  }
}

/** Up to here, memory for a file is kept for the next one: asking the system for it anew costs as much as reading. */
const KEPT = 64 * 2 ** 20;
let kept = Buffer.alloc(0);

function room(size: number): Buffer {
  if (size > KEPT) return Buffer.allocUnsafeSlow(size);
  if (size > kept.length) kept = Buffer.allocUnsafeSlow(size);
  return kept.subarray(0, size);
}

/**
 * Writes a file and the folders above it.
 *
 * @throws CxrError OUTPUT_UNWRITABLE
 */
export function writeFileBytes(path: string, content: Uint8Array): void {
  try {
    mkdirSync(Buffer.from(path.replace(/[^/]*$/, ''), 'latin1'), { recursive: true });
    writeFileSync(Buffer.from(path, 'latin1'), content);
  } catch (error) {
    throw new CxrError('OUTPUT_UNWRITABLE', (error as NodeJS.ErrnoException).code, { cause: error });
  }
}
