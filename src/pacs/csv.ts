import { stringify } from 'csv-stringify/sync';

/** The columns of the exported table, in order (a contract: people read them by name). */
export const TABLE_COLUMNS = [
  'study_id',
  'series_number',
  'instance_id',
  'instance_number',
  'file_path',
  'file_url',
  'report_value',
  'field_created_at',
  'downloaded',
  'local_file_path',
] as const;
export type TableColumn = (typeof TABLE_COLUMNS)[number];
export type TableRow = Readonly<Record<Exclude<TableColumn, 'downloaded'>, string>> & {
  readonly downloaded: boolean;
};

export const ERROR_COLUMNS = ['study_id', 'instance_id', 'code', 'message', 'hint'] as const;
export type ErrorRow = Readonly<Record<(typeof ERROR_COLUMNS)[number], string>>;

/**
 * Lines of a CSV (RFC 4180: CRLF, quotes doubled, UTF-8). A text that a spreadsheet would run as a formula
 * (`=`, `+`, `-`, `@`, tab or carriage return first) begins with an apostrophe.
 *
 * @param header whether the line of column names comes first
 */
export function csvLines(rows: readonly object[], columns: readonly string[], header: boolean): string {
  return stringify([...rows], {
    columns: [...columns],
    header,
    record_delimiter: '\r\n',
    quote_record_delimiter: true,
    // A lone line feed or carriage return must be quoted too.
    quoted_match: /[\r\n]/,
    escape_formulas: true,
    cast: { boolean: (value) => String(value) },
  });
}
