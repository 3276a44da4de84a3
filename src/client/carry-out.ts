import { applyReview, type ReviewTools } from '../activities/io/apply-review.js';
import { placeOf } from '../activities/io/places.js';
import type { Catalog } from '../catalog/open.js';
import type { Config } from '../config/load.js';
import { openStore } from '../storage/open.js';
import type { ObjectStore } from '../storage/port.js';
import { storeOptions } from '../workers/deps.js';

/** Lets the objects follow what was decided on images in review. */
export async function carryOut(catalog: Catalog, config: Config, imageIds: readonly string[]): Promise<void> {
  const opened = new Map<string, ObjectStore>();
  const store = (root: string): ObjectStore => {
    const known = opened.get(root) ?? openStore(root, storeOptions(config));
    opened.set(root, known);
    return known;
  };
  const { prefix, maxImages } = config.store;
  const stores = { objects: store(config.storage.root), store };
  const tools: ReviewTools = {
    ...{ catalog, prefix, maxImages },
    place: (mode, container, key) => placeOf(stores, mode, container, key),
  };
  try {
    for (const imageId of imageIds) await applyReview(tools, imageId);
  } finally {
    for (const one of opened.values()) await one.close();
  }
}
