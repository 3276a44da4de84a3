/** The start of a JPEG XL codestream (ISO/IEC 18181-1 annex D: SizeHeader, ImageMetadata), bits from the lowest on. */
import { CxrError } from '../../errors.js';

/**
 * Bits of a sample, which libjxl does not tell.
 *
 * @throws {CxrError} DECODE_FAILED where there is no codestream, or its samples are floating point
 */
export function jxlPrecision(bytes: Uint8Array): number {
  const codestream = codestreamOf(bytes);
  let at = 16;
  const read = (count: number) => {
    let value = 0;
    for (let i = 0; i < count; i++, at++) value += (((codestream[at >> 3] ?? 0) >> (at & 7)) & 1) * 2 ** i;
    return value;
  };
  const size = () => read([9, 13, 18, 30][read(2)] as number);
  const small = read(1) === 1;
  small ? read(5) : size();
  const ratio = read(3);
  if (ratio === 0) small ? read(5) : size();
  const allDefault = read(1) === 1;
  if (allDefault) return 8;
  const extraFields = read(1) === 1;
  if (extraFields) skipExtraFields(read, size);
  if (read(1) === 1) throw new CxrError('DECODE_FAILED', 'floating point JPEG XL');
  return [8, 10, 12][read(2)] ?? 1 + read(6);
}

/** Orientation, intrinsic size and preview. Animations are no frames of DICOM. */
function skipExtraFields(read: (bits: number) => number, size: () => number): void {
  read(3);
  if (read(1) === 1) {
    const small = read(1) === 1;
    small ? read(5) : size();
    if (read(3) === 0) small ? read(5) : size();
  }
  if (read(1) === 1 || read(1) === 1)
    throw new CxrError('DECODE_FAILED', 'JPEG XL with a preview or animation');
}

/** The codestream alone, or in the first `jxlc` or `jxlp` box of a container (ISO/IEC 18181-2). */
function codestreamOf(bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  while (at + 14 <= bytes.length) {
    if (view.getUint16(at) === 0xff0a) return bytes.subarray(at);
    const length = view.getUint32(at);
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    const header = length === 1 ? 16 : 8;
    if (type === 'jxlc') at += header;
    else if (type === 'jxlp') at += header + 4;
    else if (length >= 8) at += length;
    else break;
  }
  throw new CxrError('DECODE_FAILED', 'no JPEG XL codestream');
}
