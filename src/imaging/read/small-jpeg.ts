import type { Size } from '../steps/picture.js';
import type { Filter } from '../steps/resize.js';

/** What a picture is resampled to as the first thing that happens to it. */
export interface Wanted {
  readonly size: Size;
  readonly filter: Filter;
}

/** Below it, decoding in full and resampling in floating point costs little more. */
const LEAST = 4;
/** The same filters by the names of libvips. It has no box. */
const KERNELS = { box: undefined, bilinear: 'linear', bicubic: 'cubic', lanczos: 'lanczos3' } as const;

/**
 * How a JPEG becomes small on its way out of the decoder: libjpeg leaves out the frequencies that would be averaged
 * away (at 1/2, 1/4 or 1/8, so that at least twice the wanted size is left), libvips resamples the rest to 8 bits.
 * docs/processing.md says what that changes. Undefined: decode in full.
 */
export function smallJpeg(full: Size, { size, filter }: Wanted) {
  const kernel = KERNELS[filter];
  const ratio = Math.min(full.width / size.width, full.height / size.height);
  if (kernel === undefined || ratio < LEAST) return undefined;
  return { ...size, fit: 'fill', kernel, fastShrinkOnLoad: false } as const;
}
