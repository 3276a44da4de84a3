import type { ValueCount } from './stored.js';

/** Of the modality values of a frame, padding excluded. An image of padding alone reads as 0 .. 0. */
export interface Statistics {
  readonly min: number;
  readonly max: number;
  /** @param p 0 .. 100. Linear between the two nearest ranks, as numpy's default. */
  percentile(p: number): number;
}

export function statistics(counts: readonly ValueCount[], modality: (stored: number) => number): Statistics {
  const values = counts
    .map(([stored, count]): ValueCount => [modality(stored), count])
    .sort(([a], [b]) => a - b);
  const total = values.reduce((sum, [, count]) => sum + count, 0);

  const atRank = (rank: number): number => {
    let seen = 0;
    for (const [value, count] of values) {
      seen += count;
      if (rank < seen) return value;
    }
    return values.at(-1)?.[0] ?? 0;
  };

  return {
    min: values[0]?.[0] ?? 0,
    max: values.at(-1)?.[0] ?? 0,
    percentile(p) {
      const rank = (p / 100) * Math.max(0, total - 1);
      const below = atRank(Math.floor(rank));
      return below + (atRank(Math.ceil(rank)) - below) * (rank % 1);
    },
  };
}
