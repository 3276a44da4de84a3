import { CxrError } from '../../errors.js';
import type { ObjectStore } from '../../storage/port.js';
import type { RunSettings } from '../api.js';
import type { Deps } from '../deps.js';

/** Names of the containers that are filled by moves. */
export const SUBOPTIMAL = 'suboptimal';
export const REVIEW = 'review';

/** Where stores come from. */
export type Stores = Pick<Deps, 'objects' | 'store'>;

/** Where the objects of an image lie. */
export interface Place {
  readonly store: ObjectStore;
  readonly key: string;
}

/**
 * A container is a folder of the storage root, or a bucket of its own beside it (same scheme, login and
 * endpoint).
 */
export function placeOf(
  deps: Stores,
  mode: RunSettings['containers'],
  container: string,
  key: string,
): Place {
  if (mode === 'prefix') return { store: deps.objects, key: `${container}/${key}` };
  return { store: deps.store(containerRoot(deps, container)), key };
}

export function containerRoot(deps: Stores, container: string): string {
  const { scheme, root } = deps.objects;
  return scheme === 'file' ? `${root.replace(/\/$/, '')}/${container}` : `${scheme}://${container}`;
}

/** Makes the buckets of containers that are about to be filled; a folder needs no making. */
export async function makeContainers(
  stores: Stores,
  mode: RunSettings['containers'],
  containers: Iterable<string>,
): Promise<void> {
  if (mode === 'prefix') return;
  for (const name of new Set(containers)) await stores.store(containerRoot(stores, name)).ensure();
}

/** Moves an object; a repeat of a move that happened is success. */
export async function transfer(from: Place, to: Place, contentType: string): Promise<void> {
  if (from.store === to.store) return from.store.move(from.key, to.key);
  if ((await from.store.stat(from.key)) === undefined) {
    if (await to.store.stat(to.key)) return;
    throw new CxrError('NOT_FOUND', 'neither at its old nor at its new place');
  }
  await to.store.write(to.key, await from.store.read(from.key), { contentType });
  await from.store.delete(from.key);
}

/** Moves picture and metadata of an image to another container. */
export async function moveImage(
  deps: Deps,
  mode: RunSettings['containers'],
  image: { readonly container: string; readonly key: string },
  container: string,
): Promise<void> {
  const json = image.key.replace(/\.png$/, '.json');
  for (const [key, type] of [
    [json, 'application/json'],
    [image.key, 'image/png'],
  ] as const) {
    await transfer(placeOf(deps, mode, image.container, key), placeOf(deps, mode, container, key), type);
  }
}
