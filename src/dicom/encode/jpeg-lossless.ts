import { CxrError } from '../../errors.js';
import { type RawFrame, unsigned } from './frame.js';

/**
 * Difference categories (ITU-T T.81 table H.2) from the likeliest in a film to the least, and the number of
 * codes of each length from 1 bit on. The codes leave room, so that none is all ones (T.81 annex C).
 */
const CATEGORIES = [4, 5, 3, 6, 2, 7, 1, 0, 8, 9, 10, 11, 12, 13, 14, 15, 16];
const LENGTHS = [0, 0, 6, 2, 2, 2, 2, 3, 0, 0, 0, 0, 0, 0, 0, 0];

/**
 * JPEG lossless, process 14, selection value 1 (1.2.840.10008.1.2.4.70): each sample is predicted by its left
 * neighbour, the first of a line by the one above, the very first by half the range; ITU-T T.81 annex H.
 *
 * @throws {CxrError} CANNOT_ENCODE for colour, which no one stores this way in films.
 */
export function encodeJpegLossless(frame: RawFrame): Uint8Array {
  if (frame.samples !== 1) throw new CxrError('CANNOT_ENCODE', 'JPEG lossless, colour');
  const { rows, columns, bitsStored, data } = unsigned(frame);
  const bits = new BitWriter(header(rows, columns, bitsStored), data.length * 2 + 4096);
  const codes = huffman();
  for (let y = 0; y < rows; y++) {
    let predicted = y === 0 ? 2 ** (bitsStored - 1) : (data[(y - 1) * columns] as number);
    for (let x = 0; x < columns; x++) {
      const value = data[y * columns + x] as number;
      // Modulo 65,536, in -32,767..32,768 (T.81 H.1.2.1).
      let difference = ((value - predicted) << 16) >> 16;
      if (difference === -32768) difference = 32768;
      const category = difference === 0 ? 0 : 32 - Math.clz32(Math.abs(difference));
      const [code, length] = codes[category] as readonly [number, number];
      bits.write(code, length);
      if (category > 0 && category < 16)
        bits.write(difference < 0 ? difference + 2 ** category - 1 : difference, category);
      predicted = value;
    }
  }
  return bits.finish();
}

/** SOI, SOF3, DHT and SOS (T.81 annex B). */
function header(rows: number, columns: number, precision: number): number[] {
  const two = (v: number) => [v >> 8, v & 255];
  return [
    ...[0xff, 0xd8],
    ...[0xff, 0xc3, 0, 11, precision, ...two(rows), ...two(columns), 1, 1, 0x11, 0],
    ...[0xff, 0xc4, ...two(19 + CATEGORIES.length), 0, ...LENGTHS, ...CATEGORIES],
    ...[0xff, 0xda, 0, 8, 1, 1, 0, 1, 0, 0],
  ];
}

/** Canonical codes by category (T.81 annex C). */
function huffman(): (readonly [code: number, length: number])[] {
  const codes: (readonly [number, number])[] = [];
  let code = 0;
  let next = 0;
  LENGTHS.forEach((count, i) => {
    for (let k = 0; k < count; k++) codes[CATEGORIES[next++] as number] = [code++, i + 1];
    code <<= 1;
  });
  return codes;
}

class BitWriter {
  #bytes: Uint8Array;
  #at: number;
  #pending = 0;
  #count = 0;

  constructor(head: readonly number[], capacity: number) {
    this.#bytes = new Uint8Array(head.length + capacity);
    this.#bytes.set(head);
    this.#at = head.length;
  }

  /** The low `length` bits of `value`, at most 16. */
  write(value: number, length: number): void {
    this.#pending = (this.#pending << length) | (value & ((1 << length) - 1));
    this.#count += length;
    while (this.#count >= 8) {
      this.#count -= 8;
      this.#byte((this.#pending >> this.#count) & 255);
    }
    this.#pending &= (1 << this.#count) - 1;
  }

  /** Fills the last byte with ones and closes the image (EOI). */
  finish(): Uint8Array {
    if (this.#count > 0) this.write(0xff, 8 - this.#count);
    this.#push(0xff);
    this.#push(0xd9);
    return this.#bytes.slice(0, this.#at);
  }

  /** A 0xFF of the data is followed by a zero (T.81 F.1.2.3). */
  #byte(value: number): void {
    this.#push(value);
    if (value === 0xff) this.#push(0);
  }

  #push(value: number): void {
    if (this.#at === this.#bytes.length) {
      const larger = new Uint8Array(this.#bytes.length * 2);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes[this.#at++] = value;
  }
}
