import { TextDecoder } from 'node:util';
import { CxrError } from '../errors.js';

/** What `peek` looks at: a header of a CSV fits in, and so does the first record of JSON lines. */
export const HEAD_BYTES = 64 * 1024;

/**
 * Bytes as UTF-8 text without its byte order mark, in pieces.
 * @throws CxrError NOT_UTF8
 */
export async function* utf8(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  // It drops the mark.
  const decoder = new TextDecoder('utf-8', { fatal: true });
  for await (const chunk of chunks) yield decoded(decoder, chunk);
  yield decoded(decoder, undefined);
}

function decoded(decoder: TextDecoder, chunk: Uint8Array | undefined): string {
  try {
    return chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true });
  } catch {
    throw new CxrError('NOT_UTF8'); // TypeError is how it says so
  }
}

/** Lines of a text that comes in pieces, without their ends. @throws CxrError LINE_TOO_LONG */
export async function* linesOf(text: AsyncIterable<string>, maxLine: number): AsyncGenerator<string> {
  // Joined where a line ends only: a long line is not copied with each piece of it.
  let begun: string[] = [];
  let length = 0;
  const take = (piece: string) => {
    length += piece.length;
    if (length > maxLine) throw new CxrError('LINE_TOO_LONG', `more than ${maxLine} characters`);
    begun.push(piece);
  };
  for await (const piece of text) {
    const [first = '', ...others] = piece.split('\n');
    take(first);
    for (const next of others) {
      yield begun.join('').replace(/\r$/, '');
      begun = [];
      length = 0;
      take(next);
    }
  }
  if (length > 0) yield begun.join('');
}

/** The first bytes, up to `HEAD_BYTES`, and all of them. */
export async function peek(
  bytes: AsyncIterable<Uint8Array>,
): Promise<[Uint8Array, AsyncIterable<Uint8Array>]> {
  const iterator = bytes[Symbol.asyncIterator]();
  const chunks: Uint8Array[] = [];
  let length = 0;
  while (length < HEAD_BYTES) {
    const next = await iterator.next();
    if (next.done) break;
    chunks.push(next.value);
    length += next.value.length;
  }
  async function* all(): AsyncGenerator<Uint8Array> {
    try {
      yield* chunks;
      for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
    } finally {
      await iterator.return?.();
    }
  }
  return [Buffer.concat(chunks).subarray(0, HEAD_BYTES), all()];
}
