import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { systemCode } from './errors.js';

/** Bytes written at a time; a multiple of the blocks of every disk. */
const BLOCK = 2 ** 20;
/** Blocks that are kept for the next file. */
const KEPT = 8;
const kept: Uint8Array[] = [];

/** Flag of open(2): past the system's cache of files. Of Linux only. */
export const DIRECT: number | undefined = constants.O_DIRECT;

/** For `writeDirect`; undefined where the file, or the system, has no writing past the cache. */
export async function openDirect(path: Buffer): Promise<FileHandle | undefined> {
  if (DIRECT === undefined) return undefined;
  try {
    return await open(path, constants.O_WRONLY | DIRECT);
  } catch (error) {
    if (systemCode(error) === 'EINVAL') return undefined;
    throw error;
  }
}

/**
 * Writes a body past the system's cache of files (open(2), O_DIRECT): that would fill memory with what nobody reads soon,
 * and filling it takes longer than writing. A block is written while the next one is filled; what is left over at the end
 * goes through the cache.
 *
 * @param direct of `openDirect`
 * @param handle of the same file, empty
 */
export async function writeDirect(
  direct: FileHandle,
  handle: FileHandle,
  chunks: AsyncIterable<Uint8Array>,
): Promise<void> {
  let [block, other] = [kept.pop() ?? newBlock(), kept.pop() ?? newBlock()];
  let writing = Promise.resolve();
  let [at, filled] = [0, 0];
  try {
    for await (const chunk of chunks)
      for (let from = 0; from < chunk.length; ) {
        const piece = chunk.subarray(from, from + BLOCK - filled);
        block.set(piece, filled);
        from += piece.length;
        filled += piece.length;
        if (filled < BLOCK) continue;
        await writing;
        writing = writeBlock(direct, handle, block, at);
        // Thrown where it is waited for; until then it must not count as unhandled.
        writing.catch(() => {});
        [block, other] = [other, block];
        [at, filled] = [at + BLOCK, 0];
      }
    await writing;
    await writeAll(handle, block.subarray(0, filled), at);
  } finally {
    // The file is closed next.
    await Promise.allSettled([writing]);
    for (const one of [block, other]) if (kept.length < KEPT) kept.push(one);
  }
}

/** Memory that begins where a page does, as all must that is read or written directly: what may be resized does. */
export function newBlock(): Uint8Array {
  return new Uint8Array(new ArrayBuffer(BLOCK, { maxByteLength: BLOCK }));
}

async function writeBlock(
  direct: FileHandle,
  handle: FileHandle,
  block: Uint8Array,
  at: number,
): Promise<void> {
  let written = 0;
  try {
    written = (await direct.write(block, 0, BLOCK, at)).bytesWritten;
  } catch (error) {
    // Some file systems say only now that they do not.
    if (systemCode(error) !== 'EINVAL') throw error;
  }
  await writeAll(handle, block.subarray(written), at + written);
}

/** All of a chunk, from `at` on in the file. */
export async function writeAll(handle: FileHandle, chunk: Uint8Array, at: number): Promise<void> {
  for (let done = 0; done < chunk.byteLength; )
    done += (await handle.write(chunk, done, chunk.byteLength - done, at + done)).bytesWritten;
}
