import type { NativeFrame } from '../frames.js';
import type { WordsInFile } from '../words-in-file.js';
import { lookUpBytes } from './look-up-bytes.js';
import { type Rows, rowsOf } from './rows.js';
import { storedRange, tableIndices } from './stored.js';

export type Pixels = Uint8Array | Uint16Array;

/** A picture's samples as something that gives them row by row: a table and its indices, or plain values. */
export type Samples = {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
} & (
  | { readonly source: Pixels; readonly table?: undefined }
  /** The table is applied to each value of `source`. */
  | { readonly source: Pixels | WordsInFile; readonly table: Pixels }
);

/**
 * Binds a frame to the whole pipeline `value`, from stored value to output. Up to 16 bits the pipeline becomes one
 * table that is computed once for each possible value; wider samples are computed one by one.
 */
export function applyToStored(frame: NativeFrame, bits: 8 | 16, value: (stored: number) => number): Samples {
  const shape = { width: frame.columns, height: frame.rows, channels: frame.samples };
  const source = frame.words ?? tableIndices(frame.data);
  if (source !== undefined) return { ...shape, source, table: compile(frame, source, bits, value) };
  const data = pixels(bits, frame.data.length);
  for (let i = 0; i < data.length; i++) data[i] = value(frame.data[i]!);
  return { ...shape, source: data };
}

/** A table of all bit patterns: bits above BitsStored make no difference, be they a sign or garbage. */
function compile(
  frame: NativeFrame,
  indices: Pixels | WordsInFile,
  bits: 8 | 16,
  value: (stored: number) => number,
): Pixels {
  const size = indices instanceof Uint8Array ? 0x100 : 0x10000;
  const table = pixels(bits, size);
  const bitsStored = Math.min(frame.bitsStored, Math.log2(size));
  const values = 2 ** bitsStored;
  const { low, high } = storedRange({ bitsStored, signed: frame.signed });
  for (let stored = low; stored <= high; stored++) table[stored & (values - 1)] = value(stored);
  for (let filled = values; filled < size; filled *= 2) table.copyWithin(filled, 0, filled);
  return table;
}

/** The table of samples; the identity for samples that stand as they are. */
export function tableOf({ source, table }: Samples): Pixels {
  if (table !== undefined) return table;
  return source instanceof Uint8Array
    ? Uint8Array.from({ length: 0x100 }, (_, i) => i)
    : Uint16Array.from({ length: 0x10000 }, (_, i) => i);
}

/** Memory of at least so many bytes; what it held before is of no interest. */
export type Room = (bytes: number) => ArrayBuffer;

/** All samples, in memory from `room` unless they already are what is asked for. */
export function materialise({ width, height, channels, source, table }: Samples, room: Room): Pixels {
  if (table === undefined) return source;
  const rowLength = width * channels;
  const length = rowLength * height;
  const data =
    table instanceof Uint8Array
      ? new Uint8Array(room(length + 3), 0, length)
      : new Uint16Array(room(length * 2), 0, length);
  const rows = rowsOf(source, rowLength, height);
  for (let row = 0; row < height; row += rows.most) {
    const end = Math.min(height, row + rows.most);
    const from = rows.at(row, end - row);
    lookUp(rows, from, table, data.subarray(row * rowLength, end * rowLength));
  }
  return data;
}

function lookUp(rows: Rows, from: number, table: Pixels, target: Pixels): void {
  if (table instanceof Uint8Array && target instanceof Uint8Array) lookUpBytes(rows, from, table, target);
  else for (let i = 0; i < target.length; i++) target[i] = table[rows.pixels[from + i]!]!;
}

export function pixels(bits: 8 | 16, length: number): Pixels {
  return bits === 8 ? new Uint8Array(length) : new Uint16Array(length);
}
