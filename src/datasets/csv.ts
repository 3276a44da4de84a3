import { Readable } from 'node:stream';
import { parse } from 'csv-parse';

export interface CsvRow {
  /** Trimmed, as many as there are. */
  readonly fields: readonly string[];
  /** Line of the file on which the row ends, from 1. */
  readonly line: number;
}

/**
 * Rows of a CSV in bounded memory, ended by LF, CRLF or CR; empty lines are none.
 *
 * @param longest characters of a row
 * @throws CsvError of csv-parse, and what the text throws
 */
export async function* csvRows(
  text: AsyncIterable<string>,
  delimiter: string,
  longest: number,
): AsyncGenerator<CsvRow> {
  const source = Readable.from(text, { objectMode: false });
  const parser = parse({
    ...{ delimiter, trim: true, skip_empty_lines: true, relax_column_count: true, max_record_size: longest },
    record_delimiter: ['\r\n', '\n', '\r'],
    info: true,
  });
  source.on('error', (error) => parser.destroy(error));
  try {
    for await (const { record, info } of source.pipe(parser) as AsyncIterable<{
      readonly record: string[];
      readonly info: { readonly lines: number };
    }>)
      yield { fields: record, line: info.lines };
  } finally {
    source.destroy();
    parser.destroy();
  }
}

/** Of the characters that people separate fields with, the one that the first line of a file has most of. */
export function delimiterOf(head: Uint8Array): string {
  const [header = ''] = new TextDecoder('utf-8')
    .decode(head)
    .trimStart()
    .split(/\r\n|\n|\r/, 1);
  const count = (character: string) => header.split(character).length;
  return [',', ';', '\t'].reduce((best, next) => (count(next) > count(best) ? next : best));
}
