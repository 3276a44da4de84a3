import { closeSync, fstatSync, mkdirSync, openSync, readSync, writeFileSync } from 'node:fs';
import { looksLikeDicom, READ_LIMITS } from '../dicom/read.js';
import { CxrError } from '../errors.js';

const HEAD = 1024;

/**
 * The bytes of a file that may be DICOM; undefined when its first bytes say it is not, the rest is then not read.
 * They stand in memory that the next call of this thread fills anew.
 *
 * @param path bytes, one character each
 * @throws CxrError TOO_LARGE, TRUNCATED where it shrinks meanwhile, UNREADABLE
 */
export function readIfDicom(path: string): Uint8Array | undefined {
  let handle: number | undefined;
  try {
    handle = openSync(Buffer.from(path, 'latin1'), 'r');
    const { size } = fstatSync(handle);
    const head = Buffer.alloc(Math.min(size, HEAD));
    readSync(handle, head, 0, head.length, 0);
    if (!looksLikeDicom(head)) return undefined;
    if (size > READ_LIMITS.maxBytes) throw new CxrError('TOO_LARGE', `${size} bytes`);
    const content = room(size);
    let filled = 0;
    while (filled < size) {
      const read = readSync(handle, content, filled, size - filled, filled);
      if (read === 0) throw new CxrError('TRUNCATED', 'the file shrank while it was read');
      filled += read;
    }
    return content;
  } catch (error) {
    if (error instanceof CxrError) throw error;
    throw new CxrError('UNREADABLE', (error as NodeJS.ErrnoException).code, { cause: error });
  } finally {
    if (handle !== undefined) closeSync(handle);
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
