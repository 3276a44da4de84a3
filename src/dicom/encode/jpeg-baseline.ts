import sharp from 'sharp';
import { CxrError } from '../../errors.js';
import { bytesOf, type RawFrame } from './frame.js';

/**
 * JPEG baseline, process 1 (1.2.840.10008.1.2.4.50), 8 bits.
 *
 * @throws {CxrError} CANNOT_ENCODE where the frame has not 8 unsigned bits.
 */
export async function encodeJpegBaseline(frame: RawFrame, quality = 95): Promise<Uint8Array> {
  if (frame.signed || frame.bitsStored !== 8)
    throw new CxrError('CANNOT_ENCODE', 'JPEG baseline holds 8 unsigned bits');
  const raw = { width: frame.columns, height: frame.rows, channels: frame.samples };
  const image = sharp(bytesOf(frame), { raw });
  if (frame.samples === 1) image.toColourspace('b-w');
  return image.jpeg({ quality, progressive: false }).toBuffer();
}
