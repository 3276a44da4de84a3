import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Counts } from '../../../src/activities/api.js';
import { addExtracted, addStored, NOTHING, withListing } from '../../../src/workflows/outcome.js';

const n = fc.nat(400);
/** What an extraction counted, and how its films then split when they were stored. */
const shard = fc.record({
  stored: n,
  duplicates: n,
  conflicts: n,
  skipped: n,
  ignored: n,
  quarantined: n,
  review: n,
});
type Shard = typeof shard extends fc.Arbitrary<infer T> ? T : never;

const extracted = ({ stored, duplicates, conflicts, skipped, ignored, quarantined }: Shard): Counts => {
  const done = stored + duplicates + conflicts;
  return { found: done + skipped + ignored + quarantined, done, skipped, ignored, quarantined };
};
const sum = (shards: readonly Shard[], of: (one: Shard) => number) =>
  shards.reduce((all, one) => all + of(one), 0);

describe('the accounting of a run', () => {
  it('adds up: found is done, skipped, ignored and quarantined, and done is what is stored', () => {
    fc.assert(
      fc.property(fc.array(shard), n, (shards, unchanged) => {
        let run = NOTHING;
        // Extractions first, as they may come; each is stored later.
        for (const one of shards) run = addExtracted(run, extracted(one));
        for (const [i, { stored, duplicates, conflicts, review }] of shards.entries())
          run = addStored(run, {
            ...{ stored, review, skipped: duplicates, quarantined: conflicts },
            containers: [`c-${i}`],
          });
        const { counts, ...rest } = withListing(run, { state: 'done', found: 0, unchanged, waiting: 3 });
        expect(counts.found).toBe(counts.done + counts.skipped + counts.ignored + counts.quarantined);
        expect(counts.done).toBe(rest.stored);
        expect(rest.stored).toBe(sum(shards, (one) => one.stored));
        expect(counts.skipped).toBe(unchanged + sum(shards, (one) => one.skipped + one.duplicates));
        expect(counts.quarantined).toBe(sum(shards, (one) => one.quarantined + one.conflicts));
        expect(rest.containerCount).toBe(shards.length);
      }),
    );
  });

  it('names 200 containers and counts the others', () => {
    let run = NOTHING;
    const nothing = { stored: 0, skipped: 0, quarantined: 0, review: 0 };
    for (let i = 0; i < 300; i += 1) run = addStored(run, { ...nothing, containers: [`c-${i}`] });
    expect(run.containers).toHaveLength(200);
    expect(run.containerCount).toBe(300);
  });
});
