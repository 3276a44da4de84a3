/** The marker segments of JPEG (ITU-T T.81 B.1) and JPEG-LS (ITU-T T.87 C.1) before the first scan. */
import { CxrError } from '../../errors.js';
import type { Header } from './types.js';

export interface JpegHeader extends Header {
  /** Start of frame marker without 0xFF: C0 baseline, C1 extended, C2 progressive, C3 lossless, F7 JPEG-LS. */
  readonly process: number;
  readonly componentIds: readonly number[];
  readonly jfif: boolean;
  /** Colour transform of an Adobe APP14 segment: 0 none, 1 YCbCr. */
  readonly adobeTransform: number | undefined;
  /** Components of the first scan: 1 of 3 means that they follow each other. */
  readonly scanComponents: number;
}

const SOS = 0xda;
const APP0 = 0xe0;
const APP14 = 0xee;
/** C4, C8 and CC are tables and reserved, the rest of Cx are frames; F7 is JPEG-LS. */
const isFrame = (marker: number) =>
  marker === 0xf7 || (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker));

/** @throws {CxrError} DECODE_FAILED when there is no frame header before the first scan */
export function jpegHeader(bytes: Uint8Array): JpegHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 4 || view.getUint16(0) !== 0xffd8)
    throw new CxrError('DECODE_FAILED', 'no JPEG bitstream');
  let frame: Header & { process: number; componentIds: readonly number[] } = {
    ...{ rows: 0, columns: 0, samples: 0, precision: 0, process: 0, componentIds: [] },
  };
  let jfif = false;
  let adobeTransform: number | undefined;
  let at = 2;
  while (at + 4 <= bytes.length) {
    if (bytes[at] !== 0xff) break;
    const marker = bytes[at + 1] ?? 0;
    if (marker === 0xff) {
      at++;
      continue;
    }
    const length = view.getUint16(at + 2);
    const data = bytes.subarray(at + 4, at + 2 + length);
    if (isFrame(marker)) frame = frameHeader(marker, data);
    else if (marker === APP0) jfif = latin1(data, 4) === 'JFIF';
    else if (marker === APP14 && latin1(data, 5) === 'Adobe') adobeTransform = data[11];
    else if (marker === SOS && frame.process !== 0) {
      return { ...frame, jfif, adobeTransform, scanComponents: data[0] ?? 0 };
    }
    at += 2 + Math.max(2, length);
  }
  throw new CxrError('DECODE_FAILED', 'no scan in the JPEG bitstream');
}

function frameHeader(process: number, data: Uint8Array) {
  const byte = (i: number) => data[i] ?? 0;
  const samples = byte(5);
  return {
    process,
    precision: byte(0),
    rows: byte(1) * 256 + byte(2),
    columns: byte(3) * 256 + byte(4),
    samples,
    componentIds: Array.from({ length: samples }, (_, i) => byte(6 + 3 * i)),
  };
}

function latin1(data: Uint8Array, length: number): string {
  return String.fromCharCode(...data.subarray(0, length));
}
