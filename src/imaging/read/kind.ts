import { looksLikeDicom } from '../../dicom/read.js';

export type ImageKind = 'jpeg' | 'png' | 'tiff' | 'dicom';

const STARTS: readonly (readonly [ImageKind, readonly number[]])[] = [
  ['jpeg', [0xff, 0xd8, 0xff]],
  ['png', [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]],
  // Classic and BigTIFF, little and big endian.
  ['tiff', [0x49, 0x49, 0x2a, 0x00]],
  ['tiff', [0x4d, 0x4d, 0x00, 0x2a]],
  ['tiff', [0x49, 0x49, 0x2b, 0x00]],
  ['tiff', [0x4d, 0x4d, 0x00, 0x2b]],
];

/** What the first bytes (at least 512, or all) say an image is, whatever its name says; undefined for other files. */
export function imageKind(head: Uint8Array): ImageKind | undefined {
  // First DICOM: a preamble may begin as a TIFF does (PS3.10 7.1).
  if (looksLikeDicom(head)) return 'dicom';
  return STARTS.find(([, start]) => start.every((byte, i) => head[i] === byte))?.[0];
}
