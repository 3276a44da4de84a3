import { byIds } from '../../catalog/images.js';
import { CxrError } from '../../errors.js';
import type { ImageList } from '../api/models.js';
import type { Deps } from '../deps.js';
import { placeOf } from '../io/places.js';
import type { ImageToPredict } from './predictions.js';

/** A larger picture is no film. */
const LARGEST_FILE = 1 << 30;

/**
 * The files of a list of images, in its order. An image that the catalog does not know, or that waits for review or
 * was rejected there, fails when it is read.
 */
export async function imagesToPredict(
  deps: Pick<Deps, 'catalog' | 'config' | 'store' | 'objects'>,
  images: ImageList,
): Promise<readonly ImageToPredict[]> {
  if ('imageIds' in images) return ofCatalog(deps, images.imageIds);
  const store = deps.store(images.root);
  return images.keys.map((key) => ({
    id: key.replace(/^.*\//, '').replace(/\.[^.]*$/, ''),
    read: (signal) => store.read(key, { maxBytes: LARGEST_FILE, ...(signal && { signal }) }),
  }));
}

async function ofCatalog(
  deps: Pick<Deps, 'catalog' | 'config' | 'store' | 'objects'>,
  imageIds: readonly string[],
): Promise<readonly ImageToPredict[]> {
  const mode = deps.config.store.containers;
  const rows = new Map((await byIds(deps.catalog.db, imageIds)).map((row) => [row.image_id, row]));
  return imageIds.map((id) => {
    const row = rows.get(id);
    if (row?.state !== 'stored' && row?.state !== 'suboptimal')
      return { id, read: () => Promise.reject(new CxrError('NOT_FOUND')) };
    const { store, key } = placeOf(deps, mode, row.container, row.key);
    const { maxValue } = (row.stats ?? {}) as { maxValue?: number };
    return { id, maxValue, read: (signal) => store.read(key, signal ? { signal } : {}) };
  });
}
