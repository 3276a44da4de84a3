/** Which codec decodes which transfer syntax (PS3.5 section 10). */
import { CxrError } from '../../errors.js';
import { decodeJpeg } from './jpeg.js';
import { decodeHtj2k, decodeJpeg2000 } from './jpeg2000.js';
import { decodeJpegLs } from './jpegls.js';
import { decodeJpegXl } from './jpegxl.js';
import { decodeRle } from './rle.js';
import type { CodedFrame, DecodedFrame } from './types.js';

type Codec = (frame: CodedFrame) => DecodedFrame | Promise<DecodedFrame>;

const CODECS: Readonly<Record<string, Codec>> = {
  '1.2.840.10008.1.2.5': decodeRle,
  '1.2.840.10008.1.2.4.50': decodeJpeg,
  '1.2.840.10008.1.2.4.51': decodeJpeg,
  '1.2.840.10008.1.2.4.57': decodeJpeg,
  '1.2.840.10008.1.2.4.70': decodeJpeg,
  '1.2.840.10008.1.2.4.80': decodeJpegLs,
  '1.2.840.10008.1.2.4.81': decodeJpegLs,
  '1.2.840.10008.1.2.4.90': decodeJpeg2000,
  '1.2.840.10008.1.2.4.91': decodeJpeg2000,
  '1.2.840.10008.1.2.4.110': decodeJpegXl,
  '1.2.840.10008.1.2.4.111': decodeJpegXl,
  '1.2.840.10008.1.2.4.112': decodeJpegXl,
  '1.2.840.10008.1.2.4.201': decodeHtj2k,
  '1.2.840.10008.1.2.4.202': decodeHtj2k,
  '1.2.840.10008.1.2.4.203': decodeHtj2k,
};

/** Samples of a compressed frame: the codecs hold them as 32-bit integers twice, with a file below 1 GB. */
const MAX_SAMPLES = 2 ** 25;

/** @throws {CxrError} UNSUPPORTED_TRANSFER_SYNTAX, IMAGE_TOO_LARGE, DECODE_FAILED, PIXELS_TRUNCATED, BAD_IMAGE_ATTRIBUTES */
export async function decodeCoded(transferSyntax: string, frame: CodedFrame): Promise<DecodedFrame> {
  const codec = CODECS[transferSyntax];
  if (codec === undefined) throw new CxrError('UNSUPPORTED_TRANSFER_SYNTAX', registered(transferSyntax));
  if (frame.rows * frame.columns * frame.samples > MAX_SAMPLES) {
    throw new CxrError('IMAGE_TOO_LARGE', `${frame.columns} x ${frame.rows} x ${frame.samples}, compressed`);
  }
  return codec(frame);
}

/** A UID of DICOM itself may be logged, any other text may be anything. */
function registered(uid: string): string {
  return /^1\.2\.840\.10008[.\d]{1,40}$/.test(uid) ? uid : 'private';
}
