import { LITTLE_ENDIAN, type Rows } from './rows.js';
import type { Pixels } from './table.js';

/** The table at hand: a loop over memory that never changes its place is compiled for it, which takes a sixth less. */
const TABLE = new Uint8Array(0x1_0000);

/**
 * `target[i] = table[pixels[from + i]]` for all of `target`, which starts on a word of its buffer: four samples are
 * written at a time, in a third of the time of one by one, and two are read at a time where they lie in pairs.
 */
export function lookUpBytes(
  { pixels, pairs }: Rows,
  from: number,
  table: Uint8Array,
  target: Uint8Array,
): void {
  TABLE.set(table);
  const packed = new Uint32Array(target.buffer, target.byteOffset, LITTLE_ENDIAN ? target.length >> 2 : 0);
  if (pairs !== undefined && from % 2 === 0) ofPairs(pairs, from / 2, packed);
  else ofSamples(pixels, from, packed);
  for (let i = packed.length * 4; i < target.length; i++) target[i] = TABLE[pixels[from + i]!]!;
}

function ofPairs(pairs: Uint32Array, from: number, packed: Uint32Array): void {
  for (let i = 0, at = from; i < packed.length; i++, at += 2) {
    const first = pairs[at]!;
    const second = pairs[at + 1]!;
    packed[i] =
      TABLE[first & 0xffff]! |
      (TABLE[first >>> 16]! << 8) |
      (TABLE[second & 0xffff]! << 16) |
      (TABLE[second >>> 16]! << 24);
  }
}

function ofSamples(pixels: Pixels, from: number, packed: Uint32Array): void {
  for (let i = 0, at = from; i < packed.length; i++, at += 4)
    packed[i] =
      TABLE[pixels[at]!]! |
      (TABLE[pixels[at + 1]!]! << 8) |
      (TABLE[pixels[at + 2]!]! << 16) |
      (TABLE[pixels[at + 3]!]! << 24);
}
