/** The columns that a query must return, in any order. */
export const COLUMNS = [
  'study_id',
  'series_id',
  'series_number',
  'instance_id',
  'instance_number',
  'file_path',
  'file_url',
  'report_value',
  'field_created_at',
] as const;
export type Column = (typeof COLUMNS)[number];

/** A row as Postgres writes its values (ISO dates, UTC). All of it may name a patient: it is sealed before it rests. */
export type PacsRow = Readonly<Record<Column, string | null>> & {
  /** Any other column: identifiers to remove from the report, by column name. */
  readonly others: Readonly<Record<string, string | null>>;
};

/** The needed columns that are not among these. */
export function missingColumns(names: readonly string[]): readonly Column[] {
  return COLUMNS.filter((column) => !names.includes(column));
}

export function toRow(values: Readonly<Record<string, string | null>>): PacsRow {
  const row = Object.fromEntries(COLUMNS.map((column) => [column, values[column] ?? null]));
  const others = Object.fromEntries(
    Object.entries(values).filter(
      ([name]) => !(COLUMNS as readonly string[]).includes(name) && !name.startsWith('cxr_'),
    ),
  );
  return { ...(row as Record<Column, string | null>), others };
}
