import type { IncomingHttpHeaders } from 'node:http';
import type { Bucket } from '@google-cloud/storage';
import { CxrError, isCxrError } from '../../errors.js';
import type { ReadOptions } from '../port.js';
import type { GsCall } from './client.js';
import { canRetry, gsError, statusOf } from './errors.js';

/** Connections lost in the middle of one object; each goes on from the byte where the last one ended. */
const RESUMES = 5;

interface Open {
  readonly chunks: AsyncIterator<Buffer>;
  readonly first: IteratorResult<Buffer>;
  readonly headers: IncomingHttpHeaders;
}

/**
 * Opens an object, so that what is wrong is known before the first byte, and gives its bytes.
 *
 * @throws CxrError NOT_FOUND; OBJECT_CHANGED when it was replaced between two connections
 */
export async function download(
  bucket: Bucket,
  call: GsCall,
  name: string,
  { range, signal, maxBytes }: ReadOptions,
): Promise<AsyncGenerator<Buffer>> {
  const start = range?.start ?? 0;
  const last = range?.end === undefined ? undefined : range.end - 1;

  const open = async (from: number, generation?: string): Promise<Open | undefined> => {
    const file = bucket.file(name, generation === undefined ? {} : { generation });
    return call(async () => {
      const stream = file.createReadStream({
        decompress: false,
        validation: false,
        ...(from === 0 && last === undefined ? {} : { start: from }),
        ...(last === undefined ? {} : { end: last }),
      });
      let headers: IncomingHttpHeaders = {};
      stream.on('response', (response: { headers: IncomingHttpHeaders }) => {
        headers = response.headers;
      });
      const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
      try {
        return { chunks, first: await chunks.next(), headers };
      } catch (error) {
        // A range at or past the end has no bytes.
        if (statusOf(error) === 416) return undefined;
        throw error;
      }
    }, signal);
  };

  const opened = last !== undefined && last < start ? undefined : await open(start);
  const size = Number(opened?.headers['content-length'] ?? 0);
  if (maxBytes !== undefined && size > maxBytes) {
    await opened?.chunks.return?.();
    throw new CxrError('TOO_LARGE', `over ${maxBytes} bytes`);
  }
  const generation = opened?.headers['x-goog-generation'];

  async function* bytes(): AsyncGenerator<Buffer> {
    let now = opened;
    let at = start;
    for (let resumes = 0; now !== undefined; ) {
      try {
        for (let next = now.first; !next.done; next = await now.chunks.next()) {
          signal?.throwIfAborted();
          at += next.value.length;
          yield next.value;
        }
        if (at - start >= size) return;
        throw Object.assign(new Error('ended early'), { code: 'ECONNRESET' });
      } catch (error) {
        if (!canRetry(error) || ++resumes > RESUMES) throw gsError(error, bucket.name);
      } finally {
        await now.chunks.return?.();
      }
      now = await open(at, typeof generation === 'string' ? generation : undefined).catch((error) => {
        if (isCxrError(error) && error.code === 'NOT_FOUND')
          throw new CxrError('OBJECT_CHANGED', `gs://${bucket.name}`);
        throw error;
      });
    }
  }
  return bytes();
}
