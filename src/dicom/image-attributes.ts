/** The Image Pixel module (PS3.3 C.7.6.3), checked: what it says is what memory is spent on. */
import { CxrError } from '../errors.js';
import type { Dataset, Element, Tag } from './dataset.js';
import { int, text } from './values.js';

const PIXEL_DATA = '7fe00010';
const FLOAT_PIXEL_DATA = '7fe00008';
const DOUBLE_FLOAT_PIXEL_DATA = '7fe00009';

/** Bytes of one decoded frame: with a file of the size limit and a codec's own copies still below 1 GB. */
const MAX_FRAME_BYTES = 256 * 2 ** 20;

export interface ImageAttributes {
  readonly rows: number;
  readonly columns: number;
  readonly samples: 1 | 3;
  readonly bitsAllocated: number;
  readonly bitsStored: number;
  readonly highBit: number;
  readonly signed: boolean;
  /** Samples of one kind follow each other (Planar Configuration 1). */
  readonly planar: boolean;
  readonly photometric: string;
  /** Float Pixel Data or Double Float Pixel Data. */
  readonly float: boolean;
  readonly frames: number;
  readonly pixelData: Element;
}

/**
 * @throws {CxrError} NO_PIXELS; BAD_IMAGE_ATTRIBUTES where attributes are missing or contradict each other;
 *   IMAGE_TOO_LARGE
 */
export function imageAttributes(dataset: Dataset): ImageAttributes {
  const pixelData = [PIXEL_DATA, FLOAT_PIXEL_DATA, DOUBLE_FLOAT_PIXEL_DATA]
    .map((tag) => dataset.get(tag))
    .find((element) => element !== undefined);
  if (pixelData === undefined) throw new CxrError('NO_PIXELS');
  const float = pixelData.tag !== PIXEL_DATA;
  const rows = between(dataset, '00280010', 'Rows', 1, 65535);
  const columns = between(dataset, '00280011', 'Columns', 1, 65535);
  const samples = between(dataset, '00280002', 'SamplesPerPixel', 1, 3, 1);
  if (samples === 2) throw new CxrError('BAD_IMAGE_ATTRIBUTES', 'SamplesPerPixel 2');
  const bitsAllocated = float
    ? ({ [FLOAT_PIXEL_DATA]: 32 }[pixelData.tag] ?? 64)
    : between(dataset, '00280100', 'BitsAllocated', 1, 32);
  const bitsStored = float
    ? bitsAllocated
    : between(dataset, '00280101', 'BitsStored', 1, bitsAllocated, bitsAllocated);
  const highBit = float
    ? bitsAllocated - 1
    : between(dataset, '00280102', 'HighBit', bitsStored - 1, bitsAllocated - 1, bitsStored - 1);
  if (rows * columns * samples * Math.ceil(bitsAllocated / 8) > MAX_FRAME_BYTES) {
    throw new CxrError('IMAGE_TOO_LARGE', `${columns} x ${rows} x ${samples}, ${bitsAllocated} bits`);
  }
  return {
    ...{ rows, columns, bitsAllocated, bitsStored, highBit, float, pixelData },
    samples: samples === 3 ? 3 : 1,
    signed: float || int(dataset, '00280103') === 1,
    planar: samples === 3 && int(dataset, '00280006') === 1,
    photometric: text(dataset, '00280004') ?? (samples === 3 ? 'RGB' : 'MONOCHROME2'),
    frames: between(dataset, '00280008', 'NumberOfFrames', 1, 2 ** 31, 1),
  };
}

/** The numbers are safe to log: they are no header text. */
function between(
  dataset: Dataset,
  tag: Tag,
  keyword: string,
  low: number,
  high: number,
  absent?: number,
): number {
  const value = int(dataset, tag) ?? (dataset.has(tag) ? undefined : absent);
  if (value === undefined || value < low || value > high) {
    throw new CxrError('BAD_IMAGE_ATTRIBUTES', `${keyword} ${value ?? 'missing'}`);
  }
  return value;
}
