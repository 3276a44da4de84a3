import type { RawFrame } from './frame.js';
import { codec } from './wasm.js';

interface J2kEncoder {
  getDecodedBuffer(info: object): Uint8Array;
  getEncodedBuffer(): Uint8Array;
  setQuality(lossless: boolean, quantizationStep: number): void;
  setDecompositions(levels: number): void;
  encode(): void;
  delete(): void;
}

const jpeg2000 = codec<J2kEncoder>('openjpeg', 'J2KEncoder');
const htj2k = codec<J2kEncoder>('openjph', 'HTJ2KEncoder');

/** As many halvings as leave at least one pixel, five at most (the default of ISO/IEC 15444-1 encoders). */
const levels = (frame: RawFrame) =>
  Math.max(0, Math.min(5, Math.floor(Math.log2(Math.min(frame.rows, frame.columns)))));

const lossless = (frame: RawFrame) => (encoder: J2kEncoder) => {
  encoder.setQuality(true, 0);
  encoder.setDecompositions(levels(frame));
};

/** JPEG 2000, reversible (1.2.840.10008.1.2.4.90). Colour uses RCT: its photometric interpretation is YBR_RCT. */
export function encodeJpeg2000(frame: RawFrame): Promise<Uint8Array> {
  return jpeg2000(frame, lossless(frame));
}

/**
 * High-throughput JPEG 2000, reversible (1.2.840.10008.1.2.4.201). Colour uses RCT, as JPEG 2000.
 *
 * @throws RangeError for images one pixel thin of less than 5 bits, which OpenJPH 2.4 spoils.
 */
export async function encodeHtj2k(frame: RawFrame): Promise<Uint8Array> {
  if (Math.min(frame.rows, frame.columns) < 2 && frame.bitsStored < 5)
    throw new RangeError('one pixel thin and less than 5 bits');
  return htj2k(frame, lossless(frame));
}
