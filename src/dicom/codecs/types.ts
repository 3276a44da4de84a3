/** What a codec gets and gives. */
import { CxrError } from '../../errors.js';

/** One compressed frame and what the dataset says about it. */
export interface CodedFrame {
  readonly bytes: Uint8Array;
  readonly rows: number;
  readonly columns: number;
  readonly samples: 1 | 3;
  readonly bitsAllocated: number;
  readonly bitsStored: number;
  /** Photometric Interpretation of the dataset. */
  readonly photometric: string;
  /** Halvings wanted of rows and columns; a codec that cannot gives the full frame. */
  readonly reduce: number;
}

export interface DecodedFrame {
  readonly rows: number;
  readonly columns: number;
  /** Samples of a pixel side by side, unsigned: the low `precision` bits count. */
  readonly data: Uint8Array | Uint16Array | Uint32Array;
  /** Bits of a sample in the bitstream. */
  readonly precision: number;
  /** True where samples are extended from `precision` bits by their sign. */
  readonly signed: boolean;
  /** The samples are luminance and two colour differences, still to become RGB. */
  readonly ycc: boolean;
}

/** What the bitstream says of itself, to be compared before memory is spent on it. */
export interface Header {
  readonly rows: number;
  readonly columns: number;
  readonly samples: number;
  readonly precision: number;
}

/**
 * @throws {CxrError} BAD_IMAGE_ATTRIBUTES where bitstream and dataset describe different images: the codecs take
 *   their sizes from the bitstream, and limits were checked on the dataset
 */
export function expectSame(header: Header, frame: CodedFrame): void {
  const found = `${header.columns}x${header.rows}x${header.samples}`;
  const stated = `${frame.columns}x${frame.rows}x${frame.samples}`;
  if (found !== stated) throw new CxrError('BAD_IMAGE_ATTRIBUTES', `bitstream ${found}, dataset ${stated}`);
  if (header.precision < 1 || header.precision > 16) {
    throw new CxrError('DECODE_FAILED', `${header.precision} bits a sample`);
  }
}

/** Samples as the codecs give them, in 8 or 16 bits little endian. @throws {CxrError} DECODE_FAILED when too few */
export function samplesOf(bytes: Uint8Array, wide: boolean, count: number): Uint8Array | Uint16Array {
  if (bytes.length < count * (wide ? 2 : 1)) throw new CxrError('DECODE_FAILED', 'fewer samples than pixels');
  if (!wide) return bytes.subarray(0, count);
  const aligned = bytes.byteOffset % 2 === 0 ? bytes : bytes.slice();
  return new Uint16Array(aligned.buffer, aligned.byteOffset, count);
}
