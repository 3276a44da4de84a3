/** Frames of an image as arrays of stored values, from any transfer syntax. */
import { CxrError } from '../errors.js';
import type { DecodedFrame } from './codecs/types.js';
import { expand422, interleave, isUnsigned, ybrFullToRgb, ybrPartialToRgb } from './colour.js';
import type { DicomFile, FragmentsElement, ValueElement } from './dataset.js';
import { frameFragments, joined } from './fragments.js';
import { type ImageAttributes, imageAttributes } from './image-attributes.js';
import { is422, nativeFrame, type Samples, storedSamples } from './native-pixels.js';
import { storedValues } from './stored-values.js';
import { GE_PRIVATE } from './transfer-syntax.js';
import { WordsInFile } from './words-in-file.js';

export interface NativeFrame {
  readonly rows: number;
  readonly columns: number;
  readonly samples: 1 | 3;
  /** Samples of a pixel stand side by side. */
  readonly planar: false;
  /** `rows * columns * samples` stored values: of each sample BitsStored bits, sign extended; may be a view of the file. */
  readonly data: Samples;
  /** Present where the frame is left in its file: what `data` would hold, which is read whole when it is asked for. */
  readonly words?: WordsInFile;
  readonly bitsStored: number;
  readonly signed: boolean;
  /** Of `data`: `RGB` where the file holds luminance and colour differences; indices of a palette stay. */
  readonly photometric: string;
}

export interface DecodeOptions {
  /**
   * Halvings of rows and columns that are enough for the reader. JPEG 2000 and HTJ2K then decode fewer resolution
   * levels, at most those they have, and grey 8-bit JPEG scales within its transform; the others give the full frame.
   */
  readonly reduce?: number;
  /**
   * Leave what stands above BitsStored in 16-bit samples, instead of a pass over all pixels that looks for it, and the
   * samples in their file where the dataset was read so: for `renderFrame`, whose tables do not care.
   */
  readonly asStored?: boolean;
}

/**
 * Frames of an image, checked against the pixel data that is there.
 *
 * @throws {CxrError} NO_PIXELS, BAD_IMAGE_ATTRIBUTES, IMAGE_TOO_LARGE, PIXELS_TRUNCATED
 */
export function frameCount(file: DicomFile): number {
  const image = imageAttributes(file.dataset);
  const { pixelData, frames } = image;
  if (pixelData.kind === 'fragments') {
    // Without it a file of one byte could promise two billion frames.
    if (pixelData.fragments.length < frames) truncated(pixelData.fragments.length, frames);
  } else if (pixelData.kind === 'value') {
    const available = Math.floor((valueLength(pixelData) * 8) / (storedSamples(image) * image.bitsAllocated));
    if (available < frames) truncated(available, frames);
  }
  return frames;
}

function valueLength(element: ValueElement): number {
  return element.inFile?.length ?? element.bytes.length;
}

function truncated(found: number, stated: number): never {
  throw new CxrError('PIXELS_TRUNCATED', `pixel data for ${found} of ${stated} frames`);
}

/**
 * Decode one frame.
 *
 * @param index from 0
 * @throws {CxrError} NO_PIXELS, BAD_IMAGE_ATTRIBUTES, IMAGE_TOO_LARGE, PIXELS_TRUNCATED, DECODE_FAILED,
 *   UNSUPPORTED_TRANSFER_SYNTAX
 * @throws {RangeError} where the image has no such frame
 */
export async function decodeFrame(
  file: DicomFile,
  index: number,
  { reduce = 0, asStored = false }: DecodeOptions = {},
): Promise<NativeFrame> {
  const frames = frameCount(file);
  if (!Number.isInteger(index) || index < 0 || index >= frames) throw new RangeError(`no frame ${index}`);
  const image = imageAttributes(file.dataset);
  const { pixelData } = image;
  if (pixelData.kind === 'fragments') return compressed(file, image, pixelData, index, reduce);
  if (pixelData.kind === 'value') return uncompressed(file, image, pixelData, index, asStored);
  throw new CxrError('BAD_IMAGE_ATTRIBUTES', 'pixel data is a sequence');
}

function uncompressed(
  file: DicomFile,
  image: ImageAttributes,
  element: ValueElement,
  index: number,
  asStored: boolean,
): NativeFrame {
  const { rows, columns, samples, bitsStored, photometric, planar } = image;
  const littleEndian = file.transferSyntax === GE_PRIVATE ? false : file.littleEndian;
  const low = image.highBit === bitsStored - 1 && samples === 1 && image.bitsAllocated === 16;
  if (asStored && low && littleEndian && element.inFile !== undefined && !is422(photometric)) {
    const words = new WordsInFile(element.inFile, index * rows * columns * 2, rows, columns);
    const whole = () => nativeFrame(element, image, littleEndian, index);
    return {
      ...shape(image, rows, columns),
      ...{ photometric, words },
      get data() {
        return whole();
      },
    };
  }
  const stored = nativeFrame(element, image, littleEndian, index);
  let data = asStored && low ? stored : storedValues(stored, image);
  let colour = photometric;
  if (samples === 3 && isUnsigned(data)) {
    if (is422(photometric)) data = expand422(data, rows, columns);
    else if (planar) data = interleave(data);
    if (photometric.startsWith('YBR_FULL')) data = ybrFullToRgb(data, bitsStored);
    else if (photometric.startsWith('YBR_PARTIAL')) data = ybrPartialToRgb(data, bitsStored);
    if (photometric.startsWith('YBR')) colour = 'RGB';
  }
  return { ...shape(image, rows, columns), data, photometric: colour };
}

async function compressed(
  file: DicomFile,
  image: ImageAttributes,
  element: FragmentsElement,
  index: number,
  reduce: number,
): Promise<NativeFrame> {
  const { samples, bitsAllocated, bitsStored, photometric } = image;
  const fragments = frameFragments(file.dataset, element, image.frames)[index] ?? [];
  // Most films are not compressed: a thread does not wait for the codecs to load.
  const { decodeCoded } = await import('./codecs/decode.js');
  const decoded = await decodeCoded(file.transferSyntax, {
    ...{ rows: image.rows, columns: image.columns, samples, bitsAllocated, bitsStored, photometric, reduce },
    bytes: joined(fragments),
  });
  const data = decoded.ycc
    ? ybrFullToRgb(decoded.data, Math.min(decoded.precision, bitsStored))
    : storedValues(decoded.data, codedBits(decoded, image));
  const rgb = decoded.ycc || photometric.startsWith('YBR');
  return { ...shape(image, decoded.rows, decoded.columns), data, photometric: rgb ? 'RGB' : photometric };
}

/**
 * Which bits of a decoded sample count. A bitstream of unsigned samples under a dataset of signed ones (and the other
 * way round) holds the same bits: the dataset says what they mean, the bitstream how many they are (PS3.5 8.2.4).
 */
function codedBits(
  { precision, signed: extended }: DecodedFrame,
  { bitsStored, highBit, signed }: ImageAttributes,
) {
  if (precision >= bitsStored) {
    // RLE keeps samples as allocated, HighBit included; the others hold them from bit 0 on.
    return { bitsStored, highBit: precision > highBit ? highBit : bitsStored - 1, signed };
  }
  const bits = signed && !extended ? precision : bitsStored;
  return { bitsStored: bits, highBit: bits - 1, signed };
}

function shape({ samples, bitsStored, signed }: ImageAttributes, rows: number, columns: number) {
  return { rows, columns, samples, planar: false as const, bitsStored, signed };
}
