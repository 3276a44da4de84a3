/** Rows of 16-bit words of a frame that is left in its file, some rows at a time in memory that stays in the cache. */
import type { ValueInFile } from './dataset.js';

/** A piece: fresh memory for a whole film and the way there and back cost more than reading it in such pieces. */
const PIECE_BYTES = 2 ** 18;
/** Rows that a piece has at least, of up to 65,535 words. */
const LEAST_ROWS = 4;
/** One piece of a thread, and whose rows it holds. */
const piece = new Uint16Array((LEAST_ROWS * 2 ** 16 * 2) / 2);
let holder: WordsInFile | undefined;

export class WordsInFile {
  /** Where the rows stand that `at` was asked for last. */
  readonly pixels = piece;
  /** Rows that can be asked for at once: a multiple of four. */
  readonly most: number;
  readonly #value: ValueInFile;
  readonly #from: number;
  readonly #rows: number;
  readonly #columns: number;
  #first = 0;
  #end = 0;

  /** @param from the byte of the value where the frame starts */
  constructor(value: ValueInFile, from: number, rows: number, columns: number) {
    this.#value = value;
    this.#from = from;
    this.#rows = rows;
    this.#columns = columns;
    this.most = Math.max(LEAST_ROWS, Math.floor(PIECE_BYTES / (columns * 2 * LEAST_ROWS)) * LEAST_ROWS);
  }

  /**
   * Where in `pixels` a row starts, which `count` rows follow one after the other.
   * @throws CxrError TRUNCATED where the file has become shorter, UNREADABLE
   */
  at(row: number, count: number): number {
    if (holder !== this || row < this.#first || row + count > this.#end) this.#fill(row);
    return (row - this.#first) * this.#columns;
  }

  #fill(row: number): void {
    const end = Math.min(this.#rows, row + this.most);
    const rowBytes = this.#columns * 2;
    holder = undefined;
    const target = new Uint8Array(piece.buffer, 0, (end - row) * rowBytes);
    this.#value.read(this.#from + row * rowBytes, target);
    [this.#first, this.#end] = [row, end];
    holder = this;
  }
}
