import { WordsInFile } from '../words-in-file.js';
import type { Pixels } from './table.js';

/** Rows of samples, all of them in memory or some at a time. */
export interface Rows {
  readonly pixels: Pixels;
  /** Rows that can be asked for at once; a multiple of four, or all. */
  readonly most: number;
  /** Where in `pixels` a row starts, which `count` rows follow; other rows may be gone then. */
  at(row: number, count: number): number;
}

/** @param width samples of a row */
export function rowsOf(source: Pixels | WordsInFile, width: number, height: number): Rows {
  if (source instanceof WordsInFile) return source;
  return { pixels: source, most: height, at: (row) => row * width };
}
