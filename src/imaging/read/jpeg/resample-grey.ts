import type { Size } from '../../steps/picture.js';
import { type Filter, type Taps, tapsOf } from '../../steps/resize.js';
import { type GreyScan, greyScan } from './grey-scan.js';
import { ENDED, extend, LEAP, LOOK } from './huffman.js';

/** T.81 figure A.6: where the coefficients of a block lie, 8 rows of 8, in the order in which they come. */
const ZIGZAG = [
  0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7,
  14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46,
  53, 60, 61, 54, 47, 55, 62, 63,
];
/** What a coefficient of frequency f adds to sample i of its row or column (A.3.3), from 8f on. */
const COSINES = Float64Array.from({ length: 64 }, (_, n) => {
  const [f, i] = [n >> 3, n & 7];
  return (f === 0 ? Math.SQRT1_2 : 1) * 0.5 * Math.cos(((2 * i + 1) * f * Math.PI) / 16);
});
/** Samples are shifted to be about 0 (A.3.1). */
const GREY = 128;
/** Far below what leaving frequencies out changes; `packed` keeps such levels in two bytes. */
const FINE = 256;
/** A picture that shrinks less keeps too many of its frequencies; and so does the sharp edge of a box. */
const LEAST = 4;

/**
 * A grey JPEG, resampled as `resize` does, without making its pixels: a filter and the inverse cosine transform are
 * both weighted sums, so the coefficients are weighted with what both together make of them. Of high frequencies a
 * filter that averages many pixels leaves nothing that counts; their codes are passed over, some at a time.
 *
 * Grey levels 0 to 255, rounded to 1/256 of one. Undefined where the picture is not at least four times too large, the file of
 * another kind, or anything about it odd: then it has to be decoded in full.
 */
export function resampleGrey(bytes: Uint8Array, to: Size, filter: Filter): Float32Array | undefined {
  const scan = greyScan(bytes);
  if (scan === undefined) return undefined;
  const ratio = Math.min(scan.width / to.width, scan.height / to.height);
  if (!(ratio >= LEAST) || filter === 'box') return undefined;
  return new Resampling(scan, to, filter, frequencies(ratio, filter)).run();
}

/** Of how many frequencies, from 0, a block's coefficients count; of the sum of both directions, too. */
function frequencies(ratio: number, filter: Filter): number {
  const sharp = filter === 'bilinear' ? 0 : 1;
  return sharp + (ratio < 5 ? 5 : ratio < 9 ? 4 : 3);
}

/** For each output row or column: the blocks it is made of, and the weights of their frequencies. */
interface Axis {
  readonly start: Int32Array;
  readonly count: Int32Array;
  /** Blocks of one output, at most. */
  readonly most: number;
  /** Of output i, its block b, frequency f: at (i * most + b) * frequencies + f. */
  readonly weights: Float64Array;
}

