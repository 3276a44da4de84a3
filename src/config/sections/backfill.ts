import { section, some, whole } from '../fields.js';

export const backfillSection = section({
  /** Partitions at a time; each is a run with a concurrency of its own. */
  concurrency: whole(1, 100),
  /** Where the dates stand in the names of a source. */
  template: some('a template such as {yyyy}/{MM}/{dd}'),
  /** So many partitions failing one after the other pause the backfill; 0 never. */
  maxFailures: whole(0, 1_000),
});
