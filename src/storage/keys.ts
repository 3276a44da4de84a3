import { CxrError } from '../errors.js';
import type { ObjectInfo } from './port.js';

/** What S3 and Google Cloud Storage both allow. */
const MAX_KEY_BYTES = 1024;

/**
 * The name in the bucket of a key below a root.
 *
 * @param prefix of the root: empty, or ending with `/`
 * @throws CxrError INVALID_KEY: empty, over 1024 bytes, half a surrogate pair, or with `.` or `..` parts, which
 * proxies and clients on the way resolve to another object
 */
export function objectName(prefix: string, key: string): string {
  const name = prefix + key;
  const climbs = key.split('/').some((part) => part === '.' || part === '..');
  if (key === '' || climbs || /\p{Surrogate}/u.test(key) || Buffer.byteLength(name) > MAX_KEY_BYTES)
    throw new CxrError('INVALID_KEY');
  return name;
}

/** The empty objects that consoles make to show a folder; they are no data. */
export function isFolderMarker(info: ObjectInfo): boolean {
  return info.key === '' || (info.key.endsWith('/') && info.size === 0);
}

/** Calls `work` for all items, this many at a time; the first error ends it, once what runs has ended. */
export async function atMost<T>(
  atOnce: number,
  items: AsyncIterable<T>,
  work: (item: T) => Promise<void>,
): Promise<number> {
  let count = 0;
  let failure: { readonly error: unknown } | undefined;
  const running = new Set<Promise<void>>();
  try {
    for await (const item of items) {
      count++;
      const one = work(item)
        .catch((error: unknown) => {
          failure ??= { error };
        })
        .finally(() => running.delete(one));
      running.add(one);
      if (running.size >= atOnce) await Promise.race(running);
      if (failure) break;
    }
  } finally {
    await Promise.all(running);
  }
  if (failure) throw failure.error;
  return count;
}
