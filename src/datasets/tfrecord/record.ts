import { crc32c } from '@node-rs/crc32';

/**
 * One record of a TFRecord file: length (uint64), its masked CRC-32C, the data, the masked CRC-32C of the data, all
 * little-endian (TensorFlow's `record_writer.h`). A file is nothing but records, so records can be made anywhere and
 * written one behind the other.
 * @param pieces of the data, joined as they are copied
 */
export function frameRecord(...pieces: readonly Uint8Array[]): Uint8Array {
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const record = Buffer.allocUnsafe(8 + 4 + length + 4);
  record.writeBigUInt64LE(BigInt(length), 0);
  record.writeUInt32LE(masked(record.subarray(0, 8)), 8);
  let at = 12;
  for (const piece of pieces) {
    record.set(piece, at);
    at += piece.length;
  }
  record.writeUInt32LE(masked(record.subarray(12, at)), at);
  return record;
}

/** Rotated right by 15 bits, plus a constant: a CRC of data that holds CRCs is weak. */
function masked(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
