import { type Filter, type Taps, tapsOf } from '../../steps/resize.js';

/** What a coefficient of frequency f adds to sample i of its row or column (A.3.3), from 8f on. */
const COSINES = Float64Array.from({ length: 64 }, (_, n) => {
  const [f, i] = [n >> 3, n & 7];
  return (f === 0 ? Math.SQRT1_2 : 1) * 0.5 * Math.cos(((2 * i + 1) * f * Math.PI) / 16);
});

/** For each output row or column: the blocks it is made of, and the weights of their frequencies. */
export interface Axis {
  readonly start: Int32Array;
  readonly count: Int32Array;
  /** Blocks of one output, at most. */
  readonly most: number;
  /** Of output i, its block b, frequency f: at (i * most + b) * frequencies + f. */
  readonly weights: Float64Array;
}

/** A detector makes films of one size. */
const axes = new Map<string, Axis>();
const KEPT = 32;

/** @param count of frequencies that count, from 0 */
export function axisOf(from: number, to: number, filter: Filter, count: number): Axis {
  const key = [from, to, filter, count].join();
  const known = axes.get(key);
  if (known) return known;
  const axis = weigh(from, to, filter, count);
  if (axes.size >= KEPT) axes.clear();
  axes.set(key, axis);
  return axis;
}

function weigh(from: number, to: number, filter: Filter, count: number): Axis {
  const taps: Taps = tapsOf(from, to, filter, true);
  const most = (taps.most >> 3) + 2;
  const axis = {
    start: taps.start.map((first) => first >> 3),
    count: new Int32Array(to),
    most,
    weights: new Float64Array(to * most * count),
  };
  for (let i = 0; i < to; i++) {
    const first = taps.start[i]!;
    const last = first + taps.count[i]! - 1;
    axis.count[i] = (last >> 3) - (first >> 3) + 1;
    for (let k = first; k <= last; k++) {
      const weight = taps.weights[i * taps.most + k - first]!;
      const at = (i * most + (k >> 3) - (first >> 3)) * count;
      for (let f = 0; f < count; f++) axis.weights[at + f]! += weight * COSINES[8 * f + (k & 7)]!;
    }
  }
  return axis;
}

/** Of each strip of blocks the output rows that it adds to. */
export function stripsOf({ start, count }: Axis, strips: number): readonly { from: number; end: number }[] {
  let [from, end] = [0, 0];
  return Array.from({ length: strips }, (_, strip) => {
    while (start[from]! + count[from]! <= strip) from++;
    while (end < start.length && start[end]! <= strip) end++;
    return { from, end };
  });
}
