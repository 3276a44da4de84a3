import { createHash } from 'node:crypto';
import type { ObjectStore } from '../../src/storage/port.js';

/** SHA-256 of every object below a prefix, by its key without it. */
export async function hashesBelow(store: ObjectStore, prefix: string): Promise<Record<string, string>> {
  const hashes: Record<string, string> = {};
  for await (const { key } of store.list(prefix))
    hashes[key.slice(prefix.length)] = createHash('sha256')
      .update(await store.read(key))
      .digest('hex');
  return Object.fromEntries(Object.entries(hashes).sort(([a], [b]) => (a < b ? -1 : 1)));
}
