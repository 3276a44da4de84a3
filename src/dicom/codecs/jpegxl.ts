/** JPEG XL (PS3.5 8.2.16, ISO/IEC 18181), by libjxl. */
import { CxrError } from '../../errors.js';
import { jxlPrecision } from './jxl-header.js';
import { decodeNative } from './native.js';
import { type CodedFrame, type DecodedFrame, samplesOf } from './types.js';

/** @throws {CxrError} DECODE_FAILED, also where bitstream and dataset describe different images */
export async function decodeJpegXl(frame: CodedFrame): Promise<DecodedFrame> {
  const { rows, columns, samples } = frame;
  const precision = jxlPrecision(frame.bytes);
  if (precision > 16) throw new CxrError('DECODE_FAILED', `${precision} bits a sample`);
  const image = { rows, columns, samples, bitsAllocated: precision <= 8 ? 8 : 16, bitsStored: precision };
  const bytes = await decodeNative('DecodeJpegXl', frame.bytes, image);
  const data = samplesOf(bytes, precision > 8, rows * columns * samples);
  unscale(data, precision);
  return { rows, columns, data, precision, signed: false, ycc: false };
}

/** libjxl spreads samples over all 8 or 16 bits of its output; rounding gives back the integers. */
function unscale(data: Uint8Array | Uint16Array, precision: number): void {
  const full = data.BYTES_PER_ELEMENT === 1 ? 255 : 65535;
  const scale = (2 ** precision - 1) / full;
  if (scale === 1) return;
  for (let i = 0; i < data.length; i++) data[i] = Math.round((data[i] as number) * scale);
}
