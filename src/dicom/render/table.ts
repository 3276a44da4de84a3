import type { NativeFrame } from '../frames.js';
import { storedRange, tableIndices } from './stored.js';

export type Pixels = Uint8Array | Uint16Array;

/** A picture's samples as something that gives them row by row: a table and its indices, or plain values. */
export interface Samples {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly source: NativeFrame['data'];
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

function compile(
  frame: NativeFrame,
  indices: Uint8Array | Uint16Array,
  bits: 8 | 16,
  value: (stored: number) => number,
): Pixels {
  const size = indices instanceof Uint8Array ? 0x100 : 0x10000;
  const table = pixels(bits, size);
  const { low, high } = storedRange({
    bitsStored: Math.min(frame.bitsStored, Math.log2(size)),
    signed: frame.signed,
  });
  for (let stored = low; stored <= high; stored++) table[stored & (size - 1)] = value(stored);
  return table;
}

/** All samples, in memory of their own unless they already are what is asked for. */
export function materialise({ source, table }: Samples): Pixels {
  if (table === undefined) return source as Pixels;
  const data = pixels(table instanceof Uint8Array ? 8 : 16, source.length);
  for (let i = 0; i < data.length; i++) data[i] = table[source[i]!]!;
  return data;
}

export function pixels(bits: 8 | 16, length: number): Pixels {
  return bits === 8 ? new Uint8Array(length) : new Uint16Array(length);
}