function axisOf(from: number, to: number, filter: Filter, count: number): Axis {
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

class Resampling {
  readonly #scan: GreyScan;
  readonly #to: Size;
  readonly #filter: Filter;
  readonly #count: number;
  readonly #rows: Axis;
  readonly #columns: Axis;

  constructor(scan: GreyScan, to: Size, filter: Filter, count: number) {
    this.#scan = scan;
    this.#to = to;
    this.#filter = filter;
    this.#count = count;
    this.#rows = axisOf(scan.height, to.height, filter, count);
    this.#columns = axisOf(scan.width, to.width, filter, count);
  }

  /** Strip by strip of blocks; output rows are finished when no later strip adds to them. */
  run(): Float32Array | undefined {
    const { width, height } = this.#scan;
    const [across, down] = [Math.ceil(width / 8), Math.ceil(height / 8)];
    const strips = stripsOf(this.#rows, down);
    // Sums of some output rows in turns: the frequencies of each block.
    const turns = 4 * Math.ceil(Math.max(...strips.map(({ from, end }) => end - from)) / 4);
    const wanted = ZIGZAG.slice(0, (this.#count * (this.#count + 1)) / 2);
    const reader = {
      scan: this.#scan,
      across,
      turns,
      stride: this.#count,
      places: Int32Array.from(wanted, (place) => place & 7),
      weights: new Float64Array(wanted.length * turns),
      sums: new Float64Array(across * this.#count * turns),
      at: 0,
      dc: 0,
    };
    const line = across * this.#count;
    const out = new Float32Array(this.#to.width * this.#to.height);
    let done = 0;
    for (const [strip, { from, end }] of strips.entries()) {
      reader.weights.fill(0);
      for (let y = from; y < end; y++) this.#weigh(reader.weights, turns, y, strip);
      if (!readStrip(reader)) return undefined;
      const next = strips[strip + 1]?.from ?? this.#to.height;
      for (; done < next; done++) {
        const from = (done % turns) * line;
        this.#squeeze(reader.sums.subarray(from, from + line), done, out);
      }
    }
    const left = 8 * this.#scan.length - reader.at;
    return left >= 0 && left < 8 ? out : undefined;
  }

  /** The weights of a strip's coefficients for output row y. */
  #weigh(weights: Float64Array, turns: number, y: number, strip: number): void {
    const { quantisation } = this.#scan;
    const rows = this.#rows;
    const first = (y * rows.most + strip - rows.start[y]!) * this.#count;
    for (let k = 0, at = y % turns; at < weights.length; k++, at += turns)
      weights[at] = quantisation[k]! * rows.weights[first + (ZIGZAG[k]! >> 3)]!;
  }

  /** An output row of its sums, which begin anew. */
  #squeeze(line: Float64Array, y: number, out: Float32Array): void {
    const { start, count, most, weights } = this.#columns;
    const { width } = this.#to;
    const each = this.#count;
    // Averages of grey levels are some; sharper filters overshoot.
    const bounded = this.#filter === 'bilinear';
    for (let x = 0; x < width; x++) {
      let sum = GREY;
      const first = start[x]! * each;
      const weight = x * most * each;
      const size = count[x]! * each;
      for (let i = 0; i < size; i++) sum += weights[weight + i]! * line[first + i]!;
      const level = bounded ? Math.min(255, Math.max(0, sum)) : sum;
      out[y * width + x] = Math.floor(level * FINE + 0.5) / FINE;
    }
    line.fill(0);
  }
}

/** Of each strip of blocks the output rows that it adds to. */
function stripsOf({ start, count }: Axis, strips: number): readonly { from: number; end: number }[] {
  let [from, end] = [0, 0];
  return Array.from({ length: strips }, (_, strip) => {
    while (start[from]! + count[from]! <= strip) from++;
    while (end < start.length && start[end]! <= strip) end++;
    return { from, end };
  });
}

interface Reader {
  readonly scan: GreyScan;
  /** Blocks of a strip. */
  readonly across: number;
  /** Output rows that are summed at a time, a multiple of 4. */
  readonly turns: number;
  /** Sums of a block. */
  readonly stride: number;
  /** Of each coefficient that counts, where its sums lie among those of its block. */
  readonly places: Int32Array;
  /** Of each coefficient that counts, for each of the rows. */
  readonly weights: Float64Array;
  readonly sums: Float64Array;
  /** Bits that have been read. */
  at: number;
  /** Of the last block. */
  dc: number;
}

/**
 * Reads a strip of blocks (F.2.2) and adds what they are to the sums. False for what no encoder writes.
 * Bits are looked at where they lie: nothing depends on how many of them are left in a register.
 */
function readStrip(reader: Reader): boolean {
  const { scan, across, turns, stride, places, weights, sums } = reader;
  const { bits, length } = scan;
  const { values, leaps, codes } = scan.ac;
  const line = across * stride;
  const [line2, line3] = [2 * line, 3 * line];
  const last = places.length - 1;
  const end = 8 * length;
  let { at, dc } = reader;
  for (let block = 0; block < across; block++) {
    if (at > end) return false;
    const base = block * stride;
    const first = scan.dc.codes[(bits.getInt32(at >>> 3) << (at & 7)) >>> 16]!;
    if (first === 0) return false;
    at += first & 31;
    const size = first >> 8;
    if (size > 0) {
      dc += extend((bits.getInt32(at >>> 3) << (at & 7)) >>> (32 - size), size);
      at += size;
    }
    for (let row = 0, to = base; row < turns; row++, to += line) sums[to]! += dc * weights[row]!;
    let k = 0;
    while (k < last) {
      const next = bits.getInt32(at >>> 3) << (at & 7);
      let value: number;
      const entry = values[next >>> (32 - LOOK)]!;
      if (entry !== 0) {
        at += entry & 31;
        k += (entry >> 5) & 255;
        value = entry >> 16;
      } else {
        const code = codes[next >>> 16]!;
        if (code === 0) return false;
        const extra = (code >> 8) & 15;
        at += code & 31;
        // Short codes are in the table above.
        value = extra === 0 ? 0 : extend((bits.getInt32(at >>> 3) << (at & 7)) >>> (32 - extra), extra);
        k += extra === 0 && code >> 12 < 15 ? ENDED : (code >> 12) + 1;
        at += extra;
      }
      if (k > last) break;
      const place = base + places[k]!;
      const weight = k * turns;
      sums[place]! += value * weights[weight]!;
      sums[place + line]! += value * weights[weight + 1]!;
      sums[place + line2]! += value * weights[weight + 2]!;
      sums[place + line3]! += value * weights[weight + 3]!;
      for (let row = 4; row < turns; row++) sums[place + row * line]! += value * weights[weight + row]!;
    }
    while (k < 63) {
      const next = bits.getInt32(at >>> 3) << (at & 7);
      const leap = leaps[next >>> (32 - LEAP)]!;
      const after = k + ((leap >> 5) & 63);
      if (leap !== 0 && after < 63) {
        at += leap & 31;
        k = leap >= 0x8000 ? ENDED : after;
        continue;
      }
      const code = codes[next >>> 16]!;
      if (code === 0) return false;
      const extra = (code >> 8) & 15;
      at += (code & 31) + extra;
      k += extra === 0 && code >> 12 < 15 ? ENDED : (code >> 12) + 1;
    }
    if (k > 63 && k < ENDED) return false;
  }
  reader.at = at;
  reader.dc = dc;
  return true;
}
