/** Which fragments of encapsulated pixel data make which frame (PS3.5 A.4). */
import { CxrError } from '../errors.js';
import type { Dataset, FragmentsElement } from './dataset.js';
import { numbers } from './values.js';

/** Found once an element: an image has a frame as often as somebody asks for one. */
const found = new WeakMap<FragmentsElement, readonly (readonly Uint8Array[])[]>();

/**
 * The fragments of each frame of encapsulated pixel data, in the order of trust: one frame takes everything; as many
 * fragments as frames are one each; the Extended Offset Table (PS3.3 C.7.6.3.1.8); the Basic Offset Table; else a
 * frame starts where a fragment starts like a bitstream.
 *
 * @throws {CxrError} PIXELS_TRUNCATED where there are fewer fragments than frames, BAD_IMAGE_ATTRIBUTES where
 *   nothing says which fragment belongs to which frame
 */
export function frameFragments(
  dataset: Dataset,
  element: FragmentsElement,
  frames: number,
): readonly (readonly Uint8Array[])[] {
  let result = found.get(element);
  if (result?.length !== frames) {
    result = assign(dataset, element, frames);
    found.set(element, result);
  }
  return result;
}

function assign(
  dataset: Dataset,
  { fragments, offsets }: FragmentsElement,
  frames: number,
): readonly (readonly Uint8Array[])[] {
  if (fragments.length < frames) {
    throw new CxrError('PIXELS_TRUNCATED', `${fragments.length} fragments for ${frames} frames`);
  }
  if (frames === 1) return [fragments];
  if (fragments.length === frames) return fragments.map((fragment) => [fragment]);
  const starts =
    startsAt(fragments, numbers(dataset, '7fe00001') ?? [], frames) ??
    startsAt(fragments, offsets, frames) ??
    startsByContent(fragments, frames);
  if (starts === undefined) {
    throw new CxrError(
      'BAD_IMAGE_ATTRIBUTES',
      `${fragments.length} fragments for ${frames} frames, no offsets`,
    );
  }
  return starts.map((start, i) => fragments.slice(start, starts[i + 1]));
}

/** Offsets count from the first item after the table, item headers of 8 bytes included. */
function startsAt(
  fragments: readonly Uint8Array[],
  offsets: readonly number[],
  frames: number,
): readonly number[] | undefined {
  if (offsets.length !== frames) return undefined;
  const indexOf = new Map<number, number>();
  let position = 0;
  fragments.forEach((fragment, index) => {
    indexOf.set(position, index);
    position += 8 + fragment.length;
  });
  const starts = offsets.map((offset) => indexOf.get(offset) ?? -1);
  const ascending = starts.every((start, i) => start > (starts[i - 1] ?? -1));
  return ascending && starts[0] === 0 ? starts : undefined;
}

/** SOI and the next marker of JPEG and JPEG-LS, SOC and SIZ of JPEG 2000, signatures of JP2 and JPEG XL. */
const STARTS = [0xffd8ff00, 0xff4fff51, 0x0000000c, 0xff0a0000];
const MASKS = [0xffffff00, 0xffffffff, 0xffffffff, 0xffff0000];

function startsByContent(fragments: readonly Uint8Array[], frames: number): readonly number[] | undefined {
  const starts = [...fragments.keys()].filter((index) => {
    const head = headAt(fragments, index);
    return STARTS.some((start, i) => (head & (MASKS[i] as number)) >>> 0 === start);
  });
  return starts.length === frames && starts[0] === 0 ? starts : undefined;
}

/** Four bytes, of which a fragment may hold only two. */
function headAt(fragments: readonly Uint8Array[], index: number): number {
  const bytes = joined(fragments.slice(index, index + 3).map((fragment) => fragment.subarray(0, 4)));
  return bytes.length < 4 ? 0 : new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0);
}

/** One run of bytes; a single fragment is not copied. */
export function joined(fragments: readonly Uint8Array[]): Uint8Array {
  const [first, ...rest] = fragments;
  return first !== undefined && rest.length === 0 ? first : Buffer.concat(fragments);
}
