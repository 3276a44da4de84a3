import { byIds } from '../../../catalog/images.js';
import type { ImageFacts } from '../../../models/feedback/types.js';
import type { ObjectStore } from '../../../storage/port.js';
import type { Deps } from '../../deps.js';
import { each } from '../../each.js';
import { placeOf } from '../../io/places.js';
import type { Dataset } from '../dataset.js';
import { pngSize } from '../picture.js';

/** What has to be known of an image to learn from it. */
export interface KnownImage extends ImageFacts {
  readonly imageId: string;
  /** Pseudonym; of an image whose patient is unknown, the image's own. */
  readonly patient: string;
  readonly store: ObjectStore;
  readonly key: string;
}

const AT_ONCE = 8;

/**
 * Images by id: those of the dataset, and those that the catalog has stored (not those in review, nor suboptimal ones).
 * Ids that neither knows are not in the answer.
 * @throws CxrError DECODE_FAILED and those of the stores
 */
export async function knownImages(
  deps: Deps,
  dataset: Dataset,
  imageIds: readonly string[],
): Promise<ReadonlyMap<string, KnownImage>> {
  const ids = [...new Set(imageIds)];
  const known = new Map<string, KnownImage>();
  await each(ids, AT_ONCE, async (imageId) => {
    const found = dataset.find(imageId);
    if (!found) return;
    const { patient, store, image: key } = found;
    known.set(imageId, { imageId, patient, store, key, ...(await pngSize(store, key)) });
  });
  const others = ids.filter((id) => !known.has(id));
  if (others.length === 0) return known;
  for (const row of await byIds(deps.catalog.db, others)) {
    if (row.state !== 'stored') continue;
    const { store, key } = placeOf(deps, deps.config.store.containers, row.container, row.key);
    const { image_id: imageId, patient, columns: width, rows: height } = row;
    known.set(imageId, { imageId, patient, store, key, width, height });
  }
  return known;
}
