import turbo from '@julusian/jpeg-turbo';
import type { Rendered } from './types.js';

/** Memory for the largest JPEG that the pictures of this thread could become; untouched pages of it cost nothing. */
let scratch = Buffer.alloc(0);

/**
 * Baseline JPEG of an 8-bit grey image: JFIF, without density, EXIF or ICC. Below quality 96 TurboJPEG transforms in
 * fast integer arithmetic. It stands in memory that the next call of this thread fills anew.
 */
export function greyJpegOf({ width, height, data }: Rendered, quality: number): Buffer {
  const size = { width, height, subsampling: turbo.SAMP_GRAY };
  const needed = turbo.bufferSize(size);
  if (needed > scratch.length) scratch = Buffer.allocUnsafeSlow(needed);
  const pixels = Buffer.from(data.buffer, data.byteOffset, data.length);
  return turbo.compressSync(pixels, scratch, { ...size, format: turbo.FORMAT_GRAY, quality });
}
