/** How both engines read a value's text, by its type's OID (pg_type.dat of PostgreSQL). */
export const PARSERS: Readonly<Record<number, (text: string) => unknown>> = {
  /** bytea, in hex output */
  17: (text) => Buffer.from(text.slice(2), 'hex'),
  /** int8: counts and sizes, all far below 2^53 */
  20: Number,
  /** date: a day has no time zone, so it stays text */
  1082: (text) => text,
  /** timestamptz, ISO output in UTC */
  1184: (text) => new Date(text),
  /** numeric: what sum(int8) gives */
  1700: Number,
};
