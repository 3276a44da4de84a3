import { type RawBuilder, sql } from 'kysely';

/**
 * Rows as ONE parameter, read with `jsonb_to_recordset(...) as r(column type, ...)`: a batch of a thousand rows
 * is one statement on both engines, and no driver has to agree on how arrays of bytes or JSON are written.
 *
 * Postgres text holds neither NUL nor half a surrogate pair; a header value may. They become U+FFFD.
 */
export function batch(rows: readonly object[]): RawBuilder<unknown> {
  return sql`${json(rows)}::jsonb`;
}

/** JSON text that Postgres accepts as jsonb. */
export function json(value: unknown): string {
  return JSON.stringify(value, (_key, v: unknown) =>
    typeof v === 'string' ? v.replaceAll('\0', '\ufffd').replace(/\p{Surrogate}/gu, '\ufffd') : v,
  );
}

/** A list of texts as one parameter, read with `= any(...)`. */
export function texts(values: readonly string[]): RawBuilder<string[]> {
  return sql<string[]>`array(select jsonb_array_elements_text(${json(values)}::jsonb))`;
}

/** bytea as it travels in a batch; read with `decode(column, 'base64')`. */
export function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}
