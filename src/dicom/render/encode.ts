import sharp, { type Sharp } from 'sharp';
import { CxrError } from '../../errors.js';
import type { Rendered } from './types.js';

// One encoder a thread of the pool, and no cache of pictures that never come again.
sharp.concurrency(1);
sharp.cache(false);

/**
 * PNG, 8 or 16 bits, grey or RGB. Compression level 1 without filter search: of radiographs it is no larger than
 * the default and takes a quarter of the time. No text, EXIF or ICC chunks.
 */
export function encodePng(image: Rendered): Promise<Buffer> {
  return picture(image).png({ compressionLevel: 1, adaptiveFiltering: false }).toBuffer();
}

/**
 * Baseline JPEG, grey or YCbCr 4:4:4, without metadata.
 * @param quality 1 .. 100.
 * @throws CxrError BAD_INPUT for 16-bit images, which JPEG cannot hold.
 */
export function encodeJpeg(image: Rendered, quality = 95): Promise<Buffer> {
  if (image.bits !== 8) throw new CxrError('BAD_INPUT', 'JPEG holds 8 bits');
  return picture(image).jpeg({ quality, chromaSubsampling: '4:4:4', optimiseCoding: false }).toBuffer();
}

function picture({ width, height, channels, bits, data }: Rendered): Sharp {
  const grey = bits === 8 ? 'b-w' : 'grey16';
  const colour = bits === 8 ? 'srgb' : 'rgb16';
  return sharp(data, { raw: { width, height, channels } }).toColourspace(channels === 1 ? grey : colour);
}
