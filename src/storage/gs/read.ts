import type { IncomingMessage } from 'node:http';
import { CxrError, isCxrError } from '../../errors.js';
import type { ReadOptions } from '../port.js';
import { resumed } from '../resumed.js';
import type { GsCall } from './client.js';
import { canRetry, gsError } from './errors.js';
import type { Media } from './media.js';

/**
 * Opens an object, so that what is wrong is known before the first byte, and gives its bytes.
 *
 * @throws CxrError NOT_FOUND; OBJECT_CHANGED when it was replaced between two connections
 */
export async function download(
  media: Media,
  call: GsCall,
  bucket: string,
  name: string,
  { range, signal, maxBytes }: ReadOptions,
): Promise<AsyncGenerator<Buffer>> {
  const start = range?.start ?? 0;
  const last = range?.end === undefined ? undefined : range.end - 1;

  const open = (from: number, generation?: string): Promise<IncomingMessage | undefined> => {
    const headers: Record<string, string> =
      from === 0 && last === undefined ? {} : { range: `bytes=${from}-${last ?? ''}` };
    return call(() => media.get(name, { headers, generation, signal }), signal);
  };

  const first = last !== undefined && last < start ? undefined : await open(start);
  const size = Number(first?.headers['content-length'] ?? 0);
  if (maxBytes !== undefined && size > maxBytes) {
    first?.destroy();
    throw new CxrError('TOO_LARGE', `over ${maxBytes} bytes`);
  }
  const generation = first?.headers['x-goog-generation']?.toString();

  return resumed(first, {
    ...{ start, size, canRetry, signal },
    known: (error) => gsError(error, bucket),
    open: (from) =>
      open(from, generation).catch((error) => {
        // That generation is gone: another took its place.
        if (isCxrError(error) && error.code === 'NOT_FOUND')
          throw new CxrError('OBJECT_CHANGED', `gs://${bucket}`);
        throw error;
      }),
  });
}
