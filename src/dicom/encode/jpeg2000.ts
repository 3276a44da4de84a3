import { CxrError } from '../../errors.js';
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

/**
 * JPEG 2000, reversible (1.2.840.10008.1.2.4.90): grey of 1 to 16 unsigned or 9 to 16 signed bits, colour of 8
 * unsigned bits. Colour uses RCT: its photometric interpretation is YBR_RCT.
 *
 * @throws {CxrError} CANNOT_ENCODE for other frames
 */
export async function encodeJpeg2000(frame: RawFrame): Promise<Uint8Array> {
  refuseSpoiled(frame);
  return jpeg2000(frame, lossless(frame));
}

/**
 * High-throughput JPEG 2000, reversible (1.2.840.10008.1.2.4.201): what JPEG 2000 takes, of two rows and columns
 * at least: OpenJPH 2.4 spoils thinner ones.
 *
 * @throws {CxrError} CANNOT_ENCODE for other frames
 */
export async function encodeHtj2k(frame: RawFrame): Promise<Uint8Array> {
  refuseSpoiled(frame);
  if (Math.min(frame.rows, frame.columns) < 2) throw new CxrError('CANNOT_ENCODE', 'HTJ2K, one pixel thin');
  return htj2k(frame, lossless(frame));
}

/** Both builds of @cornerstonejs give back other values for these, trap, or never end; tried shape by shape. */
function refuseSpoiled({ samples, bitsStored, signed }: RawFrame): void {
  const exact = samples === 3 ? bitsStored === 8 && !signed : bitsStored > 8 || !signed;
  if (!exact) {
    const kind = `${samples === 3 ? 'colour' : 'grey'} of ${bitsStored} ${signed ? 'signed' : 'unsigned'} bits`;
    throw new CxrError('CANNOT_ENCODE', `JPEG 2000, ${kind}`);
  }
}
