import sharp, { type Metadata, type Sharp } from 'sharp';
import { CxrError } from '../../errors.js';
import type { Size } from '../steps/picture.js';
import type { ImageKind } from './kind.js';
import type { ReadImage } from './read-image.js';
import { smallerSize } from './smaller.js';

// One image a thread of the pool, and no cache of pictures that never come again.
sharp.concurrency(1);
sharp.cache(false);

/** JPEG, PNG or TIFF. Damaged and truncated files fail; what libraries only warn of (stray bytes) does not. */
export async function decodePicture(
  bytes: Uint8Array,
  kind: Exclude<ImageKind, 'dicom'>,
  maxPixels: number,
  wanted: ((full: Size) => Size) | undefined,
): Promise<ReadImage> {
  try {
    const image = sharp(bytes, { failOn: 'error', limitInputPixels: maxPixels, ignoreIcc: true });
    const metadata = await image.metadata();
    const { width, height } = metadata;
    const full = { width, height };
    const bits = depthOf(metadata, kind);
    const size = kind === 'jpeg' && wanted !== undefined ? smallerSize(full, wanted(full)) : undefined;
    const small = size === undefined ? image : image.resize({ ...size, fit: 'fill', kernel: 'cubic' });
    const grey = metadata.space === 'b-w' || metadata.space === 'grey16';
    const { data, info } = await raw(small, grey, bits);
    const channels = info.channels === 1 ? 1 : 3;
    const samples =
      bits === 8
        ? data
        : new Uint16Array(data.buffer, data.byteOffset, data.length / Uint16Array.BYTES_PER_ELEMENT);
    return {
      ...{ width: info.width, height: info.height, channels, data: samples },
      ...{ maxValue: bits === 8 ? 255 : 65_535, kind, bits, full },
    };
  } catch (error) {
    if (error instanceof CxrError) throw error;
    const large = error instanceof Error && /exceeds pixel limit/.test(error.message);
    throw new CxrError(large ? 'IMAGE_TOO_LARGE' : 'DECODE_FAILED', kind.toUpperCase(), { cause: error });
  }
}

function raw(image: Sharp, grey: boolean, bits: 8 | 16) {
  if (grey) image.removeAlpha().toColourspace(bits === 8 ? 'b-w' : 'grey16');
  else image.removeAlpha().toColourspace(bits === 8 ? 'srgb' : 'rgb16');
  return image.raw({ depth: bits === 8 ? 'uchar' : 'ushort' }).toBuffer({ resolveWithObject: true });
}

/** @throws CxrError DECODE_FAILED where samples are signed or fractions: what white is, they do not say. */
function depthOf({ depth }: Metadata, kind: ImageKind): 8 | 16 {
  if (depth === 'uchar') return 8;
  if (depth === 'ushort') return 16;
  throw new CxrError('DECODE_FAILED', `${kind.toUpperCase()} with samples of the type ${depth}`);
}
