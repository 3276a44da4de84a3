/** JPEG baseline, extended and lossless (PS3.5 A.4.1, 8.2.1; ITU-T T.81), 2 to 16 bits, by libijg. */
import { type JpegHeader, jpegHeader } from './jpeg-header.js';
import { decodeNative } from './native.js';
import { type CodedFrame, type DecodedFrame, expectSame, samplesOf } from './types.js';

const LOSSLESS = 0xc3;

/** @throws {CxrError} DECODE_FAILED, PIXELS_TRUNCATED, BAD_IMAGE_ATTRIBUTES */
export async function decodeJpeg(frame: CodedFrame): Promise<DecodedFrame> {
  const header = jpegHeader(frame.bytes);
  expectSame(header, frame);
  const { rows, columns, samples, precision } = header;
  if (frame.reduce > 0 && samples === 1 && precision === 8 && header.process !== LOSSLESS) {
    const { decodeSmallJpeg } = await import('./jpeg-small.js');
    return decodeSmallJpeg(frame);
  }
  const bitsAllocated = precision <= 8 ? 8 : 16;
  const image = { rows, columns, samples, bitsAllocated, bitsStored: precision };
  const bytes = await decodeNative('DecodeJpeg', frame.bytes, image);
  const data = samplesOf(bytes, bitsAllocated === 16, rows * columns * samples);
  return {
    rows,
    columns,
    data,
    precision,
    signed: false,
    ycc: samples === 3 && isYcc(header, frame.photometric),
  };
}

/**
 * Whether three components are YCbCr. What the bitstream says goes before the dataset, which many converters leave
 * as it was: Adobe's transform flag, component ids `RGB`, then JFIF, which knows only YCbCr. Lossless frames are
 * what the dataset says (PS3.5 8.2.1: photometric interpretation is not changed by them).
 */
function isYcc({ process, adobeTransform, componentIds, jfif }: JpegHeader, photometric: string): boolean {
  const stated = photometric.startsWith('YBR');
  if (process === LOSSLESS) return stated;
  if (adobeTransform !== undefined) return adobeTransform === 1;
  if (String.fromCharCode(...componentIds) === 'RGB') return false;
  return stated || jfif;
}
