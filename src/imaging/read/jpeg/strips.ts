import type { Axis } from './axis.js';
import type { GreyScan } from './grey-scan.js';
import { kernelWith } from './kernel.js';

/** The memory of WebAssembly never shrinks: a larger file, or picture, is left to others. */
const MOST_BYTES = 2 ** 25;
/** What is read behind the end of a scan before it is noticed: a block takes at most 64 codes with values. */
const BEHIND = 512;
/** Of a block along its zigzag, as in the kernel: also where an end of block leads. */
const PLACES = 192;
/** Numbers that are weighed at a time. */
const LANES = 4;
/** Far below what leaving frequencies out changes; `packed` keeps such levels in two bytes. */
const FINE = 256;

/** A grey scan that is read strip by strip of blocks. Valid until the thread opens the next one. */
export interface Strips {
  /** Of the next strip: of coefficient k, for output row y, at k * turns + y % turns. */
  readonly weights: Float32Array;
  /** Adds the next strip to the output rows. False for what no encoder writes. */
  readonly read: () => boolean;
  /** Makes output row y of its sums, which begin anew. Rows are finished in their order. */
  readonly finish: (y: number) => void;
  /** The grey levels of the output, rounded to 1/256 of one. */
  readonly out: Float32Array;
  /** Whether the scan has no more than its blocks take. */
  readonly ended: () => boolean;
}

export interface StripsInput {
  readonly bytes: Uint8Array;
  readonly scan: GreyScan;
  /** Of the first coefficients in zigzag order, those that count: the column of each in its block. */
  readonly wanted: readonly number[];
  readonly frequencies: number;
  /** Output rows that are summed at a time, a multiple of 4. */
  readonly turns: number;
  readonly columns: Axis;
  /** Of the output. */
  readonly height: number;
  /** Least and greatest grey level. */
  readonly range: readonly [low: number, high: number];
}

/** Undefined where no end of image follows the scan, or there is too much of it. */
export function openStrips(input: StripsInput): Strips | undefined {
  const { bytes, scan, wanted, frequencies, turns, columns, height } = input;
  const [low, high] = input.range;
  const across = Math.ceil(scan.width / 8);
  const width = columns.start.length;
  if (Math.max(bytes.length, 4 * width * height) > MOST_BYTES) return undefined;
  const taps = LANES * Math.ceil((columns.most * frequencies) / LANES);
  const size = LANES * Math.ceil((across * frequencies) / LANES);
  // Offsets in memory; behind the line, zeros that its last columns may read.
  let total = 0;
  const take = (length: number) => {
    const at = total;
    total += 16 * Math.ceil(length / 16);
    return at;
  };
  const offsets = {
    sums: take(4 * size * turns),
    line: take(4 * (size + taps)),
    columns: take(4 * width * taps),
    starts: take(4 * width),
    zeros: take(0),
    // A row is written some numbers at a time.
    out: take(4 * (width * height + LANES)),
    file: take(bytes.length),
    scan: take(bytes.length + BEHIND),
  };
  const kernel = kernelWith(total + 16, scan.dc, scan.ac);
  const { buffer } = kernel.memory;
  const base = 16 * Math.ceil(kernel.free.value / 16);
  const floats = (at: number, length: number) => new Float32Array(buffer, at, length);
  const integers = (at: number, length: number) => new Int32Array(buffer, at, length);

  new Uint8Array(buffer, base, offsets.zeros).fill(0);
  new Uint8Array(buffer, base + offsets.file, bytes.length).set(bytes);
  const file = base + offsets.file;
  // It lies backwards.
  const bits = base + offsets.scan + bytes.length + BEHIND;
  const length = kernel.unstuff(file + scan.start, file + bytes.length, bits);
  if (length < 0) return undefined;

  const places = integers(kernel.places.value, PLACES).fill(0);
  places.set(wanted.map((column) => 4 * turns * column));
  floats(kernel.weights.value, PLACES * turns).fill(0);
  integers(base + offsets.starts, width).set(columns.start.map((block) => 4 * frequencies * block));
  const weights = floats(base + offsets.columns, width * taps);
  const each = columns.most * frequencies;
  for (let x = 0; x < width; x++) weights.set(columns.weights.subarray(x * each, (x + 1) * each), x * taps);

  const at = {
    sums: base + offsets.sums,
    line: base + offsets.line,
    starts: base + offsets.starts,
    columns: base + offsets.columns,
    out: base + offsets.out,
  };
  kernel.position.value = 0;
  kernel.level.value = 0;
  return {
    weights: floats(kernel.weights.value, wanted.length * turns),
    read: () => kernel.readStrip(bits, length, across, at.sums, frequencies, wanted.length - 1, turns) !== 0,
    finish: (y) => {
      const [from, to] = [at.sums + 4 * (y % turns), at.out + 4 * y * width];
      kernel.squeeze(from, turns, at.line, size, at.starts, at.columns, 4 * taps, width, to, low, high, FINE);
    },
    out: floats(at.out, width * height),
    ended: () => {
      const left = 8 * length - kernel.position.value;
      return left >= 0 && left < 8;
    },
  };
}
