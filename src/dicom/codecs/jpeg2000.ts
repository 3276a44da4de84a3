/** JPEG 2000 (PS3.5 8.2.4, ITU-T T.800) by OpenJPEG, HTJ2K (ITU-T T.814) by OpenJPH. */
import { type EmbindDecoder, embind } from './embind.js';
import { codestreamOf, j2kHeader } from './j2k-header.js';
import { type CodedFrame, type DecodedFrame, expectSame, samplesOf } from './types.js';

interface J2kDecoder extends EmbindDecoder {
  decode(): void;
  decodeSubResolution(level: number, layer: number): void;
}

const openjpeg = embind<J2kDecoder>('@cornerstonejs/codec-openjpeg/decodewasmjs', 'J2KDecoder', 'JPEG 2000');
const openjph = embind<J2kDecoder>('@cornerstonejs/codec-openjph/wasmjs', 'HTJ2KDecoder', 'HTJ2K');

/** @throws {CxrError} DECODE_FAILED, PIXELS_TRUNCATED, BAD_IMAGE_ATTRIBUTES */
export const decodeJpeg2000 = (frame: CodedFrame) =>
  decode(frame, (codestream, use) => openjpeg(codestream, use));

/** @throws {CxrError} DECODE_FAILED, PIXELS_TRUNCATED, BAD_IMAGE_ATTRIBUTES */
export const decodeHtj2k = (frame: CodedFrame) =>
  decode(frame, (codestream, use) => openjph(codestream, use));

async function decode(frame: CodedFrame, run: typeof openjpeg): Promise<DecodedFrame> {
  const codestream = codestreamOf(frame.bytes);
  const header = j2kHeader(codestream);
  expectSame(header, frame);
  const { samples, precision, signed } = header;
  const level = Math.min(frame.reduce, header.decompositions);
  const bytes = await run(codestream, (decoder) => {
    if (level === 0) decoder.decode();
    else decoder.decodeSubResolution(level, 0);
    return decoder.getDecodedBuffer().slice();
  });
  // T.800 B.5: resolution level r has ceil(size / 2^r) samples.
  const rows = Math.ceil(header.rows / 2 ** level);
  const columns = Math.ceil(header.columns / 2 ** level);
  const data = samplesOf(bytes, precision > 8, rows * columns * samples);
  const ycc = !header.colourTransform && /^YBR_(FULL|PARTIAL)/.test(frame.photometric);
  return { rows, columns, data, precision, signed, ycc };
}
