/** What may hide beside the samples of pixel data: bits above them, and comments of their codec. */
import { contextOf } from '../context.js';
import type { Dataset, FragmentsElement, ValueElement } from '../dataset.js';
import { int } from '../values.js';
import { jpeg2000Text, jpegText, type Range } from './comments.js';

/**
 * Native pixel data whose unused bits hold nothing: old systems kept overlays there (PS3.5 8.1.2 retired them).
 * Unsigned samples get zeros; signed ones their sign, which is what readers that do not mask expect.
 *
 * @param dataset the one the element stands in
 * @param littleEndian of the samples
 * @returns the element itself where nothing hides
 */
export function cleanSamples(element: ValueElement, dataset: Dataset, littleEndian: boolean): ValueElement {
  const allocated = int(dataset, '00280100') ?? 0;
  const stored = int(dataset, '00280101') ?? 0;
  const high = int(dataset, '00280102') ?? stored - 1;
  const low = high + 1 - stored;
  if (![8, 16, 32].includes(allocated) || stored < 1 || stored >= allocated) return element;
  if (low < 0 || high >= allocated) return element;
  const signed = int(dataset, '00280103') === 1 && low === 0;
  return signed
    ? signExtended(element, allocated, stored, littleEndian)
    : masked(element, allocated, stored, low, littleEndian);
}

function masked(
  element: ValueElement,
  allocated: number,
  stored: number,
  low: number,
  littleEndian: boolean,
): ValueElement {
  const unit = allocated / 8;
  const mask = ((1n << BigInt(stored)) - 1n) << BigInt(low);
  if (unit === 2 && littleEndian && (orOfWords(element.bytes) & ~Number(mask)) === 0) return element;
  let clean: Uint8Array | undefined;
  for (let i = 0; i < unit; i++) {
    const byteMask = Number((mask >> BigInt(8 * (littleEndian ? i : unit - 1 - i))) & 0xffn);
    let used = 0;
    for (let at = i; at < element.bytes.length; at += unit) used |= element.bytes[at] as number;
    if ((used & ~byteMask) === 0) continue;
    clean ??= new Uint8Array(element.bytes);
    for (let at = i; at < clean.length; at += unit) clean[at] = (clean[at] as number) & byteMask;
  }
  return clean === undefined ? element : { ...element, bytes: clean };
}

/** All 16-bit words or-ed, little endian: most films are clean, and this only reads, four bytes at a time. */
function orOfWords(bytes: Uint8Array): number {
  const { buffer, byteOffset, length } = bytes;
  const lead = Math.min(length, (4 - (byteOffset % 4)) % 4);
  const words = new Uint32Array(buffer, byteOffset + lead, (length - lead) >> 2);
  let all = 0;
  for (let i = 0; i < words.length; i++) all |= words[i] as number;
  // Where the words begin in the middle of a sample, its bytes come the other way about.
  let used = lead % 2 === 0 ? all | (all >>> 16) : swapped(all | (all >>> 16));
  for (let at = 0; at < lead; at++) used |= (bytes[at] as number) << (8 * (at % 2));
  for (let at = lead + words.length * 4; at < length; at++) used |= (bytes[at] as number) << (8 * (at % 2));
  return used & 0xffff;
}

function swapped(word: number): number {
  return ((word & 0xff) << 8) | ((word >>> 8) & 0xff);
}

function signExtended(
  element: ValueElement,
  allocated: number,
  stored: number,
  littleEndian: boolean,
): ValueElement {
  const unit = allocated / 8;
  const bytes = Buffer.from(element.bytes);
  let changed = false;
  for (let at = 0; at + unit <= bytes.length; at += unit) {
    const value = littleEndian ? bytes.readIntLE(at, unit) : bytes.readIntBE(at, unit);
    const right = (value << (32 - stored)) >> (32 - stored);
    if (right === value) continue;
    changed = true;
    if (littleEndian) bytes.writeIntLE(right, at, unit);
    else bytes.writeIntBE(right, at, unit);
  }
  return changed ? { ...element, bytes } : element;
}

const JPEG = /^1\.2\.840\.10008\.1\.2\.4\.(5\d|6\d|70|8[01])$/;
const JPEG_2000 = /^1\.2\.840\.10008\.1\.2\.4\.(9[0-3]|20[1-3])$/;

/**
 * Encapsulated pixel data whose comments are zeros. They are overwritten, not cut out: every length and offset table
 * stays true, and the coded samples stay where they were.
 *
 * @returns the element itself where there is no comment
 */
export function cleanFragments(element: FragmentsElement, transferSyntax: string): FragmentsElement {
  const textOf = JPEG.test(transferSyntax)
    ? { start: 0xd8, find: jpegText }
    : JPEG_2000.test(transferSyntax)
      ? { start: 0x4f, find: jpeg2000Text }
      : undefined;
  if (textOf === undefined) return element;
  let changed = false;
  const fragments = images(element.fragments, textOf.start).flatMap((image) => {
    const cleaned = blank(image, textOf.find);
    changed ||= cleaned !== image;
    return cleaned;
  });
  return changed ? { ...element, fragments } : element;
}

/** Fragments by image: one starts where a fragment starts with SOI or SOC (PS3.5 A.4). */
function images(fragments: readonly Uint8Array[], start: number): readonly (readonly Uint8Array[])[] {
  const groups: Uint8Array[][] = [];
  for (const fragment of fragments) {
    const starts = fragment[0] === 0xff && fragment[1] === start;
    if (starts || groups.length === 0) groups.push([fragment]);
    else groups.at(-1)?.push(fragment);
  }
  return groups;
}

function blank(
  image: readonly Uint8Array[],
  find: (bytes: Uint8Array) => readonly Range[],
): readonly Uint8Array[] {
  const [only] = image;
  const bytes = image.length === 1 && only !== undefined ? only : Buffer.concat(image);
  const ranges = find(bytes).filter(({ start, end }) =>
    bytes.subarray(start, end).some((byte) => byte !== 0),
  );
  if (ranges.length === 0) return image;
  const clean = new Uint8Array(bytes);
  for (const { start, end } of ranges) clean.fill(0, start, end);
  let at = 0;
  return image.map((fragment) => {
    at += fragment.length;
    return clean.subarray(at - fragment.length, at);
  });
}

/** Byte order of native samples: that of the dataset, but for a private syntax of GE. */
export function samplesLittleEndian(dataset: Dataset, transferSyntax: string): boolean {
  return contextOf(dataset).littleEndian && transferSyntax !== '1.2.840.113619.5.2';
}
