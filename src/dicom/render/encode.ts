import { CxrError } from '../../errors.js';
import { pngOf } from './png.js';
import type { Rendered } from './types.js';

// libvips takes 60 ms to load in each thread, TurboJPEG 10: each is loaded where a picture needs it.

/** Larger ones are left to libvips, which filters and deflates them row by row. */
const WHOLE_BYTES = 64 * 2 ** 20;
/** Of libjpeg, which both encoders stand on; Rows and Columns go up to 65,535. */
const LONGEST_JPEG_SIDE = 65_500;

/** PNG, 8 or 16 bits, grey or RGB. No text, EXIF or ICC chunks. */
export async function encodePng(image: Rendered): Promise<Buffer> {
  if (image.data.byteLength <= WHOLE_BYTES) return pngOf(image);
  const { libvipsPng } = await import('./libvips.js');
  return libvipsPng(image);
}

/**
 * Baseline JPEG, grey or YCbCr 4:4:4, without metadata.
 * @param quality 1 .. 100.
 * @throws CxrError BAD_INPUT for 16-bit images, which JPEG cannot hold; TOO_LONG_FOR_JPEG
 */
export async function encodeJpeg(image: Rendered, quality = 95): Promise<Buffer> {
  return Buffer.from(await lentJpeg(image, quality));
}

/** As `encodeJpeg`, in memory that the next JPEG of this thread may fill anew: for who writes it at once. */
export async function lentJpeg(image: Rendered, quality = 95): Promise<Buffer> {
  if (image.bits !== 8) throw new CxrError('BAD_INPUT', 'JPEG holds 8 bits');
  if (Math.max(image.width, image.height) > LONGEST_JPEG_SIDE)
    throw new CxrError('TOO_LONG_FOR_JPEG', `${image.width} x ${image.height}`);
  if (image.channels === 1 && image.data.byteLength <= WHOLE_BYTES) {
    const { greyJpegOf } = await import('./jpeg.js');
    return greyJpegOf(image, quality);
  }
  const { libvipsJpeg } = await import('./libvips.js');
  return libvipsJpeg(image, quality);
}
