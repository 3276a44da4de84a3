import { CsvError } from 'csv-parse';
import { CxrError } from '../../errors.js';
import { Sensitive } from '../../privacy/sensitive.js';
import { csvRows } from '../csv.js';
import { fold } from './fields.js';
import type { RawFields, RawRecord } from './raw.js';

/** Characters of a row; more is no table. */
const MAX_ROW = 1024 * 1024;

/** The columns of VinDr-CXR. A class has a name, an id, or both. */
const BOX_COLUMNS = ['image_id', 'rad_id', 'x_min', 'y_min', 'x_max', 'y_max'] as const;
const LABEL_COLUMNS = ['image_id', 'label', 'value', 'reader'] as const;

/** Other names that these columns go by. */
const ALSO: Readonly<Record<string, readonly string[]>> = {
  image_id: ['image', 'sop_instance_uid', 'file_name'],
  rad_id: ['reader', 'reader_id', 'radiologist'],
  reader: ['rad_id', 'reader_id', 'radiologist'],
  class_name: ['class', 'label'],
  label: ['class_name'],
  time: ['timestamp', 'read_at', 'date', 'created_at'],
};

export interface CsvTable {
  readonly format: 'boxes-csv' | 'labels-csv';
  readonly records: AsyncIterable<RawRecord>;
}

/**
 * A CSV of boxes or of image labels, told apart by their columns. A column that is missing is named before the first
 * row is read.
 * @throws CxrError MISSING_COLUMNS, BAD_CSV (with the line), LINE_TOO_LONG; while reading, too
 */
export async function readCsv(text: AsyncIterable<string>, delimiter: string): Promise<CsvTable> {
  const rows = rowsOf(text, delimiter);
  const header = await rows.next();
  if (header.done) throw new CxrError('EMPTY_ANNOTATIONS');
  const columns = new Columns(header.value);
  const boxes = ['x_min', 'y_min', 'x_max', 'y_max'].some((name) => columns.has(name));
  const missing = boxes
    ? [
        ...missingOf(columns, BOX_COLUMNS),
        ...(columns.has('class_name') || columns.has('class_id') ? [] : ['class_name']),
      ]
    : missingOf(columns, LABEL_COLUMNS);
  if (missing.length > 0)
    throw new CxrError(
      'MISSING_COLUMNS',
      `${missing.join(', ')} (of a CSV of ${boxes ? 'boxes' : 'labels'})`,
    );
  const twice = [...BOX_COLUMNS, ...LABEL_COLUMNS, 'class_name', 'class_id'].find((name) =>
    columns.isTwice(name),
  );
  // Which of the two is meant would be a guess, about a patient.
  if (twice !== undefined) throw new CxrError('BAD_CSV', `the column ${twice} is there twice`);
  const decimalComma = delimiter === ';';
  return boxes
    ? { format: 'boxes-csv', records: records(rows, columns, (row) => boxFields(row, decimalComma)) }
    : { format: 'labels-csv', records: records(rows, columns, labelFields) };
}

/** A field of a row by the name of its column. */
type Row = (column: string) => string | undefined;

async function* records(
  rows: AsyncIterable<readonly string[]>,
  columns: Columns,
  fieldsOf: (row: Row) => RawFields,
): AsyncGenerator<RawRecord> {
  let position = 0;
  for await (const row of rows) {
    position += 1;
    const broken =
      row.length === columns.count ? undefined : `${row.length} fields where the header has ${columns.count}`;
    yield { position, broken, fields: new Sensitive(fieldsOf((column) => columns.of(row, column))) };
  }
}

function boxFields(row: Row, decimalComma: boolean): RawFields {
  const number = (column: string) =>
    decimalComma ? row(column)?.replace(/^(-?\d+),(\d+)$/, '$1.$2') : row(column);
  const corners = [number('x_min'), number('y_min'), number('x_max'), number('y_max')] as const;
  return {
    ...{ kind: 'box', image: row('image_id'), reader: row('rad_id'), time: row('time'), frame: row('frame') },
    ...{ className: row('class_name'), classId: row('class_id'), width: row('width'), height: row('height') },
    box: corners.every((corner) => corner === undefined) ? undefined : [...corners],
  };
}

function labelFields(row: Row): RawFields {
  return {
    ...{
      kind: 'label',
      image: row('image_id'),
      reader: row('reader'),
      time: row('time'),
      frame: row('frame'),
    },
    ...{ className: row('label'), value: row('value') ?? null },
  };
}

function missingOf(columns: Columns, names: readonly string[]): readonly string[] {
  return names.filter((name) => !columns.has(name));
}

/** Where each column stands. A blank field reads as undefined. */
class Columns {
  readonly #names: readonly string[];
  readonly #at: ReadonlyMap<string, number>;
  readonly #found = new Map<string, number | undefined>();
  readonly count: number;

  constructor(header: readonly string[]) {
    this.count = header.length;
    this.#names = header.map(fold);
    this.#at = new Map(this.#names.map((name, i) => [name, i] as const).reverse());
  }

  isTwice(column: string): boolean {
    return this.#names.indexOf(fold(column)) !== this.#names.lastIndexOf(fold(column));
  }

  has(column: string): boolean {
    return this.#index(column) !== undefined;
  }

  of(row: readonly string[], column: string): string | undefined {
    const at = this.#index(column);
    return (at === undefined ? undefined : row[at]) || undefined;
  }

  /** Looked up once a column, not once a row. */
  #index(column: string): number | undefined {
    if (!this.#found.has(column)) {
      const places = [column, ...(ALSO[column] ?? [])].map((name) => this.#at.get(fold(name)));
      this.#found.set(
        column,
        places.find((at) => at !== undefined),
      );
    }
    return this.#found.get(column);
  }
}

/** @throws CxrError BAD_CSV (with the line), LINE_TOO_LONG */
async function* rowsOf(text: AsyncIterable<string>, delimiter: string): AsyncGenerator<readonly string[]> {
  try {
    for await (const { fields } of csvRows(text, delimiter, MAX_ROW)) yield fields;
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    if (error.code === 'CSV_MAX_RECORD_SIZE')
      throw new CxrError('LINE_TOO_LONG', `more than ${MAX_ROW} characters`);
    const { lines } = error as unknown as { lines?: unknown };
    throw new CxrError('BAD_CSV', typeof lines === 'number' ? `near line ${lines}` : undefined);
  }
}
