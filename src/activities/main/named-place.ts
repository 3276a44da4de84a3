import { CxrError, isCxrError } from '../../errors.js';
import type { ObjectStore } from '../../storage/port.js';
import type { Source } from './source.js';

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

/** Looks at a source as `resolveSource` finds it: one that the input names by its address, or one of the configuration. */
export async function checkSource(field: string, { name, root }: Source, store: ObjectStore): Promise<void> {
  await (name === root ? namedPlace(field, store, () => store.check()) : store.check());
}

/**
 * Makes a destination. Of one that the input names only the last folder: a mount that is missing must not be written
 * over.
 */
export async function ensureDestination(named: boolean, store: ObjectStore): Promise<void> {
  if (!named) return await store.ensure();
  const why = { ENOENT: 'there is no folder to make it in', EACCES: 'this user may not write there' };
  await namedPlace('destination', store, () => store.ensure(), why);
}
