import { CxrError } from '../errors.js';

/**
 * The bytes of a stream, refused once they are more than allowed and ended by the signal.
 *
 * @throws CxrError TOO_LARGE; the signal's reason
 */
export async function* limited<T extends Uint8Array>(
  source: AsyncIterable<T>,
  options: { readonly maxBytes?: number; readonly signal?: AbortSignal },
): AsyncGenerator<T> {
  const { maxBytes = Number.POSITIVE_INFINITY, signal } = options;
  let bytes = 0;
  signal?.throwIfAborted();
  for await (const chunk of source) {
    signal?.throwIfAborted();
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw new CxrError('TOO_LARGE', `over ${maxBytes} bytes`);
    yield chunk;
  }
}

/** A body as chunks. */
export async function* chunked(body: Uint8Array | AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  if (body instanceof Uint8Array) yield body;
  else yield* body;
}

/** All bytes of a stream in one buffer, without a copy where it came in one piece. */
export async function collect(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  const [first] = chunks;
  return chunks.length === 1 && Buffer.isBuffer(first) ? first : Buffer.concat(chunks);
}
