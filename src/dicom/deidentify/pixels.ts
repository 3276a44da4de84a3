/** What may hide beside the samples of pixel data: bits above them, and comments of their codec. */
import { contextOf } from '../context.js';
import type { Dataset, FragmentsElement, ValueElement } from '../dataset.js';
import { int } from '../values.js';
import { jpeg2000Text, jpegText, jpegXlText, type Range, rleText } from './comments.js';

/**
 * Native pixel data whose unused bits hold nothing: old systems kept overlays there (PS3.5 8.1.2 retired them).
 * Unsigned samples get zeros; signed ones their sign, which is what readers that do not mask expect.
 *
 * @param dataset the one the element stands in
 * @param littleEndian of the samples
 * @returns the element itself where nothing hides
 */
export function cleanSamples(stored: ValueElement, dataset: Dataset, littleEndian: boolean): ValueElement {
  return maskSamples(withoutTail(stored, dataset), dataset, littleEndian);
}

/** What stands behind the samples of the last frame becomes zeros: its length stays. */
function withoutTail(element: ValueElement, dataset: Dataset): ValueElement {
  const [rows, columns, bits] = ['00280010', '00280011', '00280100'].map((tag) => int(dataset, tag) ?? 0);
  // Sub-sampled chrominance needs less, but some writers store it whole under its name.
  const samples = (rows ?? 0) * (columns ?? 0) * (int(dataset, '00280002') ?? 1);
  const bytesUsed = Math.ceil((samples * (int(dataset, '00280008') ?? 1) * (bits ?? 0)) / 8);
  // In words of big endian the last byte of an odd number stands behind the padding (PS3.5 7.3).
  const end = bytesUsed + (bytesUsed % 2);
  if (end < 1 || element.bytes.subarray(end).every((byte) => byte === 0)) return element;
  const bytes = new Uint8Array(element.bytes);
  bytes.fill(0, end);
  return { ...element, bytes };
}

function maskSamples(element: ValueElement, dataset: Dataset, littleEndian: boolean): ValueElement {
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
const JPEG_XL = /^1\.2\.840\.10008\.1\.2\.4\.11[0-2]$/;
const RLE = '1.2.840.10008.1.2.5';

interface Coding {
  /** Whether a fragment is the first of an image (PS3.5 A.4). */
  readonly starts: (fragment: Uint8Array) => boolean;
  readonly find: (bytes: Uint8Array) => readonly Range[];
}

const begins = (fragment: Uint8Array, first: number, second: number) =>
  fragment[0] === first && fragment[1] === second;
/** The signature box of JP2 and JPEG XL files. */
const boxed = (fragment: Uint8Array) => begins(fragment, 0, 0) && fragment[2] === 0 && fragment[3] === 12;

function codingOf(transferSyntax: string, dataset: Dataset): Coding | undefined {
  if (JPEG.test(transferSyntax)) return { starts: (f) => begins(f, 0xff, 0xd8), find: jpegText };
  if (JPEG_2000.test(transferSyntax))
    return { starts: (f) => begins(f, 0xff, 0x4f) || boxed(f), find: jpeg2000Text };
  if (JPEG_XL.test(transferSyntax))
    return { starts: (f) => begins(f, 0xff, 0x0a) || boxed(f), find: jpegXlText };
  if (transferSyntax !== RLE) return undefined;
  const pixels = (int(dataset, '00280010') ?? 0) * (int(dataset, '00280011') ?? 0);
  return { starts: () => true, find: (bytes) => rleText(bytes, pixels) };
}

/**
 * Encapsulated pixel data whose comments are zeros. They are overwritten, not cut out: every length and offset table
 * stays true, and the coded samples stay where they were. A basic offset table that points elsewhere than at
 * fragments says nothing of them, and goes.
 *
 * @param dataset the one the element stands in
 * @returns the element itself where there is no comment
 */
export function cleanFragments(
  element: FragmentsElement,
  dataset: Dataset,
  transferSyntax: string,
): FragmentsElement {
  const offsets = trueOffsets(element);
  const coding = codingOf(transferSyntax, dataset);
  let changed = offsets !== element.offsets;
  if (coding === undefined) return changed ? { ...element, offsets } : element;
  const fragments = images(element.fragments, coding.starts).flatMap((image) => {
    const cleaned = blank(image, coding.find);
    changed ||= cleaned !== image;
    return cleaned;
  });
  return changed ? { ...element, offsets, fragments } : element;
}

function trueOffsets({ offsets, fragments }: FragmentsElement): readonly number[] {
  const starts = new Set<number>();
  let position = 0;
  for (const fragment of fragments) {
    starts.add(position);
    position += 8 + fragment.length;
  }
  return offsets.every((offset) => starts.has(offset)) ? offsets : [];
}

/** Fragments by image. */
function images(
  fragments: readonly Uint8Array[],
  starts: Coding['starts'],
): readonly (readonly Uint8Array[])[] {
  const groups: Uint8Array[][] = [];
  for (const fragment of fragments) {
    if (starts(fragment) || groups.length === 0) groups.push([fragment]);
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
