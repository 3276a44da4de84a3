import { CxrError } from '../../errors.js';
import { type RawFrame, unsigned } from './frame.js';
import { codec } from './wasm.js';

interface JpegLsEncoder {
  getDecodedBuffer(info: object): Uint8Array;
  getEncodedBuffer(): Uint8Array;
  setNearLossless(difference: number): void;
  setInterleaveMode(mode: number): void;
  encode(): void;
  delete(): void;
}

const jpegLs = codec<JpegLsEncoder>('charls', 'JpegLSEncoder');
/** Samples of a pixel side by side, as in the frame. */
const BY_SAMPLE = 2;

/**
 * JPEG-LS (1.2.840.10008.1.2.4.80; with `near` above 0, the largest difference allowed, .81). 2 to 16 bits.
 *
 * @throws {CxrError} CANNOT_ENCODE for 1 bit, and for noise that gets no smaller
 */
export async function encodeJpegLs(frame: RawFrame, near = 0): Promise<Uint8Array> {
  if (frame.bitsStored < 2) throw new CxrError('CANNOT_ENCODE', 'JPEG-LS, 1 bit');
  return jpegLs(unsigned(frame), (encoder) => {
    encoder.setNearLossless(near);
    encoder.setInterleaveMode(frame.samples === 3 ? BY_SAMPLE : 0);
  });
}
