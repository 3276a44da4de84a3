import { createHash } from 'node:crypto';

/** A value as JSON can hold it. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/**
 * JSON text that depends on the value alone: keys sorted by code unit, at every depth. Numbers as ECMAScript writes
 * them, as RFC 8785 has it.
 *
 * @param indent spaces a level; none: one line
 */
export function canonicalJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, sorted, indent);
}

export function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

function sorted(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}
