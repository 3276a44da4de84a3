/** How values cross between a process and the owner of the catalog: as JSON, with marks for what JSON lacks. */
export type WireValue =
  | null
  | string
  | boolean
  | number
  /** Date, bytes (base64), number without a JSON form, anything nested */
  | { readonly d: string }
  | { readonly b: string }
  | { readonly n: string }
  | { readonly v: unknown };

export type WireRow = Readonly<Record<string, WireValue>>;

export interface WireRequest {
  readonly do: 'query' | 'begin' | 'commit' | 'rollback';
  /** Of the transaction that `begin` opened; without it a query stands alone. */
  readonly session?: string | undefined;
  readonly sql?: string | undefined;
  readonly params?: readonly WireValue[] | undefined;
}

export interface WireAnswer {
  readonly session?: string | undefined;
  readonly rows?: readonly WireRow[] | undefined;
  readonly affected?: number | undefined;
  readonly error?: { readonly code: string; readonly detail?: string | undefined } | undefined;
}

export const PATH = '/internal/catalog';

export function toWire(value: unknown): WireValue {
  if (value === null || value === undefined) return null;
  if (value instanceof Date) return { d: value.toISOString() };
  if (value instanceof Uint8Array) return { b: Buffer.from(value).toString('base64') };
  if (typeof value === 'number') return Number.isFinite(value) ? value : { n: String(value) };
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'bigint') return String(value);
  return { v: value };
}

export function fromWire(value: WireValue): unknown {
  if (value === null || typeof value !== 'object') return value;
  if ('d' in value) return new Date(value.d);
  if ('b' in value) return Buffer.from(value.b, 'base64');
  if ('n' in value) return Number(value.n);
  return value.v;
}

export function rowToWire(row: Readonly<Record<string, unknown>>): WireRow {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, toWire(value)]));
}

export function rowFromWire(row: WireRow): Record<string, unknown> {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, fromWire(value)]));
}
