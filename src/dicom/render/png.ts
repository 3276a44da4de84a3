import { constants, crc32, deflateSync } from 'node:zlib';
import type { Rendered } from './types.js';

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const GREY = 0;
const RGB = 2;
/** Filter type 2, Up: each byte less the one above it (PNG 9.2). */
const UP = 2;
/** Output of zlib is collected in pieces of this size: its default of 16 KB makes hundreds of them. */
const PIECE_BYTES = 2 ** 18;

/**
 * An image as PNG (ISO/IEC 15948), 8 or 16 bits, grey or RGB: IHDR, one IDAT, IEND. Radiographs are noise on smooth
 * ground: the differences from the row above are coded by Huffman alone, since searching them for repetitions takes
 * twice the time and finds none. Flat pictures (wide collimation, graphics) have runs.
 */
export function pngOf(image: Rendered): Buffer {
  const { width, height, channels, bits } = image;
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = bits;
  header[9] = channels === 1 ? GREY : RGB;
  const rowBytes = (width * channels * bits) / 8;
  const bytes = new Uint8Array(image.data.buffer, image.data.byteOffset, rowBytes * height);
  const strategy = isFlat(bytes, rowBytes) ? constants.Z_RLE : constants.Z_HUFFMAN_ONLY;
  const coded = deflateSync(filtered(bytes, rowBytes, bits), { level: 1, strategy, chunkSize: PIECE_BYTES });
  return Buffer.concat([SIGNATURE, ...chunk('IHDR', header), ...chunk('IDAT', coded), ...chunk('IEND')]);
}

/** Length, type, content, and the CRC of the two (PNG 5.3). */
function chunk(type: string, content: Uint8Array = Buffer.alloc(0)): readonly Uint8Array[] {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(content.length, 0);
  head.write(type, 4, 'latin1');
  const tail = Buffer.alloc(4);
  tail.writeUInt32BE(crc32(content, crc32(head.subarray(4))), 0);
  return [head, content, tail];
}

/** Whether of some rows three of four bytes equal the one above: of a smooth film half may. */
function isFlat(bytes: Uint8Array, rowBytes: number): boolean {
  const step = Math.ceil(bytes.length / rowBytes / LOOKED_AT_ROWS) * rowBytes;
  let same = 0;
  let seen = 0;
  for (let start = rowBytes; start < bytes.length; start += step) {
    for (let i = start; i < start + rowBytes; i++) if (bytes[i] === bytes[i - rowBytes]) same++;
    seen += rowBytes;
  }
  return same * 4 >= seen * 3;
}
const LOOKED_AT_ROWS = 32;

/** Each row after its filter type, samples of 16 bits with the high byte first. */
function filtered(bytes: Uint8Array, rowBytes: number, bits: 8 | 16): Buffer {
  const out = room((bytes.length / rowBytes) * (rowBytes + 1));
  const row = Buffer.allocUnsafeSlow(rowBytes);
  const subtract = lessAbove(bytes, row);
  for (let from = 0, to = 0; from < bytes.length; from += rowBytes) {
    // Above the first row lies nothing: zeros.
    if (from === 0) row.set(bytes.subarray(0, rowBytes));
    else subtract(from);
    if (bits === 16) row.swap16();
    out[to++] = UP;
    out.set(row, to);
    to += rowBytes;
  }
  return out;
}

/** What fills `row` with the bytes from `from` on, each less the one above it; four at a time where they lie so. */
function lessAbove(bytes: Uint8Array, row: Uint8Array): (from: number) => void {
  const { length } = row;
  if ((length | bytes.byteOffset) % 4 !== 0) {
    return (from) => {
      for (let i = 0; i < length; i++) row[i] = bytes[from + i]! - bytes[from - length + i]!;
    };
  }
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  const target = new Uint32Array(row.buffer, row.byteOffset, length / 4);
  return (from) => subtractBytes(words, from / 4, target);
}

/** The highest bit of each byte is kept out of the subtraction, so that none borrows from the next. */
function subtractBytes(words: Uint32Array, from: number, target: Uint32Array): void {
  const { length } = target;
  for (let i = 0, at = from, above = from - length; i < length; i++, at++, above++) {
    const a = words[at]!;
    const b = words[above]!;
    target[i] = ((a | 0x80808080) - (b & 0x7f7f7f7f)) ^ ((a ^ ~b) & 0x80808080);
  }
}

/** The filtered rows of every film of a thread lie in the same memory. */
let kept = Buffer.alloc(0);
function room(size: number): Buffer {
  if (size > KEPT) return Buffer.allocUnsafeSlow(size);
  if (size > kept.length) kept = Buffer.allocUnsafeSlow(size);
  return kept.subarray(0, size);
}
const KEPT = 32 * 2 ** 20;
