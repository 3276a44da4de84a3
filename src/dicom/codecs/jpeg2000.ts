/** JPEG 2000 (PS3.5 8.2.4, ITU-T T.800) by OpenJPEG, HTJ2K (ITU-T T.814) by OpenJPH. */
import { type EmbindDecoder, embind } from './embind.js';
import { codestreamOf, type J2kHeader, j2kHeader } from './j2k-header.js';
import { decodeNative } from './native.js';
import { type CodedFrame, type DecodedFrame, expectSame, samplesOf } from './types.js';

interface J2kDecoder extends EmbindDecoder {
  decode(): void;
  decodeSubResolution(level: number, layer: number): void;
}

const openjpeg = embind<J2kDecoder>('@cornerstonejs/codec-openjpeg/decodewasmjs', 'J2KDecoder', 'JPEG 2000');
const openjph = embind<J2kDecoder>('@cornerstonejs/codec-openjph/wasmjs', 'HTJ2KDecoder', 'HTJ2K');

/** @throws {CxrError} DECODE_FAILED, PIXELS_TRUNCATED, BAD_IMAGE_ATTRIBUTES */
export async function decodeJpeg2000(frame: CodedFrame): Promise<DecodedFrame> {
  const { codestream, header } = open(frame);
  // The build of @cornerstonejs cuts negative samples of 8 bits off at zero.
  if (header.signed && header.precision <= 8) return decodeSignedBytes(codestream, header);
  return decode(codestream, header, frame, openjpeg);
}

/** @throws {CxrError} DECODE_FAILED, PIXELS_TRUNCATED, BAD_IMAGE_ATTRIBUTES */
export async function decodeHtj2k(frame: CodedFrame): Promise<DecodedFrame> {
  const { codestream, header } = open(frame);
  return decode(codestream, header, frame, openjph);
}

function open(frame: CodedFrame) {
  const codestream = codestreamOf(frame.bytes);
  const header = j2kHeader(codestream);
  expectSame(header, frame);
  return { codestream, header };
}

async function decode(
  codestream: Uint8Array,
  header: J2kHeader,
  { reduce, photometric }: CodedFrame,
  run: typeof openjpeg,
): Promise<DecodedFrame> {
  const { samples, precision, signed } = header;
  const level = Math.min(reduce, header.decompositions);
  const bytes = await run(codestream, (decoder) => {
    if (level === 0) decoder.decode();
    else decoder.decodeSubResolution(level, 0);
    return new Uint8Array(decoder.getDecodedBuffer());
  });
  // T.800 B.5: resolution level r has ceil(size / 2^r) samples.
  const rows = Math.ceil(header.rows / 2 ** level);
  const columns = Math.ceil(header.columns / 2 ** level);
  const data = samplesOf(bytes, precision > 8, rows * columns * samples);
  const ycc = samples === 3 && !header.colourTransform && /^YBR_(FULL|PARTIAL)/.test(photometric);
  return { rows, columns, data, precision, signed, ycc };
}

async function decodeSignedBytes(codestream: Uint8Array, header: J2kHeader): Promise<DecodedFrame> {
  const { rows, columns, samples, precision, signed } = header;
  const image = { rows, columns, samples, bitsAllocated: 8, bitsStored: precision };
  const bytes = await decodeNative('DecodeJpeg2000', codestream, image);
  return {
    rows,
    columns,
    data: samplesOf(bytes, false, rows * columns * samples),
    precision,
    signed,
    ycc: false,
  };
}
