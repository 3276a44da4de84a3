/** Blanks rectangles of an image (PS3.15 E.3.1, Clean Pixel Data). */
import { CxrError, isCxrError } from '../../errors.js';
import type { Dataset, DicomFile, Element, Tag, ValueElement } from '../dataset.js';
import { encapsulate } from '../encode/encapsulate.js';
import type { RawFrame } from '../encode/frame.js';
import { encodeJpegLs } from '../encode/jpegls.js';
import { encodeRle } from '../encode/rle.js';
import { decodeFrame, frameCount, type NativeFrame } from '../frames.js';
import { type ImageAttributes, imageAttributes } from '../image-attributes.js';
import { is422 } from '../native-pixels.js';
import type { Rect } from './image.js';
import { clip } from './rules.js';

const JPEG_LS_LOSSLESS = '1.2.840.10008.1.2.4.80';
const RLE_LOSSLESS = '1.2.840.10008.1.2.5';
const BURNED_IN = '00280301';
const ICON = '00880200';
const EXTENDED_OFFSETS = ['7fe00001', '7fe00002'] as const;

/**
 * The file with rectangles blanked in every frame, in the value of its background: the least shown brightness
 * that the frame has, so that a window from minimum to maximum stays what it was.
 *
 * Native pixels change inside the rectangles only, byte for byte. Compressed ones are decoded and encoded
 * without loss, JPEG-LS where it holds them, else RLE; what lossy compression was before stays stated (0028,2110).
 * BurnedInAnnotation becomes NO, the icon goes: it shows what the image showed. Which rectangles, and code
 * 113101 in the de-identification method, are the caller's to record.
 *
 * @param rects in stored pixels; parts outside the image are ignored, none inside changes no pixel
 * @throws {CxrError} CANNOT_REDACT for pixel formats that are not blanked in place, and what `decodeFrame` throws
 */
export async function redact(file: DicomFile, rects: readonly Rect[]): Promise<DicomFile> {
  const image = imageAttributes(file.dataset);
  const size = { width: image.columns, height: image.rows };
  const inside = rects.map((rect) => clip(rect, size)).filter(({ width, height }) => width > 0 && height > 0);
  const dataset = new Map(file.dataset);
  dataset.delete(ICON);
  set(dataset, textElement(BURNED_IN, 'CS', 'NO'));
  if (inside.length === 0) return { ...file, dataset: sorted(dataset) };
  if (image.pixelData.kind === 'value') {
    set(dataset, { ...image.pixelData, bytes: await blankNative(file, image, image.pixelData, inside) });
    return { ...file, dataset: sorted(dataset) };
  }
  return encoded(file, image, dataset, inside);
}

/** Native pixels: a copy of the bytes with the rectangles filled. */
async function blankNative(
  file: DicomFile,
  image: ImageAttributes,
  { bytes, vr }: ValueElement,
  rects: readonly Rect[],
): Promise<Uint8Array> {
  const { rows, columns, samples, bitsAllocated, planar, photometric, float } = image;
  // PS3.5 7.3 swaps OW by words whatever is allocated.
  const swapped = !file.littleEndian && vr === 'OW' && bitsAllocated === 8;
  if (float || swapped || is422(photometric) || bitsAllocated % 8 !== 0 || bitsAllocated === 24)
    throw new CxrError('CANNOT_REDACT', `${photometric}, ${bitsAllocated} bits${float ? ', float' : ''}`);
  const size = bitsAllocated / 8;
  const plane = rows * columns;
  const out = Uint8Array.from(bytes);
  const frames = frameCount(file);
  for (let frame = 0; frame < frames; frame++) {
    const fill = native(image, backgroundOf(await decodeFrame(file, frame), image), file.littleEndian);
    const start = frame * plane * samples * size;
    for (const { x, y, width, height } of rects)
      for (let row = y; row < y + height; row++)
        for (let column = x; column < x + width; column++)
          for (let sample = 0; sample < samples; sample++) {
            const pixel = row * columns + column;
            const at = planar ? sample * plane + pixel : pixel * samples + sample;
            out.set(fill[sample] ?? new Uint8Array(size), start + at * size);
          }
  }
  return out;
}

/** The bytes of the background of each sample, in the place that HighBit gives it. */
function native(
  { samples, bitsAllocated, bitsStored, highBit, photometric }: ImageAttributes,
  value: number,
  little: boolean,
): Uint8Array[] {
  const size = bitsAllocated / 8;
  const stored = (value & (2 ** bitsStored - 1)) >>> 0;
  return Array.from({ length: samples }, (_, sample) => {
    // Colour differences of grey lie in the middle (PS3.3 C.7.6.3.1.2).
    const level = sample > 0 && photometric.startsWith('YBR') ? 2 ** (bitsStored - 1) : stored;
    const word = Buffer.alloc(8);
    word.writeBigUInt64LE(BigInt(level) << BigInt(highBit + 1 - bitsStored));
    const bytes = Uint8Array.from(word.subarray(0, size));
    return little ? bytes : bytes.reverse();
  });
}

