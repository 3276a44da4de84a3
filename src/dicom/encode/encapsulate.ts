import type { FragmentsElement } from '../dataset.js';

export interface EncapsulateOptions {
  /** Largest fragment in bytes, even; default: a frame is one fragment. */
  readonly fragmentSize?: number | undefined;
  /** Write the basic offset table (PS3.5 A.4); default true. */
  readonly offsetTable?: boolean | undefined;
}

/** Item tag and length before every fragment. */
const ITEM_HEADER = 8;

/**
 * Pixel Data (7FE0,0010) of encoded frames. Offsets of the basic offset table count from the first byte after
 * it to the item of the frame's first fragment (PS3.5 A.4); fragments of odd length are padded.
 */
export function encapsulate(
  frames: readonly Uint8Array[],
  { fragmentSize = Number.POSITIVE_INFINITY, offsetTable = true }: EncapsulateOptions = {},
): FragmentsElement {
  const offsets: number[] = [];
  const fragments: Uint8Array[] = [];
  let at = 0;
  for (const frame of frames) {
    offsets.push(at);
    for (let from = 0; from < frame.length; from += fragmentSize) {
      const fragment = even(frame.subarray(from, Math.min(frame.length, from + fragmentSize)));
      fragments.push(fragment);
      at += ITEM_HEADER + fragment.length;
    }
  }
  return { kind: 'fragments', tag: '7fe00010', vr: 'OB', offsets: offsetTable ? offsets : [], fragments };
}

function even(bytes: Uint8Array): Uint8Array {
  if (bytes.length % 2 === 0) return bytes;
  const padded = new Uint8Array(bytes.length + 1);
  padded.set(bytes);
  return padded;
}
