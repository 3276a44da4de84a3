import { crc32c } from '@node-rs/crc32';
import type { Pieces } from './example.js';

/**
 * One record of a TFRecord file: length (uint64), its masked CRC-32C, the data, the masked CRC-32C of the data, all
 * little-endian (TensorFlow's `record_writer.h`). A file is nothing but records, so records can be made anywhere and
 * written one behind the other.
 * @returns the pieces of the record: those of its data stay where they are
 */
export function frameRecord(data: Pieces): Pieces {
  const [head, tail] = [Buffer.alloc(12), Buffer.alloc(4)];
  head.writeBigUInt64LE(BigInt(data.reduce((sum, piece) => sum + piece.length, 0)), 0);
  head.writeUInt32LE(masked([head.subarray(0, 8)]), 8);
  tail.writeUInt32LE(masked(data), 0);
  return [head, ...data, tail];
}

/** Rotated right by 15 bits, plus a constant: a CRC of data that holds CRCs is weak. */
function masked(pieces: Pieces): number {
  const crc = pieces.reduce((sum, piece) => crc32c(piece, sum), 0);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
