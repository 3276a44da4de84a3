import type { NativeFrame } from '../frames.js';
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

/** The table of samples; the identity for samples that stand as they are. */
export function tableOf({ source, table }: Samples): Pixels {
  if (table !== undefined) return table;
  return source instanceof Uint8Array
    ? Uint8Array.from({ length: 0x100 }, (_, i) => i)
    : Uint16Array.from({ length: 0x10000 }, (_, i) => i);
}

/** All samples, in memory of their own unless they already are what is asked for. */
export function materialise({ source, table }: Samples): Pixels {
  if (table === undefined) return source;
  if (table instanceof Uint8Array && source instanceof Uint16Array) return lookUpPacked(source, table);
  const data = pixels(table instanceof Uint8Array ? 8 : 16, source.length);
  for (let i = 0; i < data.length; i++) data[i] = table[source[i]!]!;
  return data;
}

/**
 * The common case, 16-bit samples to 8 bits, four at a time through 32-bit words: a third of the time of one by
 * one. The order within a word is that of little-endian machines, which are all that Node runs on but for s390x.
 */
function lookUpPacked(source: Uint16Array, table: Uint8Array): Uint8Array {
  const head = source.byteOffset % 4 === 0 ? 0 : 1;
  const quads = LITTLE_ENDIAN ? Math.max(0, source.length - head) >> 2 : 0;
  // The output starts where its first quad comes to lie on a word.
  const data = new Uint8Array(new ArrayBuffer(source.length + 4), 4 - head, source.length);
  if (quads > 0) {
    const from = new Uint32Array(source.buffer, source.byteOffset + head * 2, quads * 2);
    const to = new Uint32Array(data.buffer, 4, quads);
    for (let i = 0, j = 0; i < quads; i++, j += 2) {
      const low = from[j]!;
      const high = from[j + 1]!;
      to[i] =
        table[low & 0xffff]! |
        (table[low >>> 16]! << 8) |
        (table[high & 0xffff]! << 16) |
        (table[high >>> 16]! << 24);
    }
  }
  for (let i = 0; i < head; i++) data[i] = table[source[i]!]!;
  for (let i = head + quads * 4; i < data.length; i++) data[i] = table[source[i]!]!;
  return data;
}

const LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

export function pixels(bits: 8 | 16, length: number): Pixels {
  return bits === 8 ? new Uint8Array(length) : new Uint16Array(length);
}
