import type { Readable } from 'node:stream';
import { CsvError } from 'csv-parse';
import { CxrError, isCxrError } from '../errors.js';
import { type CsvRow, csvRows, delimiterOf } from './csv.js';
import { peek, utf8 } from './text.js';

/** A row of a table: values by the names of its columns, and where it stood. */
export interface TableRow<Column extends string> {
  /** Line of the file on which the row ends, from 1. */
  readonly line: number;
  /** Trimmed; undefined for optional columns that the table does not have. Undefined row: it is malformed. */
  readonly values: Readonly<Record<Column, string>> | undefined;
}

/** Characters. */
const LONGEST_ROW = 64 * 1024;

/**
 * Streams a CSV in bounded memory: with or without byte order mark, CRLF or LF, separated by comma, semicolon or
 * tab, whichever the header uses. Columns are found by name, whatever their case and order; others are left out.
 * A row with another number of fields than the header comes without values.
 *
 * @param name of the table, for messages
 * @param optional columns that give '' where the table does not have them
 * @throws CxrError TABLE_INVALID: not text in UTF-8, a missing or doubled column, an unclosed quote
 */
export async function* readTable<Column extends string>(
  stream: Readable,
  name: string,
  required: readonly Column[],
  optional: readonly Column[] = [],
): AsyncGenerator<TableRow<Column>> {
  let places: ReadonlyMap<Column, number> | undefined;
  let width = 0;
  for await (const { fields: record, line } of rowsOf(stream, name)) {
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
    for (const [column, at] of places) values[column] = at < 0 ? '' : (record[at] ?? '');
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

/** @throws CxrError TABLE_INVALID */
async function* rowsOf(stream: Readable, name: string): AsyncGenerator<CsvRow> {
  const [head, bytes] = await peek(stream);
  try {
    // UTF-16 is what some spreadsheets call Unicode; a NUL is in no CSV.
    if (head.includes(0)) throw new CxrError('NOT_UTF8');
    yield* csvRows(utf8(bytes), delimiterOf(head), LONGEST_ROW);
  } catch (error) {
    if (isCxrError(error) && error.code === 'NOT_UTF8')
      throw new CxrError('TABLE_INVALID', `${name}: not text in UTF-8`);
    if (!(error instanceof CsvError)) throw error;
    const { lines } = error as unknown as { lines?: unknown };
    const at = typeof lines === 'number' ? ` at line ${lines}` : '';
    const what = error.code.slice('CSV_'.length).toLowerCase().replaceAll('_', ' ');
    throw new CxrError('TABLE_INVALID', `${name}: ${what}${at}`);
  } finally {
    stream.destroy();
  }
}
