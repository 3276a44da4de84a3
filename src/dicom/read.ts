/**
 * Reads a DICOM file into datasets (PS3.5 section 7, PS3.10 section 7). Values are views of the file's bytes,
 * nothing is copied; every byte is looked at a bounded number of times, and limits stop hostile files early.
 */
import { inflateRawSync } from 'node:zlib';
import { CxrError, isCxrError } from '../errors.js';
import type { Dataset, DicomFile, Tag } from './dataset.js';
import { ascii, ElementReader, transferSyntaxOf } from './element-reader.js';
import { guessEncoding, isDatasetStart } from './recognise.js';
import {
  DEFLATED,
  type Encoding,
  EXPLICIT_BIG,
  EXPLICIT_LITTLE,
  encodingOf,
  IMPLICIT_LITTLE,
} from './transfer-syntax.js';

export interface ReadLimits {
  /** Bytes of the file. */
  readonly maxBytes: number;
  /** Bytes of a deflated dataset once inflated. */
  readonly maxInflatedBytes: number;
  /** Sequences within sequences. */
  readonly maxDepth: number;
  /** Elements, items and fragments of the whole file. */
  readonly maxElements: number;
}

/** Together they hold reading to less than 1 GB of memory: the bytes once, about 400 bytes an element. */
export const READ_LIMITS: ReadLimits = {
  maxBytes: 512 * 2 ** 20,
  maxInflatedBytes: 256 * 2 ** 20,
  maxDepth: 64,
  maxElements: 500_000,
};

const PREAMBLE = 128;

/**
 * Parse a DICOM file, with or without preamble and file meta information, in any transfer syntax.
 *
 * @throws {CxrError} NOT_DICOM, TRUNCATED, MALFORMED, TOO_LARGE, INFLATES_TOO_LARGE, TOO_DEEP, TOO_MANY_ELEMENTS
 */
export function readDicom(bytes: Uint8Array, limits: Partial<ReadLimits> = {}): DicomFile {
  const bounds = { ...READ_LIMITS, ...limits };
  if (bytes.length > bounds.maxBytes) throw new CxrError('TOO_LARGE', `${bytes.length} bytes`);
  const start = metaStart(bytes);
  if (start === undefined) throw new CxrError('NOT_DICOM', `${bytes.length} bytes`);

  const reader = new ElementReader(bytes, start, { littleEndian: true, explicitVR: true }, bounds);
  const meta = reader.meta();
  const named = transferSyntaxOf(meta);
  let position = reader.position;
  let content = bytes;
  if (named === DEFLATED) {
    content = inflate(bytes.subarray(position), bounds);
    position = 0;
  }
  // What stands there wins over what the meta information says, as in every reader in use.
  const encoding = guessEncoding(content, position, named === undefined ? undefined : encodingOf(named));
  const dataset = new ElementReader(content, position, encoding, bounds, reader.elements).topLevel();
  return {
    meta,
    dataset,
    transferSyntax: named ?? syntaxOf(encoding),
    ...encoding,
    byteLength: bytes.length,
  };
}

/**
 * The elements of a file before `tag`, from its first bytes: enough to know whose image it is without reading its
 * pixels. Undefined where these bytes do not tell: it is not DICOM, they end too early, or the dataset is deflated.
 */
export function readBeginning(bytes: Uint8Array, tag: Tag): Dataset | undefined {
  const start = metaStart(bytes);
  if (start === undefined) return undefined;
  try {
    const reader = new ElementReader(bytes, start, { littleEndian: true, explicitVR: true }, READ_LIMITS);
    const named = transferSyntaxOf(reader.meta());
    if (named === DEFLATED) return undefined;
    const { position, elements } = reader;
    const encoding = guessEncoding(bytes, position, named === undefined ? undefined : encodingOf(named));
    return new ElementReader(bytes, position, encoding, READ_LIMITS, elements).before(tag);
  } catch (error) {
    if (isCxrError(error) && error.kind === 'file') return undefined;
    throw error;
  }
}

/**
 * Whether a file may be DICOM, from its first bytes (512 or more, or the whole file): the `DICM` prefix, or the
 * start of a dataset without preamble. Never looks at the name.
 */
export function looksLikeDicom(head: Uint8Array): boolean {
  return metaStart(head) !== undefined;
}

function metaStart(bytes: Uint8Array): number | undefined {
  if (bytes.length >= PREAMBLE + 4 && ascii(bytes, PREAMBLE, 4) === 'DICM') return PREAMBLE + 4;
  return isDatasetStart(bytes) ? 0 : undefined;
}

function syntaxOf({ littleEndian, explicitVR }: Encoding): string {
  if (!explicitVR) return IMPLICIT_LITTLE;
  return littleEndian ? EXPLICIT_LITTLE : EXPLICIT_BIG;
}

/** PS3.5 A.5: the dataset after the meta information is one raw deflate stream. */
function inflate(deflated: Uint8Array, { maxInflatedBytes }: ReadLimits): Uint8Array {
  if (deflated.length > maxInflatedBytes)
    throw new CxrError('INFLATES_TOO_LARGE', `over ${maxInflatedBytes} bytes`);
  try {
    return inflateRawSync(deflated, { maxOutputLength: maxInflatedBytes });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ERR_BUFFER_TOO_LARGE')
      throw new CxrError('INFLATES_TOO_LARGE', `over ${maxInflatedBytes} bytes`);
    throw new CxrError(code === 'Z_BUF_ERROR' ? 'TRUNCATED' : 'MALFORMED', 'deflated dataset');
  }
}
