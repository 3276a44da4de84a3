import { BLOCK, samplesKernel } from './kernel.js';

/**
 * What is known of many values without keeping them; those of two sets can be merged. In double precision.
 */
export interface Moments {
  readonly count: number;
  readonly mean: number;
  /** Sum of squared differences from the mean. */
  readonly squares: number;
  /** Infinity and -Infinity of no values. */
  readonly min: number;
  readonly max: number;
}

export const NOTHING: Moments = { count: 0, mean: 0, squares: 0, min: Infinity, max: -Infinity };

/** Of each block in two passes: the differences are taken from its true mean, so that large values lose no digits. */
export function momentsOf(values: Float32Array): Moments {
  const kernel = samplesKernel();
  let all = NOTHING;
  for (let from = 0; from < values.length; from += BLOCK) {
    const block = values.subarray(from, from + BLOCK);
    kernel.into.floats.set(block);
    kernel.measure(block.length);
    const [mean, squares] = [kernel.mean.value, kernel.squares.value];
    const [min, max] = [kernel.least.value, kernel.greatest.value];
    all = merge(all, { count: block.length, mean, squares, min, max });
  }
  return all;
}

/**
 * Of both sets together (Chan, Golub and LeVeque 1979). Rounding depends on the order: merge images in the order of
 * their shard, and shards in theirs.
 */
export function merge(a: Moments, b: Moments): Moments {
  if (a.count === 0) return b;
  if (b.count === 0) return a;
  const count = a.count + b.count;
  const difference = b.mean - a.mean;
  return {
    count,
    mean: a.mean + (difference * b.count) / count,
    squares: a.squares + b.squares + (difference ** 2 * a.count * b.count) / count,
    min: Math.min(a.min, b.min),
    max: Math.max(a.max, b.max),
  };
}

/** Of the values as the whole population (NumPy's default); 0 of none. */
export function deviation({ count, squares }: Moments): number {
  return count === 0 ? 0 : Math.sqrt(squares / count);
}
