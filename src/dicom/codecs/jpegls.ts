/** JPEG-LS, lossless and near-lossless (PS3.5 8.2.3, ITU-T T.87), by CharLS. */
import { interleave } from '../colour.js';
import { type EmbindDecoder, embind } from './embind.js';
import { jpegHeader } from './jpeg-header.js';
import { type CodedFrame, type DecodedFrame, expectSame, samplesOf } from './types.js';

interface JpegLsDecoder extends EmbindDecoder {
  decode(): void;
}

const charls = embind<JpegLsDecoder>('@cornerstonejs/codec-charls/decodewasmjs', 'JpegLSDecoder', 'JPEG-LS');

/** @throws {CxrError} DECODE_FAILED, BAD_IMAGE_ATTRIBUTES */
export async function decodeJpegLs(frame: CodedFrame): Promise<DecodedFrame> {
  const header = jpegHeader(frame.bytes);
  expectSame(header, frame);
  const { rows, columns, samples, precision } = header;
  const bytes = await charls(closed(frame.bytes), (decoder) => {
    decoder.decode();
    return new Uint8Array(decoder.getDecodedBuffer());
  });
  const decoded = samplesOf(bytes, precision > 8, rows * columns * samples);
  // A scan a component (ILV 0) is a plane a component.
  const data = samples === 3 && header.scanComponents === 1 ? interleave(decoded) : decoded;
  return { rows, columns, data, precision, signed: false, ycc: frame.photometric.startsWith('YBR') };
}

/** CharLS reads on behind a bitstream without an end, for half a minute: it gets one (EOI). */
function closed(bytes: Uint8Array): Uint8Array {
  const last = bytes.length - (bytes.at(-1) === 0 ? 2 : 1);
  const ends = bytes[last - 1] === 0xff && bytes[last] === 0xd9;
  return ends ? bytes : Buffer.concat([bytes, Buffer.from([0xff, 0xd9])]);
}
