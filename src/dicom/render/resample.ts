import { type Rows, rowsOf } from './rows.js';
import { type Pixels, pixels, type Samples, tableOf } from './table.js';
import type { Size } from './types.js';

/** The source samples that make one output sample, `first` to `last`, and their weights, which add up to 1. */
interface Taps {
  readonly first: number;
  readonly last: number;
  /** Of the first sample, of each between, of the last; the last has none where it is the first. */
  readonly head: number;
  readonly inner: number;
  readonly tail: number;
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
  const rows = rowsOf(source, width * channels, height);
  taps(height, size.height, shift).forEach((taken, row) => {
    sumRows(sum, whole, rows, taken);
    squeeze(sum, columns, channels, out, row * size.width * channels);
  });
  return out;
}

/**
 * The weighted sum of rows. All but the first and the last have one weight: they are added as whole numbers, the
 * outermost of them on the way in and out, which takes fewer passes over the sums.
 */
function sumRows(sum: Float64Array, whole: Uint32Array, rows: Rows, taken: Taps): void {
  const { first, last, head, inner, tail } = taken;
  const { pixels, pairs } = rows;
  const between = last - first - 1;
  if (between < 1) {
    const at = rows.at(first, last - first + 1);
    mix(sum, head, tail, pixels, at, at + (last - first) * sum.length);
    return;
  }
  begin(sum, whole, head, pixels, rows.at(first, 2));
  let row = first + 2;
  for (; row + 4 < last; row += 4) {
    const at = rows.at(row, 4);
    if (pairs !== undefined && (whole.length | at) % 2 === 0) addFourOfPairs(whole, pairs, at / 2);
    else addFour(whole, pixels, at);
  }
  for (; row + 1 < last; row++) addOne(whole, pixels, rows.at(row, 1));
  if (between > 1) join(sum, inner, whole, tail, pixels, rows.at(last - 1, 2) + whole.length, true);
  else join(sum, inner, whole, tail, pixels, rows.at(last, 1), false);
}

/** Two rows, or one that is both: a picture that grows takes no others. */
function mix(
  sum: Float64Array,
  head: number,
  tail: number,
  source: Pixels,
  first: number,
  last: number,
): void {
  for (let i = 0; i < sum.length; i++)
    sum[i] = head * TABLE[source[first + i]!]! + tail * TABLE[source[last + i]!]!;
}

/** The first row, and the one below it. */
function begin(sum: Float64Array, whole: Uint32Array, head: number, source: Pixels, at: number): void {
  const below = at + sum.length;
  for (let i = 0; i < sum.length; i++) {
    sum[i] = head * TABLE[source[at + i]!]!;
    whole[i] = TABLE[source[below + i]!]!;
  }
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

/** As `addFour`, with half the reads. */
function addFourOfPairs(sum: Uint32Array, pairs: Uint32Array, at: number): void {
  const size = sum.length / 2;
  const [second, third, fourth] = [at + size, at + 2 * size, at + 3 * size];
  for (let i = 0, column = 0; i < size; i++, column += 2) {
    const a = pairs[at + i]!;
    const b = pairs[second + i]!;
    const c = pairs[third + i]!;
    const d = pairs[fourth + i]!;
    sum[column]! += TABLE[a & 0xffff]! + TABLE[b & 0xffff]! + TABLE[c & 0xffff]! + TABLE[d & 0xffff]!;
    sum[column + 1]! += TABLE[a >>> 16]! + TABLE[b >>> 16]! + TABLE[c >>> 16]! + TABLE[d >>> 16]!;
  }
}

function addOne(sum: Uint32Array, source: Pixels, at: number): void {
  for (let i = 0; i < sum.length; i++) sum[i]! += TABLE[source[at + i]!]!;
}

/** @param two whether the row above counts, too. */
function join(
  sum: Float64Array,
  inner: number,
  whole: Uint32Array,
  tail: number,
  source: Pixels,
  at: number,
  two: boolean,
): void {
  const above = at - sum.length;
  for (let i = 0; i < sum.length; i++) {
    const between = whole[i]! + (two ? TABLE[source[above + i]!]! : 0);
    sum[i] = sum[i]! + inner * between + tail * TABLE[source[at + i]!]!;
  }
}

function squeeze(
  line: Float64Array,
  columns: readonly Taps[],
  channels: 1 | 3,
  out: Pixels,
  offset: number,
): void {
  let at = offset;
  for (const { first, last, head, inner, tail } of columns) {
    const end = last * channels;
    for (let channel = 0; channel < channels; channel++) {
      let between = 0;
      for (let i = (first + 1) * channels + channel; i < end; i += channels) between += line[i]!;
      const ends = head * line[first * channels + channel]! + tail * line[end + channel]!;
      out[at++] = Math.round(inner * between + ends);
    }
  }
}

function taps(from: number, to: number, shift: number): readonly Taps[] {
  const scale = from / to;
  return Array.from({ length: to }, (_, i) =>
    scale >= 1 ? area(i * scale + shift, scale, from) : linear(i, scale, from),
  );
}

/** Beyond its last sample a picture goes on with that sample. */
function area(low: number, length: number, size: number): Taps {
  const first = Math.min(size - 1, Math.floor(low));
  const last = Math.min(size, Math.max(first + 1, Math.ceil(low + length - 1e-9))) - 1;
  if (last === first) return alone(first);
  const [head, tail] = [first + 1 - low, low + length - last];
  return { first, last, head: head / length, inner: 1 / length, tail: tail / length };
}

function linear(i: number, scale: number, size: number): Taps {
  if (size === 1) return alone(0);
  const at = Math.min(size - 1, Math.max(0, (i + 0.5) * scale - 0.5));
  const first = Math.min(Math.floor(at), size - 2);
  return { first, last: first + 1, head: 1 - (at - first), inner: 0, tail: at - first };
}

function alone(sample: number): Taps {
  return { first: sample, last: sample, head: 1, inner: 0, tail: 0 };
}
