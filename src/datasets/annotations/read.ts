import { CxrError } from '../../errors.js';
import { delimiterOf } from '../csv.js';
import { linesOf, peek, utf8 } from '../text.js';
import { cocoRecords, isCoco } from './coco.js';
import { readCsv } from './csv.js';
import { recordsOf } from './json.js';
import type { AnnotationFormat, RawRecord } from './raw.js';
import { recogniseShape } from './recognise.js';

/** Characters of a line of JSON lines. */
const MAX_LINE = 4 * 1024 * 1024;

export interface AnnotationFile {
  readonly format: AnnotationFormat;
  /** In the order of the file; throws what is found wrong with the whole file on the way. */
  readonly records: AsyncIterable<RawRecord>;
}

/**
 * Reads a file of annotations, recognised by its content. CSV and JSON lines stream; a JSON document is held in
 * memory.
 *
 * @param maxJson bytes of a JSON document
 * @throws CxrError NOT_ANNOTATIONS, EMPTY_ANNOTATIONS, NOT_UTF8, BAD_JSON, BAD_CSV, MISSING_COLUMNS, LINE_TOO_LONG,
 * TOO_LARGE
 */
export async function readAnnotations(
  bytes: AsyncIterable<Uint8Array>,
  maxJson: number,
): Promise<AnnotationFile> {
  const [head, all] = await peek(bytes);
  const shape = recogniseShape(head);
  const text = utf8(all);
  switch (shape) {
    case 'csv':
      return readCsv(text, delimiterOf(head));
    case 'json-lines':
      return { format: 'json-lines', records: jsonLines(text) };
    case 'json': {
      const document = parsed(await whole(text, maxJson));
      if (isCoco(document)) return { format: 'coco', records: each(cocoRecords(document)) };
      return { format: 'json', records: each(recordsOf(document)) };
    }
  }
}

async function* jsonLines(text: AsyncIterable<string>): AsyncGenerator<RawRecord> {
  let position = 0;
  for await (const line of linesOf(text, MAX_LINE)) {
    if (line.trim() === '') continue;
    let document: unknown;
    try {
      document = JSON.parse(line);
    } catch {
      document = undefined; // said of the record below: one bad line does not spoil the file
    }
    for (const record of recordsOf(document, position)) {
      position = record.position;
      yield record;
    }
  }
}

async function* each<T>(items: Iterable<T>): AsyncGenerator<T> {
  yield* items;
}

/** The parser's message quotes the text: it goes nowhere. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const nan = /[[:,]\s*-?(NaN|Infinity)\b/.test(text);
    throw new CxrError('BAD_JSON', nan ? 'it holds NaN or Infinity, which JSON does not have' : undefined);
  }
}

async function whole(text: AsyncIterable<string>, limit: number): Promise<string> {
  const pieces: string[] = [];
  let length = 0;
  for await (const piece of text) {
    length += piece.length;
    if (length > limit) throw new CxrError('TOO_LARGE', `a JSON document of more than ${limit} bytes`);
    pieces.push(piece);
  }
  return pieces.join('');
}
