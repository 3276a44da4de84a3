import sharp, { type Sharp } from 'sharp';
import { jpegHeader } from '../../dicom/codecs/jpeg-header.js';
import { CxrError } from '../../errors.js';
import type { Size } from '../steps/picture.js';
import { resampleGrey } from './jpeg/resample-grey.js';
import type { ImageKind } from './kind.js';
import type { ReadImage, ReadOptions } from './read-image.js';
import { smallJpeg } from './small-jpeg.js';

// One image a thread of the pool, and no cache of pictures that never come again.
sharp.concurrency(1);
sharp.cache(false);

type PictureKind = Exclude<ImageKind, 'dicom'>;

/** JPEG, PNG or TIFF. Damaged and truncated files fail; what libraries only warn of (stray bytes) does not. */
export async function decodePicture(
  bytes: Uint8Array,
  kind: PictureKind,
  { maxPixels, wanted, memory }: ReadOptions & { readonly maxPixels: number },
): Promise<ReadImage> {
  try {
    const open = () => sharp(bytes, { failOn: 'error', limitInputPixels: false, ignoreIcc: true });
    const { full, grey, bits } = kind === 'jpeg' ? jpegFacts(bytes) : await facts(open(), kind);
    if (full.width * full.height > maxPixels)
      throw new CxrError('IMAGE_TOO_LARGE', `${full.width} x ${full.height}`);
    const to = kind === 'jpeg' ? wanted?.(full) : undefined;
    const grey32 = to && grey ? resampleGrey(bytes, to.size, to.filter, memory) : undefined;
    if (to && grey32) return { ...to.size, channels: 1, data: grey32, maxValue: 255, kind, bits, full };
    const small = to && smallJpeg(full, to);
    const { data, info } = await raw(small === undefined ? open() : open().resize(small), grey, bits);
    return {
      width: info.width,
      height: info.height,
      channels: info.channels === 1 ? 1 : 3,
      data: bits === 8 ? data : new Uint16Array(data.buffer, data.byteOffset, data.length / 2),
      maxValue: bits === 8 ? 255 : 65_535,
      kind,
      bits,
      full,
    };
  } catch (error) {
    if (error instanceof CxrError) throw error;
    throw new CxrError('DECODE_FAILED', kind.toUpperCase(), { cause: error });
  }
}

interface Facts {
  readonly full: Size;
  readonly grey: boolean;
  readonly bits: 8 | 16;
}

function jpegFacts(bytes: Uint8Array): Facts {
  const { columns, rows, samples, precision } = jpegHeader(bytes);
  if (precision !== 8) throw new CxrError('DECODE_FAILED', `JPEG of ${precision} bits`);
  return { full: { width: columns, height: rows }, grey: samples === 1, bits: 8 };
}

/** @throws CxrError DECODE_FAILED where samples are signed or fractions: what white is, they do not say. */
async function facts(image: Sharp, kind: PictureKind): Promise<Facts> {
  const { width, height, depth, space } = await image.metadata();
  if (depth !== 'uchar' && depth !== 'ushort')
    throw new CxrError('DECODE_FAILED', `${kind.toUpperCase()} with samples of the type ${depth}`);
  const grey = space === 'b-w' || space === 'grey16';
  return { full: { width, height }, grey, bits: depth === 'uchar' ? 8 : 16 };
}

function raw(image: Sharp, grey: boolean, bits: 8 | 16) {
  if (grey) image.removeAlpha().toColourspace(bits === 8 ? 'b-w' : 'grey16');
  else image.removeAlpha().toColourspace(bits === 8 ? 'srgb' : 'rgb16');
  return image.raw({ depth: bits === 8 ? 'uchar' : 'ushort' }).toBuffer({ resolveWithObject: true });
}
