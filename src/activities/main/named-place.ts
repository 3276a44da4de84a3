import { CxrError, isCxrError } from '../../errors.js';
import type { ObjectStore } from '../../storage/port.js';

/** What a system's code means to somebody who named a place. */
const WHY: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such folder',
  ENOTDIR: 'it is no folder',
  EACCES: 'this user may not use it',
  EPERM: 'this user may not use it',
  EROFS: 'nothing can be written there',
};

/**
 * Looks at a place that the input of a run names. A folder that is mistyped would be waited for as a mount is that may
 * come back: when a run opens, and there is nothing to lose, it is refused. Buckets are waited for.
 *
 * @param field of the input
 * @param why in other words, by the system's code
 * @throws CxrError BAD_INPUT naming the field
 */
export async function namedPlace<T>(
  field: string,
  { scheme }: Pick<ObjectStore, 'scheme'>,
  look: () => Promise<T>,
  why: Readonly<Record<string, string>> = {},
): Promise<T> {
  try {
    return await look();
  } catch (error) {
    if (scheme !== 'file' || !isCxrError(error)) throw error;
    if (error.code !== 'SOURCE_UNREADABLE' && error.code !== 'STORAGE_DENIED') throw error;
    const code = /E[A-Z]+$/.exec(error.detail ?? '')?.[0] ?? '';
    throw new CxrError('BAD_INPUT', `${field}: ${why[code] ?? WHY[code] ?? error.message}`);
  }
}

/** Makes a destination that the input names. Only its last folder: a mount that is missing must not be written over. */
export async function namedDestination(store: ObjectStore): Promise<void> {
  const why = { ENOENT: 'there is no folder to make it in', EACCES: 'this user may not write there' };
  await namedPlace('destination', store, () => store.ensure(), why);
}
