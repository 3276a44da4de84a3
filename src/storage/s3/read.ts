import { CxrError, isCxrError } from '../../errors.js';
import type { ReadOptions } from '../port.js';
import { resumed } from '../resumed.js';
import { canRetry, s3Error } from './errors.js';
import type { S3Answer, S3Requests } from './request.js';

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

  return resumed(first, {
    ...{ start, size, canRetry, signal },
    known: (error) => s3Error(error, bucket),
    open: (from) => open(from, first?.headers.etag),
  });
}
