import { CxrError, isCxrError } from '../../errors.js';
import type { ReadOptions } from '../port.js';
import { canRetry, s3Error } from './errors.js';
import type { S3Answer, S3Requests } from './request.js';

/** Connections lost in the middle of one object; each goes on from the byte where the last one ended. */
const RESUMES = 5;

/**
 * Opens an object, so that what is wrong is known before the first byte, and gives its bytes.
 *
 * @throws CxrError NOT_FOUND; OBJECT_CHANGED when it was replaced between two connections
 */
export async function download(
  requests: S3Requests,
  bucket: string,
  name: string,
  { range, signal, maxBytes }: ReadOptions,
): Promise<AsyncGenerator<Buffer>> {
  const start = range?.start ?? 0;
  const last = range?.end === undefined ? undefined : range.end - 1;

  const open = async (from: number, tag?: string): Promise<S3Answer | undefined> => {
    const whole = from === 0 && last === undefined;
    const headers = {
      ...(whole ? {} : { range: `bytes=${from}-${last ?? ''}` }),
      ...(tag === undefined ? {} : { 'if-match': tag }),
    };
    try {
      return await requests.send({ method: 'GET', name, headers, signal });
    } catch (error) {
      if (!isCxrError(error)) throw error;
      // A range at or past the end has no bytes.
      if (error.detail?.endsWith('InvalidRange')) return undefined;
      if (error.code === 'ALREADY_EXISTS') throw new CxrError('OBJECT_CHANGED', `s3://${bucket}`);
      throw error;
    }
  };

  const empty = last !== undefined && last < start;
  const first = empty ? undefined : await open(start);
  const size = Number(first?.headers['content-length'] ?? 0);
  if (maxBytes !== undefined && size > maxBytes) {
    first?.destroy();
    throw new CxrError('TOO_LARGE', `over ${maxBytes} bytes`);
  }

  async function* bytes(): AsyncGenerator<Buffer> {
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
        if (!canRetry(error) || ++resumes > RESUMES) throw s3Error(error, bucket);
        if (at - start >= size) return;
      } finally {
        answer.destroy();
      }
      answer = await open(at, first?.headers.etag);
    }
  }
  return bytes();
}
