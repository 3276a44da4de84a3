/** RLE Lossless (PS3.5 annex G): PackBits segments, one for each byte of a sample, most significant first. */
import { CxrError } from '../../errors.js';
import type { CodedFrame, DecodedFrame } from './types.js';

const HEADER = 64;

/** @throws {CxrError} DECODE_FAILED, PIXELS_TRUNCATED */
export function decodeRle(frame: CodedFrame): DecodedFrame {
  const { bytes, rows, columns, samples, bitsAllocated } = frame;
  const width = bitsAllocated / 8;
  if (width !== 1 && width !== 2 && width !== 4) {
    throw new CxrError('BAD_IMAGE_ATTRIBUTES', `RLE with ${bitsAllocated} bits allocated`);
  }
  const segments = segmentsOf(bytes, samples * width);
  const pixels = rows * columns;
  const out = new Uint8Array(pixels * samples * width);
  const stride = samples * width;
  for (let s = 0; s < segments.length; s++) {
    const sample = Math.floor(s / width);
    const byte = width - 1 - (s % width);
    unpack(segments[s] as Uint8Array, out, sample * width + byte, stride, pixels);
  }
  const Data = { 1: Uint8Array, 2: Uint16Array, 4: Uint32Array }[width];
  const data = new Data(out.buffer, 0, pixels * samples);
  const ycc = samples === 3 && frame.photometric.startsWith('YBR');
  return { rows, columns, data, precision: bitsAllocated, signed: false, ycc };
}

/** PS3.5 G.5: the number of segments and where each starts. */
function segmentsOf(bytes: Uint8Array, expected: number): readonly Uint8Array[] {
  if (bytes.length < HEADER) throw new CxrError('PIXELS_TRUNCATED', 'RLE header');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = view.getUint32(0, true);
  if (count !== expected)
    throw new CxrError('DECODE_FAILED', `${count} RLE segments where ${expected} belong`);
  const starts = Array.from({ length: count }, (_, i) => view.getUint32(4 + 4 * i, true));
  return starts.map((start, i) => {
    const end = starts[i + 1] ?? bytes.length;
    if (start < HEADER || start > end || end > bytes.length)
      throw new CxrError('DECODE_FAILED', 'RLE segment offsets');
    return bytes.subarray(start, end);
  });
}

/** PS3.5 G.3.2; stops when `count` bytes are written: what is left of a segment is padding. */
function unpack(segment: Uint8Array, out: Uint8Array, from: number, stride: number, count: number): void {
  const end = from + count * stride;
  let o = from;
  let i = 0;
  while (o < end) {
    if (i >= segment.length) throw new CxrError('PIXELS_TRUNCATED', 'RLE segment');
    const control = segment[i++] as number;
    if (control < 128) {
      if (i + control >= segment.length) throw new CxrError('PIXELS_TRUNCATED', 'RLE segment');
      for (let n = control; n >= 0 && o < end; n--, o += stride) out[o] = segment[i++] as number;
    } else if (control > 128) {
      const value = segment[i++] ?? 0;
      for (let n = 256 - control; n >= 0 && o < end; n--, o += stride) out[o] = value;
    }
  }
}
