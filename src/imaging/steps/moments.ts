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

/** Two passes: the differences are taken from the true mean, so that large values lose no digits. */
export function momentsOf(values: Float32Array): Moments {
  const count = values.length;
  if (count === 0) return NOTHING;
  let sum = 0;
  let min = Infinity;
  let max = -Infinity;
  for (let i = 0; i < count; i++) {
    const value = values[i]!;
    sum += value;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  const mean = sum / count;
  let squares = 0;
  for (let i = 0; i < count; i++) squares += (values[i]! - mean) ** 2;
  return { count, mean, squares, min, max };
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
