import type { NativeFrame } from '../frames.js';
import type { WordsInFile } from '../words-in-file.js';
import { isPadding, type Padding } from './padding.js';
import { rowsOf } from './rows.js';
import type { Pixels } from './table.js';

/**
 * The samples of a frame as table indices: the bit pattern of a stored value of at most 16 bits. Undefined for
 * wider or floating-point samples, which are computed one by one.
 */
export function tableIndices(data: NativeFrame['data']): Uint8Array | Uint16Array | undefined {
  if (data instanceof Uint8Array || data instanceof Uint16Array) return data;
  if (data instanceof Int8Array) return new Uint8Array(data.buffer, data.byteOffset, data.length);
  if (data instanceof Int16Array) return new Uint16Array(data.buffer, data.byteOffset, data.length);
  return undefined;
}

/** The lowest and highest value that BitsStored can hold (PS3.5 8.1.1). */
export function storedRange(frame: Pick<NativeFrame, 'bitsStored' | 'signed'>): {
  readonly low: number;
  readonly high: number;
} {
  const size = 2 ** frame.bitsStored;
  return frame.signed ? { low: -size / 2, high: size / 2 - 1 } : { low: 0, high: size - 1 };
}

/** One stored value and how many pixels have it. */
export type ValueCount = readonly [stored: number, count: number];

/** The stored values of a frame that are not padding, ascending, each once with its count. */
export function countValues(frame: NativeFrame, padding: Padding | undefined): readonly ValueCount[] {
  const indices = frame.words ?? tableIndices(frame.data);
  const counted = indices === undefined ? countAny(frame.data) : countIndices(indices, frame);
  return counted.filter(([stored]) => !isPadding(padding, stored));
}

function countIndices(
  indices: Uint8Array | Uint16Array | WordsInFile,
  { bitsStored, signed, samples, columns, rows: height }: NativeFrame,
): ValueCount[] {
  const patterns = indices instanceof Uint8Array ? 0x100 : 0x10000;
  const size = Math.min(patterns, 2 ** bitsStored);
  // Two sets of counters: neighbouring pixels are often equal, and one counter would wait for itself.
  const even = new Uint32Array(patterns);
  const odd = new Uint32Array(patterns);
  const width = columns * samples;
  const rows = rowsOf(indices, width, height);
  for (let row = 0; row < height; row += rows.most) {
    const count = Math.min(height - row, rows.most);
    countWords(rows.pixels, rows.at(row, count), count * width, even, odd);
  }
  // Bits above BitsStored are a sign, or garbage.
  for (let i = size; i < patterns; i++) even[i & (size - 1)]! += even[i]! + odd[i]!;
  const counts: ValueCount[] = [];
  for (let i = 0; i < size; i++) {
    const index = signed ? (i + size / 2) % size : i;
    const count = even[index]! + odd[index]!;
    if (count > 0) counts.push([signed && index >= size / 2 ? index - size : index, count]);
  }
  return counts;
}

function countWords(pixels: Pixels, from: number, length: number, even: Uint32Array, odd: Uint32Array): void {
  const end = from + length;
  let i = from;
  for (; i + 2 <= end; i += 2) {
    even[pixels[i] as number]!++;
    odd[pixels[i + 1] as number]!++;
  }
  if (i < end) even[pixels[i] as number]!++;
}

/** For 32-bit and floating-point samples; values that are no number are no part of the image. */
function countAny(data: NativeFrame['data']): ValueCount[] {
  const sorted = Float64Array.from(data).sort();
  const counts: [number, number][] = [];
  for (const stored of sorted) {
    const last = counts.at(-1);
    if (last !== undefined && last[0] === stored) last[1]++;
    else if (Number.isFinite(stored)) counts.push([stored, 1]);
  }
  return counts;
}
