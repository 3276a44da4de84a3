import type { Readable } from 'node:stream';
import { type Options, parse } from 'csv-parse';
import { CxrError } from '../errors.js';

/** A row of a table: values by the names of its columns, and where it stood. */
export interface TableRow<Column extends string> {
  /** Line of the file on which the row ends, from 1. */
  readonly line: number;
  /** Trimmed; undefined for optional columns that the table does not have. Undefined row: it is malformed. */
  readonly values: Readonly<Record<Column, string>> | undefined;
}

const DELIMITERS = [',', ';', '\t'];
/** A header longer than this is none. */
const HEADER_BYTES = 64 * 1024;
const LONGEST_ROW = 64 * 1024;

/**
 * Streams a CSV in bounded memory: with or without byte order mark, CRLF or LF, separated by comma, semicolon or
 * tab, whichever the header uses. Columns are found by name, whatever their case and order; others are left out.
 * A row with another number of fields than the header comes without values.
 *
 * @param name of the table, for messages
 * @param optional columns that give '' where the table does not have them
 * @throws CxrError TABLE_INVALID: not text, a missing or doubled column, an unclosed quote
 */
export async function* readTable<Column extends string>(
  stream: Readable,
  name: string,
  required: readonly Column[],
  optional: readonly Column[] = [],
): AsyncGenerator<TableRow<Column>> {
  let places: ReadonlyMap<Column, number> | undefined;
  let width = 0;
  for await (const { record, line } of records(stream, name)) {
    if (places === undefined) {
      places = columnsOf(record, name, required, optional);
      width = record.length;
      continue;
    }
    if (record.length !== width) {
      yield { line, values: undefined };
      continue;
    }
    const values = {} as Record<Column, string>;
    for (const [column, at] of places) values[column] = at < 0 ? '' : (record[at] ?? '').trim();
    yield { line, values };
  }
  if (places === undefined) throw new CxrError('TABLE_INVALID', `${name}: it is empty`);
}

function columnsOf<Column extends string>(
  header: readonly string[],
  name: string,
  required: readonly Column[],
  optional: readonly Column[],
): ReadonlyMap<Column, number> {
  const titles = header.map((title) => title.trim().toLowerCase());
  const missing = required.filter((column) => !titles.includes(column));
  if (missing.length > 0)
    throw new CxrError('TABLE_INVALID', `${name}: no column ${missing.join(', ')} in its first line`);
  const doubled = [...required, ...optional].filter((c) => titles.indexOf(c) !== titles.lastIndexOf(c));
  if (doubled.length > 0) throw new CxrError('TABLE_INVALID', `${name}: two columns ${doubled.join(', ')}`);
  return new Map([...required, ...optional].map((column) => [column, titles.indexOf(column)]));
}

interface ParsedRecord {
  readonly record: readonly string[];
  readonly line: number;
}

async function* records(stream: Readable, name: string): AsyncGenerator<ParsedRecord> {
  const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  const head = await headOf(chunks);
  // UTF-16 is what some spreadsheets call Unicode; a NUL is in no CSV.
  if (head.includes(0)) throw new CxrError('TABLE_INVALID', `${name}: not text in UTF-8`);
  const options: Options = {
    bom: true,
    delimiter: delimiterOf(head),
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: LONGEST_ROW,
    info: true,
  };
  const parser = parse(options);
  const feeding = feed(parser, head, chunks);
  try {
    for await (const { record, info } of parser as AsyncIterable<{
      record: string[];
      info: { lines: number };
    }>)
      yield { record, line: info.lines };
    await feeding;
  } catch (error) {
    const { code, lines } = error as { code?: unknown; lines?: unknown };
    if (typeof code !== 'string' || !code.startsWith('CSV_')) throw error;
    const at = typeof lines === 'number' ? ` at line ${lines}` : '';
    throw new CxrError('TABLE_INVALID', `${name}: ${code.slice(4).toLowerCase().replaceAll('_', ' ')}${at}`);
  } finally {
    parser.destroy();
    stream.destroy();
    await feeding.catch(() => undefined);
  }
}

/** The first line and what came with it. */
async function headOf(chunks: AsyncIterator<Buffer>): Promise<Buffer> {
  let head = Buffer.alloc(0);
  while (head.length < HEADER_BYTES && !head.includes(0x0a)) {
    const { value, done } = await chunks.next();
    if (done) break;
    head = Buffer.concat([head, Buffer.from(value)]);
  }
  return head;
}

async function feed(
  parser: ReturnType<typeof parse>,
  head: Buffer,
  chunks: AsyncIterator<Buffer>,
): Promise<void> {
  try {
    for (let chunk = head; ; ) {
      if (!parser.write(chunk))
        await new Promise((resolve) => parser.once('drain', resolve).once('close', resolve));
      if (parser.destroyed) return;
      const { value, done } = await chunks.next();
      if (done) break;
      chunk = value;
    }
    parser.end();
  } catch (error) {
    parser.destroy(error as Error);
  }
}

/** What separates the fields of the header; names of columns hold none of the three. */
function delimiterOf(head: Buffer): string {
  const line = head.subarray(0, head.includes(0x0a) ? head.indexOf(0x0a) : undefined).toString('utf8');
  const counts = DELIMITERS.map((delimiter) => line.split(delimiter).length);
  return DELIMITERS[counts.indexOf(Math.max(...counts))] as string;
}
