/** JPEG decoded small: libjpeg scales by 1/2, 1/4 or 1/8 within the inverse DCT, which leaves most of the work out. */
import { CxrError } from '../../errors.js';
import { sharp } from '../sharp.js';
import type { CodedFrame, DecodedFrame } from './types.js';

/**
 * A grey 8-bit frame with rows and columns halved `frame.reduce` times, rounded up.
 * @throws {CxrError} DECODE_FAILED
 */
export async function decodeSmallJpeg({ bytes, rows, columns, reduce }: CodedFrame): Promise<DecodedFrame> {
  const scale = 2 ** reduce;
  const size = { width: Math.ceil(columns / scale), height: Math.ceil(rows / scale) };
  try {
    const { data, info } = await sharp(bytes, { failOn: 'error' })
      .resize({ ...size, fit: 'fill', kernel: 'linear' })
      .toColourspace('b-w')
      .raw()
      .toBuffer({ resolveWithObject: true });
    return { rows: info.height, columns: info.width, data, precision: 8, signed: false, ycc: false };
  } catch (error) {
    throw new CxrError('DECODE_FAILED', 'JPEG', { cause: error });
  }
}
