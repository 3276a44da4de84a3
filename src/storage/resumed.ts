import type { IncomingMessage } from 'node:http';

/** Connections lost in the middle of one object; each goes on from the byte where the last one ended. */
const RESUMES = 5;

export interface Resumable {
  /** The first byte that is wanted, and how many there are from it on. */
  readonly start: number;
  readonly size: number;
  /** Another connection for the same bytes from there on; undefined where there are none. */
  readonly open: (from: number) => Promise<IncomingMessage | undefined>;
  /** Whether another connection can help. */
  readonly canRetry: (error: unknown) => boolean;
  /** The error as one of the registry. */
  readonly known: (error: unknown) => unknown;
  readonly signal?: AbortSignal | undefined;
}

/** The bytes of an answer, going on over further connections where one is lost. */
export async function* resumed(
  first: IncomingMessage | undefined,
  { start, size, open, canRetry, known, signal }: Resumable,
): AsyncGenerator<Buffer> {
  let answer = first;
  let at = start;
  for (let resumes = 0; answer !== undefined; ) {
    try {
      for await (const chunk of answer as AsyncIterable<Buffer>) {
        at += chunk.length;
        yield chunk;
      }
      return;
    } catch (error) {
      signal?.throwIfAborted();
      if (!canRetry(error) || ++resumes > RESUMES) throw known(error);
      if (at - start >= size) return;
    } finally {
      answer.destroy();
    }
    answer = await open(at);
  }
}
