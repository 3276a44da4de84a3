import type { NativeFrame } from '../frames.js';
import type { Attributes } from './attributes.js';

/** Stored values, both ends included, that are no part of the image. */
export interface Padding {
  readonly low: number;
  readonly high: number;
}

/**
 * Pixel Padding Value and its Range Limit (PS3.3 C.7.5.1.1.2), for monochrome images only. A value outside what
 * BitsStored can hold matches no pixel and is left out: read modulo BitsStored it would hit real ones.
 */
export function pixelPadding(attributes: Attributes, frame: NativeFrame): Padding | undefined {
  if (!frame.photometric.startsWith('MONOCHROME')) return undefined;
  const value = attributes.words('00280120', frame.signed)[0];
  if (value === undefined) return undefined;
  const limit = attributes.words('00280121', frame.signed)[0] ?? value;
  const low = Math.min(value, limit);
  const high = Math.max(value, limit);
  const lowest = frame.signed ? -(2 ** (frame.bitsStored - 1)) : 0;
  return low < lowest || high >= lowest + 2 ** frame.bitsStored ? undefined : { low, high };
}

export function isPadding(padding: Padding | undefined, stored: number): boolean {
  return padding !== undefined && stored >= padding.low && stored <= padding.high;
}
