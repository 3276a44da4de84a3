import { type Pixels, pixels, type Samples, tableOf } from './table.js';
import type { Size } from './types.js';

/** The source samples that make one output sample, and their weights, which add up to 1. */
interface Taps {
  readonly start: number;
  readonly weights: Float64Array;
}

/**
 * The table of the picture at hand, the same memory for every picture of a thread: a loop over it is compiled for its
 * place and length and checks no index, which makes it a third faster.
 */
const TABLE = new Uint16Array(0x1_0000);

/**
 * Resamples to exactly `size`: where an axis shrinks, the average of the area that an output pixel covers; where it
 * grows, linear between pixel centres. The samples' table is applied on the way, so that no full-size picture is
 * made when a small one is wanted.
 * @param shift of the samples' grid to the left and up, in samples (see `gridShift`).
 */
export function resample(samples: Samples, size: Size, bits: 8 | 16, shift = 0): Pixels {
  const { width, height, channels, source } = samples;
  TABLE.set(tableOf(samples));
  const columns = taps(width, size.width, shift);
  const out = pixels(bits, size.width * size.height * channels);
  const sum = new Float64Array(width * channels);
  const whole = new Uint32Array(width * channels);
  taps(height, size.height, shift).forEach((rows, row) => {
    sumRows(sum, whole, source, rows);
    squeeze(sum, columns, channels, out, row * size.width * channels);
  });
  return out;
}

/** The weighted sum of rows. All but the first and the last have one weight: most are added as whole numbers. */
function sumRows(sum: Float64Array, whole: Uint32Array, source: Pixels, { start, weights }: Taps): void {
  const inner = Math.max(0, weights.length - 2);
  const fours = inner - (inner % 4);
  whole.fill(0);
  for (let k = 1; k <= fours; k += 4) addFour(whole, source, (start + k) * whole.length);
  const weight = weights[1] ?? 0;
  for (let i = 0; i < sum.length; i++) sum[i] = weight * whole[i]!;
  addRow(sum, source, start * sum.length, weights[0]!);
  let k = fours + 1;
  for (; k + 1 < weights.length; k += 2)
    addTwo(sum, source, (start + k) * sum.length, weights[k]!, weights[k + 1]!);
  if (k < weights.length) addRow(sum, source, (start + k) * sum.length, weights[k]!);
}

/** Four rows, one below the other: the sums are read and written once for four samples. */
function addFour(sum: Uint32Array, source: Pixels, at: number): void {
  const size = sum.length;
  const [second, third, fourth] = [at + size, at + 2 * size, at + 3 * size];
  for (let i = 0; i < size; i++)
    sum[i]! +=
      TABLE[source[at + i]!]! +
      TABLE[source[second + i]!]! +
      TABLE[source[third + i]!]! +
      TABLE[source[fourth + i]!]!;
}

function addTwo(sum: Float64Array, source: Pixels, at: number, p: number, q: number): void {
  const second = at + sum.length;
  for (let i = 0; i < sum.length; i++)
    sum[i]! += p * TABLE[source[at + i]!]! + q * TABLE[source[second + i]!]!;
}

function addRow(sum: Float64Array, source: Pixels, at: number, weight: number): void {
  for (let i = 0; i < sum.length; i++) sum[i]! += weight * TABLE[source[at + i]!]!;
}

function squeeze(
  line: Float64Array,
  columns: readonly Taps[],
  channels: 1 | 3,
  out: Pixels,
  offset: number,
): void {
  let at = offset;
  for (const { start, weights } of columns) {
    const last = weights.length - 1;
    const end = (start + last) * channels;
    for (let channel = 0; channel < channels; channel++) {
      const first = start * channels + channel;
      let inner = 0;
      for (let i = first + channels; i < end; i += channels) inner += line[i]!;
      const ends = weights[0]! * line[first]! + (last > 0 ? weights[last]! * line[end + channel]! : 0);
      out[at++] = Math.round((weights[1] ?? 0) * inner + ends);
    }
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
