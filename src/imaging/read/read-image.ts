import { CxrError } from '../../errors.js';
import type { Memory } from '../steps/memory.js';
import type { Decoded, Size } from '../steps/picture.js';
import { type ImageKind, imageKind } from './kind.js';
import { decodePicture } from './picture-file.js';
import type { Wanted } from './small-jpeg.js';

export interface ReadOptions {
  /** At most so many bytes of file, and so many pixels. */
  readonly maxBytes?: number;
  readonly maxPixels?: number;
  /** What the picture is resampled to at once: a JPEG much larger is decoded to that size (`wantedSize`). */
  readonly wanted?: ((full: Size) => Wanted) | undefined;
  /** For the picture, where it is resampled at once. */
  readonly memory?: Memory | undefined;
}

export interface ReadImage extends Decoded {
  readonly kind: ImageKind;
  /** Of a sample in the file: 8 or 16; of DICOM, BitsStored. */
  readonly bits: number;
  /** Of the file; the decoded image may be smaller. */
  readonly full: Size;
}

/** 8,192 x 8,192: larger than any film, and 400 MB of 16-bit colour. */
const LIMITS = { maxBytes: 512 * 2 ** 20, maxPixels: 2 ** 26 };

/**
 * Decodes JPEG, PNG, TIFF (the first page) or DICOM (the first frame, as the display pipeline shows it, 8 bits),
 * recognised by content. Grey stays grey, all other colours become RGB; alpha is dropped; colour profiles and
 * orientation tags are not applied, as in Pillow and TensorFlow.
 *
 * @throws CxrError NOT_AN_IMAGE, TOO_LARGE, IMAGE_TOO_LARGE, DECODE_FAILED, and of DICOM those of `readDicom`,
 *   `decodeFrame` and `renderFrame`; all of kind `file`
 */
export async function readImage(bytes: Uint8Array, options: ReadOptions = {}): Promise<ReadImage> {
  const limits = { ...LIMITS, ...options };
  if (bytes.length > limits.maxBytes) throw new CxrError('TOO_LARGE', `${bytes.length} bytes`);
  const kind = imageKind(bytes);
  if (kind === undefined) throw new CxrError('NOT_AN_IMAGE', `${bytes.length} bytes`);
  // Reading DICOM loads a dictionary and decoders that most datasets do without.
  if (kind === 'dicom') return (await import('./dicom-file.js')).decodeDicom(bytes, limits.maxPixels);
  return decodePicture(bytes, kind, limits);
}