async function encoded(
  file: DicomFile,
  image: ImageAttributes,
  dataset: Map<Tag, Element>,
  rects: readonly Rect[],
): Promise<DicomFile> {
  const frames: Blanked[] = [];
  let last: NativeFrame | undefined;
  for (let index = 0; index < frameCount(file); index++) {
    const frame = await decodeFrame(file, index);
    const data = narrow(frame);
    fill(data, frame, rects, backgroundOf(frame, image));
    const { rows, columns, samples, bitsStored } = frame;
    frames.push({ rows, columns, samples, bitsStored, signed: false, data });
    last = frame;
  }
  if (!last) throw new CxrError('NO_PIXELS');
  const { samples, bitsStored, photometric } = last;
  const allocated = bitsStored <= 8 ? 8 : bitsStored <= 16 ? 16 : 32;
  for (const tag of EXTENDED_OFFSETS) dataset.delete(tag);
  set(dataset, textElement('00280004', 'CS', photometric));
  if (samples === 3) set(dataset, shortElement('00280006', 0));
  set(dataset, shortElement('00280100', allocated));
  set(dataset, shortElement('00280101', bitsStored));
  set(dataset, shortElement('00280102', bitsStored - 1));
  const jpegLs = await allJpegLs(frames);
  set(dataset, encapsulate(jpegLs ?? frames.map(encodeRle)));
  const transferSyntax = jpegLs ? JPEG_LS_LOSSLESS : RLE_LOSSLESS;
  const meta = new Map(file.meta);
  set(meta, { kind: 'value', tag: '00020010', vr: 'UI', bytes: padded(transferSyntax, '\0') });
  return { ...file, meta: sorted(meta), dataset: sorted(dataset), transferSyntax };
}

interface Blanked extends Omit<RawFrame, 'data'> {
  readonly data: Uint8Array | Uint16Array | Uint32Array;
}

/** Undefined where a frame does not fit JPEG-LS: all frames of a file have one transfer syntax. */
async function allJpegLs(frames: readonly Blanked[]): Promise<Uint8Array[] | undefined> {
  const encoded: Uint8Array[] = [];
  try {
    for (const { data, ...frame } of frames) {
      if (data instanceof Uint32Array) return undefined;
      encoded.push(await encodeJpegLs({ ...frame, data }));
    }
    return encoded;
  } catch (error) {
    if (isCxrError(error) && error.code === 'CANNOT_ENCODE') return undefined;
    throw error;
  }
}

/** A copy of the samples, unsigned, in the fewest bytes that hold BitsStored. */
function narrow({ data, bitsStored }: NativeFrame): Uint8Array | Uint16Array | Uint32Array {
  if (data instanceof Float32Array || data instanceof Float64Array)
    throw new CxrError('CANNOT_REDACT', 'float pixels');
  const mask = 2 ** bitsStored - 1;
  if (bitsStored <= 8) return Uint8Array.from(data, (value) => value & mask);
  if (bitsStored <= 16) return Uint16Array.from(data, (value) => value & mask);
  return Uint32Array.from(data, (value) => (value & mask) >>> 0);
}

function fill(
  data: Uint8Array | Uint16Array | Uint32Array,
  { columns, samples, bitsStored }: NativeFrame,
  rects: readonly Rect[],
  background: number,
): void {
  const value = (background & (2 ** bitsStored - 1)) >>> 0;
  for (const { x, y, width, height } of rects)
    for (let row = y; row < y + height; row++)
      data.fill(value, (row * columns + x) * samples, (row * columns + x + width) * samples);
}

/** The stored value of the darkest shown pixel: the greatest where MONOCHROME1 shows it dark. Colour: 0. */
function backgroundOf(frame: NativeFrame, image: ImageAttributes): number {
  if (image.samples === 3 || frame.photometric === 'PALETTE COLOR') return 0;
  const dark = frame.photometric === 'MONOCHROME1' ? Math.max : Math.min;
  let value = frame.data[0] ?? 0;
  for (const sample of frame.data) value = dark(value, sample);
  return value;
}

function set(dataset: Map<Tag, Element>, element: Element): void {
  dataset.set(element.tag, element);
}

/** Elements are kept in ascending tag order. */
function sorted(dataset: Map<Tag, Element>): Dataset {
  return new Map([...dataset].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function textElement(tag: Tag, vr: string, text: string): ValueElement {
  return { kind: 'value', tag, vr, bytes: padded(text, ' ') };
}

/** Compressed files are little endian (PS3.5 A.4). */
function shortElement(tag: Tag, value: number): ValueElement {
  return { kind: 'value', tag, vr: 'US', bytes: Uint8Array.of(value & 255, value >> 8) };
}

function padded(text: string, pad: string): Uint8Array {
  return Buffer.from(text.length % 2 === 0 ? text : text + pad, 'latin1');
}
