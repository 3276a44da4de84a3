import type { Sharp } from 'sharp';
import { sharp } from '../sharp.js';
import type { Rendered } from './types.js';

/** PNG without filter search, in little more memory than the picture. */
export function libvipsPng(image: Rendered): Promise<Buffer> {
  return picture(image).png({ compressionLevel: 1, adaptiveFiltering: false }).toBuffer();
}

/** Baseline JPEG, grey or YCbCr 4:4:4. */
export function libvipsJpeg(image: Rendered, quality: number): Promise<Buffer> {
  return picture(image).jpeg({ quality, chromaSubsampling: '4:4:4', optimiseCoding: false }).toBuffer();
}

/** `imageAttributes` says how large a frame may be; what libvips takes unasked is a little less. */
function picture({ width, height, channels, bits, data }: Rendered): Sharp {
  const grey = bits === 8 ? 'b-w' : 'grey16';
  const colour = bits === 8 ? 'srgb' : 'rgb16';
  const raw = { width, height, channels };
  return sharp(data, { raw, limitInputPixels: false }).toColourspace(channels === 1 ? grey : colour);
}
