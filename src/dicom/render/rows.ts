import { WordsInFile } from '../words-in-file.js';
import type { Pixels } from './table.js';

/** Node runs on little-endian machines, but for s390x. */
export const LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** Rows of samples, all of them in memory or some at a time. */
export interface Rows {
  readonly pixels: Pixels;
  /** The same memory, two samples of 16 bits in one, the first in the low half; absent where they do not lie so. */
  readonly pairs?: Uint32Array | undefined;
  /** Rows that can be asked for at once; a multiple of four, or all. */
  readonly most: number;
  /** Where in `pixels` a row starts, which `count` rows follow; other rows may be gone then. */
  at(row: number, count: number): number;
}

/** @param width samples of a row */
export function rowsOf(source: Pixels | WordsInFile, width: number, height: number): Rows {
  if (source instanceof WordsInFile) {
    return {
      ...{ pixels: source.pixels, pairs: pairsOf(source.pixels), most: source.most },
      at: (row, count) => source.at(row, count),
    };
  }
  return { pixels: source, pairs: pairsOf(source), most: height, at: (row) => row * width };
}

function pairsOf(pixels: Pixels): Uint32Array | undefined {
  const { buffer, byteOffset, length } = pixels;
  if (pixels instanceof Uint8Array || byteOffset % 4 !== 0 || !LITTLE_ENDIAN) return undefined;
  return new Uint32Array(buffer, byteOffset, length >> 1);
}
