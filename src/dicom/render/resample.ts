import { type Pixels, pixels, type Samples, tableOf } from './table.js';
import type { Size } from './types.js';

/** The source samples that make one output sample, and their weights, which add up to 1. */
interface Taps {
  readonly start: number;
  readonly weights: Float64Array;
}

/**
 * Resamples to exactly `size`: where an axis shrinks, the average of the area that an output pixel covers; where it
 * grows, linear between pixel centres. The samples' table is applied on the way, so that no full-size picture is
 * made when a small one is wanted.
 * @param shift of the samples' grid to the left and up, in samples (see `gridShift`).
 */
export function resample(samples: Samples, size: Size, bits: 8 | 16, shift = 0): Pixels {
  const { width, height, channels, source } = samples;
  const table = tableOf(samples);
  const columns = taps(width, size.width, shift);
  const rows = taps(height, size.height, shift);
  const out = pixels(bits, size.width * size.height * channels);
  const sum = new Float64Array(width * channels);
  rows.forEach(({ start, weights }, row) => {
    sum.fill(0);
    for (let k = 0; k < weights.length; k += 4)
      addRows(sum, source, table, start + k, weights.subarray(k, k + 4));
    squeeze(sum, columns, channels, out, row * size.width * channels);
  });
  return out;
}

/** Adds up to four rows at once: the sums are then read and written once for four samples. */
function addRows(sum: Float64Array, source: Pixels, table: Pixels, row: number, weights: Float64Array): void {
  const size = sum.length;
  // A row that is not there adds the first one with weight 0.
  const start = (k: number) => (row + (k < weights.length ? k : 0)) * size;
  const [a, b, c, d] = [start(0), start(1), start(2), start(3)];
  const [p = 0, q = 0, r = 0, s = 0] = weights;
  for (let i = 0; i < size; i++)
    sum[i]! +=
      p * table[source[a + i]!]! +
      q * table[source[b + i]!]! +
      r * table[source[c + i]!]! +
      s * table[source[d + i]!]!;
}

function squeeze(
  line: Float64Array,
  columns: readonly Taps[],
  channels: 1 | 3,
  out: Pixels,
  offset: number,
): void {
  let at = offset;
  for (const { start, weights } of columns)
    for (let channel = 0; channel < channels; channel++) {
      let sum = 0;
      for (let k = 0; k < weights.length; k++) sum += weights[k]! * line[(start + k) * channels + channel]!;
      out[at++] = Math.round(sum);
    }
}

function taps(from: number, to: number, shift: number): readonly Taps[] {
  const scale = from / to;
  return Array.from({ length: to }, (_, i) =>
    scale >= 1 ? area(i * scale + shift, scale, from) : linear(i, scale, from),
  );
}

function area(low: number, length: number, size: number): Taps {
  const start = Math.min(size - 1, Math.floor(low));
  const end = Math.min(size, Math.max(start + 1, Math.ceil(low + length - 1e-9)));
  const weights = Float64Array.from({ length: end - start }, (_, k) => {
    // Beyond its last sample a picture goes on with that sample.
    const right = start + k === size - 1 ? low + length : Math.min(low + length, start + k + 1);
    return Math.max(0, right - Math.max(low, start + k)) / length;
  });
  return { start, weights };
}

function linear(i: number, scale: number, size: number): Taps {
  const at = Math.min(size - 1, Math.max(0, (i + 0.5) * scale - 0.5));
  const start = Math.min(Math.floor(at), Math.max(0, size - 2));
  if (size === 1) return { start: 0, weights: Float64Array.of(1) };
  return { start, weights: Float64Array.of(1 - (at - start), at - start) };
}
