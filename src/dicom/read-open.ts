/** Reads a DICOM file but for its native pixel data, which stays in the file until somebody asks for it. */
import { isCxrError } from '../errors.js';
import type { ContextDataset } from './context.js';
import type { DicomFile, ValueElement } from './dataset.js';
import { readDicom } from './read.js';

/** A file that is open. */
export interface OpenFile {
  /** Memory of the file's length; only its first `filled` bytes are read yet, what stands behind them is not its own. */
  readonly content: Buffer;
  readonly filled: number;
  /**
   * Fills `target` with what the file holds from byte `from` on.
   * @throws CxrError TRUNCATED where it ends first, UNREADABLE
   */
  read(from: number, target: Uint8Array): void;
}

/** Where a value stands in its file. */
interface Span {
  readonly from: number;
  readonly to: number;
}

const PIXEL_DATA = '7fe00010';
/** The tag in little endian; VR OW and its reserved bytes, in explicit VR. */
const TAG = Buffer.from([0xe0, 0x7f, 0x10, 0x00]);
const OW = Buffer.from('OW\0\0');

/**
 * Parses an open file as `readDicom` does all of its bytes. Little-endian pixel data that reaches past the bytes read so
 * far stays in the file (`ValueElement.inFile`); it is read whole when its `bytes` are asked for.
 *
 * @throws {CxrError} as `readDicom`, and as `OpenFile.read`
 */
export function readOpen(file: OpenFile): DicomFile {
  const span = longPixelData(file);
  const without = span && readAround(file, span);
  if (without !== undefined) return without;
  file.read(file.filled, file.content.subarray(file.filled));
  return readDicom(file.content);
}

/** Where the pixel data probably stands: the bytes of its tag may also be part of something else. */
function longPixelData({ content, filled }: OpenFile): Span | undefined {
  const head = content.subarray(0, filled);
  for (let at = head.indexOf(TAG); at >= 0 && at + 12 <= filled; at = head.indexOf(TAG, at + 1)) {
    const lengthAt = OW.equals(head.subarray(at + 4, at + 8)) ? at + 8 : at + 4;
    const from = lengthAt + 4;
    const to = from + head.readUInt32LE(lengthAt);
    // An icon's pixels are near, a length that leads past the end is not one.
    if (to > filled && to <= content.length) return { from, to };
  }
  return undefined;
}

/**
 * Parses all but a span; undefined unless the span turns out to be exactly the pixel data of the file. If it is, every
 * other element lies before or behind it, and nothing was read from memory that is not filled.
 */
function readAround(file: OpenFile, { from, to }: Span): DicomFile | undefined {
  const { content } = file;
  file.read(to, content.subarray(to));
  const parsed = attempt(() => readDicom(content));
  const element = parsed?.dataset.get(PIXEL_DATA);
  if (parsed === undefined || element?.kind !== 'value') return undefined;
  const { buffer, byteOffset, length } = element.bytes;
  if (buffer !== content.buffer || byteOffset !== content.byteOffset + from || length !== to - from)
    return undefined;
  (parsed.dataset as ContextDataset).set(PIXEL_DATA, left(file, element, from));
  return parsed;
}

/** What is wrong with a file of which a part is missing says nothing about the file. */
function attempt(read: () => DicomFile): DicomFile | undefined {
  try {
    return read();
  } catch (error) {
    if (isCxrError(error)) return undefined;
    throw error;
  }
}

function left(file: OpenFile, { kind, tag, vr, bytes }: ValueElement, from: number): ValueElement {
  let filled = false;
  return {
    ...{ kind, tag, vr },
    inFile: { length: bytes.length, read: (at, target) => file.read(from + at, target) },
    get bytes() {
      if (!filled) file.read(from, bytes);
      filled = true;
      return bytes;
    },
  };
}
