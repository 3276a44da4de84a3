import type { Size } from '../steps/picture.js';

/** What is left to resample, along either axis, is at least this much larger than what is wanted. */
const OVERSAMPLING = 1.7;
/** libjpeg decodes at 1/8, 1/4 or 1/2; what it gives is reduced a little further, to these parts of the full size. */
const PARTS = [9, 5, 3];

/**
 * The size at which a JPEG of `full` size may be decoded before it is resampled to `wanted`; undefined: in full.
 * docs/processing.md says what that may change.
 */
export function smallerSize(full: Size, wanted: Size): Size | undefined {
  const ratio = Math.min(full.width / wanted.width, full.height / wanted.height) / OVERSAMPLING;
  const part = PARTS.find((candidate) => candidate <= ratio);
  if (part === undefined) return undefined;
  return { width: Math.floor(full.width / part), height: Math.floor(full.height / part) };
}
