import { createHash } from 'node:crypto';

/** Ids in an order that looks random and depends on the seed alone, not on how they were listed. */
export function seededOrder(ids: readonly string[], seed: number): readonly string[] {
  return [...new Set(ids)]
    .map((id) => ({ id, hash: createHash('sha256').update(`${seed}/${id}`).digest('hex') }))
    .sort((a, b) => (a.hash < b.hash ? -1 : 1))
    .map(({ id }) => id);
}
