/** The main header of a JPEG 2000 codestream (ITU-T T.800 annex A), which HTJ2K shares. */
import { CxrError } from '../../errors.js';
import type { Header } from './types.js';

export interface J2kHeader extends Header {
  readonly signed: boolean;
  /** Wavelet decompositions: how often a frame can be halved. */
  readonly decompositions: number;
  /** Components went through RCT or ICT, which the codec undoes. */
  readonly colourTransform: boolean;
}

const SIZ = 0xff51;
const COD = 0xff52;
const SOT = 0xff90;

/**
 * The codestream alone: some writers put it into a JP2 file, whose boxes are not for DICOM (PS3.5 8.2.4).
 *
 * @throws {CxrError} DECODE_FAILED when there is none
 */
export function codestreamOf(bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  while (at + 8 <= bytes.length) {
    if (view.getUint32(at) === 0xff4fff51) return bytes.subarray(at);
    const length = view.getUint32(at);
    const isCodestream = view.getUint32(at + 4) === 0x6a703263;
    const headerLength = length === 1 ? 16 : 8;
    if (isCodestream) at += headerLength;
    else if (length >= 8) at += length;
    else break;
  }
  throw new CxrError('DECODE_FAILED', 'no JPEG 2000 codestream');
}

/**
 * @throws {CxrError} DECODE_FAILED for what no film is (components of different size or depth), PIXELS_TRUNCATED
 *   where a tile-part is longer than what is left: decoders fill that up without a word
 */
export function j2kHeader(codestream: Uint8Array): J2kHeader {
  const view = new DataView(codestream.buffer, codestream.byteOffset, codestream.byteLength);
  let size: (Header & { signed: boolean }) | undefined;
  let coding: { decompositions: number; colourTransform: boolean } | undefined;
  let at = 2;
  while (at + 4 <= codestream.length) {
    const marker = view.getUint16(at);
    const length = view.getUint16(at + 2);
    if (marker === SOT) {
      if (size === undefined || coding === undefined) break;
      checkTileParts(view, at);
      return { ...size, ...coding };
    }
    if (length < 2 || at + 2 + length > codestream.length) break;
    if (marker === SIZ && length >= 41) size = sizeOf(view, at + 4, length - 2);
    if (marker === COD && length >= 12) {
      coding = { decompositions: view.getUint8(at + 9), colourTransform: view.getUint8(at + 8) === 1 };
    }
    at += 2 + length;
  }
  throw new CxrError('DECODE_FAILED', 'JPEG 2000 main header');
}

/** T.800 A.5.1. */
function sizeOf(view: DataView, at: number, length: number): Header & { signed: boolean } {
  const u32 = (i: number) => view.getUint32(at + i);
  const samples = view.getUint16(at + 34);
  const depth = view.getUint8(at + 36);
  if (36 + 3 * samples > length) throw new CxrError('DECODE_FAILED', 'JPEG 2000 components');
  for (let i = 0; i < samples; i++) {
    const same = view.getUint8(at + 36 + 3 * i) === depth && view.getUint16(at + 37 + 3 * i) === 0x0101;
    if (!same) throw new CxrError('DECODE_FAILED', 'JPEG 2000 components of different size or depth');
  }
  const [columns, rows] = [u32(2) - u32(10), u32(6) - u32(14)];
  // Tiles of a few pixels cost far more than their pixels.
  const tiles = Math.ceil(u32(2) / (u32(18) || 1)) * Math.ceil(u32(6) / (u32(22) || 1));
  if (tiles > 4096) throw new CxrError('DECODE_FAILED', `${tiles} JPEG 2000 tiles`);
  return { columns, rows, samples, precision: (depth & 0x7f) + 1, signed: depth > 0x7f };
}

/** T.800 A.4.2: each tile-part says how long it is; 0 means to the end. */
function checkTileParts(view: DataView, start: number): void {
  let at = start;
  while (at + 12 <= view.byteLength && view.getUint16(at) === SOT) {
    const length = view.getUint32(at + 6);
    if (length === 0) return;
    if (length < 12 || at + length > view.byteLength)
      throw new CxrError('PIXELS_TRUNCATED', 'JPEG 2000 tile-part');
    at += length;
  }
}
