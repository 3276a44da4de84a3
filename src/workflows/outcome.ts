import type { Counts, ListingState, RunOutcome, StoreShardResult } from '../activities/api.js';

/** Containers named in a result; beyond that only their number, so that a result stays small. */
const NAMED_CONTAINERS = 200;

export const NOTHING: RunOutcome = {
  counts: { found: 0, done: 0, skipped: 0, ignored: 0, quarantined: 0 },
  stored: 0,
  suboptimal: 0,
  review: 0,
  containers: [],
  containerCount: 0,
};

/** What a shard adds after extraction: every file has one outcome. */
export function addExtracted(sum: RunOutcome, counts: Counts): RunOutcome {
  const add = (key: keyof Counts) => sum.counts[key] + counts[key];
  return {
    ...sum,
    counts: {
      found: add('found'),
      done: add('done'),
      skipped: add('skipped'),
      ignored: add('ignored'),
      quarantined: add('quarantined'),
    },
  };
}

/** Storing corrects extraction: duplicates and conflicts show only when rows meet. */
export function addStored(sum: RunOutcome, stored: StoreShardResult): RunOutcome {
  const { counts } = sum;
  return {
    ...sum,
    counts: {
      ...counts,
      done: counts.done - stored.skipped - stored.quarantined,
      skipped: counts.skipped + stored.skipped,
      quarantined: counts.quarantined + stored.quarantined,
    },
    stored: sum.stored + stored.stored,
    review: sum.review + stored.review,
    containers: [...sum.containers, ...stored.containers].slice(0, NAMED_CONTAINERS),
    containerCount: sum.containerCount + stored.containers.length,
  };
}

/** Files that the listing knew already count as found and skipped. */
export function withListing(sum: RunOutcome, listing: ListingState | undefined): RunOutcome {
  const known = listing?.unchanged ?? 0;
  return {
    ...sum,
    counts: { ...sum.counts, found: sum.counts.found + known, skipped: sum.counts.skipped + known },
  };
}
