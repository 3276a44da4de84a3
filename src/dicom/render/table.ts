import type { NativeFrame } from '../frames.js';
import { lookUpBytes } from './look-up-bytes.js';
import { storedRange, tableIndices } from './stored.js';

export type Pixels = Uint8Array | Uint16Array;

/** A picture's samples as something that gives them row by row: a table and its indices, or plain values. */
export interface Samples {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly source: Pixels;
  /** Applied to each value of `source`; absent, they are taken as they stand. */
  readonly table?: Pixels;
}

/**
 * Binds a frame to the whole pipeline `value`, from stored value to output. Up to 16 bits the pipeline becomes one
 * table that is computed once for each possible value; wider samples are computed one by one.
 */
export function applyToStored(frame: NativeFrame, bits: 8 | 16, value: (stored: number) => number): Samples {
  const shape = { width: frame.columns, height: frame.rows, channels: frame.samples };
  const source = tableIndices(frame.data);
  if (source !== undefined) return { ...shape, source, table: compile(frame, source, bits, value) };
  const data = pixels(bits, frame.data.length);
  for (let i = 0; i < data.length; i++) data[i] = value(frame.data[i]!);
  return { ...shape, source: data };
}

/** A table of all bit patterns: bits above BitsStored make no difference, be they a sign or garbage. */
function compile(
  frame: NativeFrame,
  indices: Uint8Array | Uint16Array,
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
export function materialise({ source, table }: Samples, room: Room): Pixels {
  if (table === undefined) return source;
  const { length } = source;
  if (table instanceof Uint16Array) {
    const data = new Uint16Array(room(length * 2), 0, length);
    for (let i = 0; i < length; i++) data[i] = table[source[i]!]!;
    return data;
  }
  const data = new Uint8Array(room(length + 3), 0, length);
  lookUpBytes(source, 0, table, data);
  return data;
}

export function pixels(bits: 8 | 16, length: number): Pixels {
  return bits === 8 ? new Uint8Array(length) : new Uint16Array(length);
}
