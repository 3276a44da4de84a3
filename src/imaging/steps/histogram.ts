import type { Picture } from './picture.js';
import { rangeOf } from './range.js';

export interface HistogramOptions {
  readonly bins: number;
  /** In the units of the picture; without it, its own minimum to maximum. */
  readonly range?: readonly [low: number, high: number] | undefined;
}

/**
 * The share of all values in each of `bins` equal parts of the range, as NumPy counts: a part holds its lower end,
 * the last one both; values outside the range are in none. One value only: the range goes ½ to either side.
 */
export function histogram({ data }: Picture, { bins, range }: HistogramOptions): Float32Array {
  const [low, high] = range ?? ownRange(data);
  const counts = new Float64Array(bins);
  const scale = bins / (high - low);
  for (const value of data) {
    if (value < low || value > high) continue;
    let bin = Math.min(bins - 1, Math.trunc((value - low) * scale));
    // The edges themselves decide where rounding of the quotient does not agree with them.
    if (value < edge(bin)) bin--;
    else if (bin < bins - 1 && value >= edge(bin + 1)) bin++;
    counts[bin]!++;
  }
  return Float32Array.from(counts, (count) => count / data.length);

  function edge(bin: number): number {
    return low + (bin * (high - low)) / bins;
  }
}

function ownRange(data: Float32Array): readonly [number, number] {
  const [low, high] = rangeOf(data);
  return low < high ? [low, high] : [low - 0.5, high + 0.5];
}
