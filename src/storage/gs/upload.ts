import { randomUUID } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import type { File, FileMetadata } from '@google-cloud/storage';
import { isCxrError } from '../../errors.js';
import { chunked, limited } from '../limit.js';
import type { WriteOptions } from '../port.js';
import type { GsCall } from './client.js';
import { gsError } from './errors.js';

/** A body up to this goes in one request; a longer one in a resumable upload of chunks of this size. */
const CHUNK_BYTES = 1 << 23;
/** Names the write in the object's metadata: after a lost answer it tells our own success from another's. */
const WRITE_ID = 'cxrflow-write';

/**
 * Puts one object; it appears when its last byte is there and its CRC32C agrees.
 *
 * @param resumable the same object by a client whose library retries
 * @throws CxrError ALREADY_EXISTS when `ifAbsent` and there is one
 */
export async function upload(
  file: File,
  resumable: File,
  call: GsCall,
  body: Uint8Array | AsyncIterable<Uint8Array>,
  { ifAbsent = false, contentType = 'application/octet-stream', signal }: WriteOptions,
): Promise<FileMetadata> {
  const id = randomUUID();
  const options = {
    contentType,
    metadata: { contentType, metadata: { [WRITE_ID]: id } },
    validation: 'crc32c' as const,
    ...(ifAbsent ? { preconditionOpts: { ifGenerationMatch: 0 } } : {}),
  };
  const source = limited(chunked(body), signal ? { signal } : {});
  const head = await upTo(CHUNK_BYTES, source);
  let lost = false;
  try {
    if (head.ended)
      await call(async (attempt) => {
        lost = attempt > 1;
        await file.save(Buffer.concat(head.chunks), { ...options, resumable: false });
      }, signal);
    else {
      lost = true;
      await stream(
        resumable,
        head.chunks,
        source,
        { ...options, resumable: true, chunkSize: CHUNK_BYTES },
        signal,
      );
    }
  } catch (error) {
    if (!lost || !isCxrError(error)) throw error;
    const [there] = await call(() => file.getMetadata(), signal).catch(() => [undefined]);
    if (there?.metadata?.[WRITE_ID] !== id) throw error;
    return there;
  }
  const { metadata } = head.ended ? file : resumable;
  return metadata.generation === undefined ? (await call(() => file.getMetadata(), signal))[0] : metadata;
}

async function stream(
  file: File,
  head: readonly Uint8Array[],
  rest: AsyncIterable<Uint8Array>,
  options: object,
  signal: AbortSignal | undefined,
): Promise<void> {
  let own: unknown;
  async function* all() {
    try {
      yield* head;
      yield* rest;
    } catch (error) {
      own = error;
      throw error;
    }
  }
  try {
    await pipeline(all(), file.createWriteStream(options), signal ? { signal } : {});
  } catch (error) {
    signal?.throwIfAborted();
    // The body's own error goes to the caller as it is.
    throw own ?? gsError(error, file.bucket.name);
  }
}

/** The first chunks, until they are this many bytes or the body has ended. */
async function upTo(bytes: number, source: AsyncGenerator<Uint8Array>) {
  const chunks: Uint8Array[] = [];
  for (let held = 0; held <= bytes; ) {
    const next = await source.next();
    if (next.done) return { chunks, ended: true };
    chunks.push(next.value);
    held += next.value.byteLength;
  }
  return { chunks, ended: false };
}
