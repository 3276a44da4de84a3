import sharp from 'sharp';
import { CxrError } from '../errors.js';
import type { Picture } from './types.js';

/**
 * Decodes a PNG, JPEG, TIFF or WebP file for a model: turned as its EXIF says, alpha dropped, as OpenCV reads it. Grey
 * stays grey, of 16 bits too; colour comes as RGB of 8 bits.
 *
 * @param maxValue level of white in grey of 16 bits, where known
 * @throws CxrError DECODE_FAILED
 */
export async function decodePicture(bytes: Uint8Array, maxValue?: number): Promise<Picture> {
  try {
    const picture = sharp(bytes, { failOn: 'error' });
    const { channels, depth } = await picture.metadata();
    const grey = channels < 3;
    const sixteen = grey && depth === 'ushort';
    // `greyscale()` would make 8 bits of 16.
    const { data, info } = await picture
      .autoOrient()
      .removeAlpha()
      .toColourspace(grey ? (sixteen ? 'grey16' : 'b-w') : 'srgb')
      .raw({ depth: sixteen ? 'ushort' : 'uchar' })
      .toBuffer({ resolveWithObject: true });
    const { width, height } = info;
    const samples = sixteen ? new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2) : data;
    return {
      ...{ width, height, data: samples, channels: grey ? 1 : 3 },
      ...(sixteen && maxValue !== undefined && { maxValue }),
    };
  } catch (cause) {
    throw new CxrError('DECODE_FAILED', `${bytes.length} bytes that are no whole PNG, JPEG or TIFF`, {
      cause,
    });
  }
}
