/**
 * Table E.1-1 of DICOM PS3.15: what the Basic Application Level Confidentiality Profile does to each attribute, and
 * what its options change. `table-e1-1.json` is the copy; its `source` says of which editions.
 */
import type { Tag } from '../dataset.js';
import { isPrivate } from '../dictionary.js';
import data from './table-e1-1.json' with { type: 'json' };

/** The option columns of the table. */
export const TABLE_OPTIONS = [
  'retainSafePrivate',
  'retainUids',
  'retainDeviceIdentity',
  'retainInstitutionIdentity',
  'retainPatientCharacteristics',
  'retainLongitudinalFullDates',
  'retainLongitudinalModifiedDates',
  'cleanDescriptors',
  'cleanStructuredContent',
  'cleanGraphics',
] as const;
export type TableOption = (typeof TABLE_OPTIONS)[number];

/** X remove, Z empty, D dummy, U map UID; with `/` by attribute type (PS3.15 E.1-1a). */
export const BASIC_ACTIONS = ['X', 'Z', 'D', 'U', 'X/Z', 'X/D', 'X/Z/D', 'Z/D', 'X/Z/U*'] as const;
export type BasicAction = (typeof BASIC_ACTIONS)[number];

export interface TableRow {
  /** Lower case; `50xxxxxx`, `60xx3000` for repeating groups, `private` for all odd groups. */
  readonly tag: string;
  readonly name: string;
  readonly basic: BasicAction;
  /** K keep, C clean. */
  readonly options: Readonly<Partial<Record<TableOption, 'K' | 'C'>>>;
}

export const TABLE_SOURCE: string = data.source;

export const TABLE_ROWS: readonly TableRow[] = data.rows.map((row) => ({
  ...row,
  basic: row.basic as BasicAction,
  options: (row.options ?? {}) as TableRow['options'],
}));

const byTag = new Map(TABLE_ROWS.map((row) => [row.tag, row]));

/** The row that names an attribute, if any. */
export function rowOf(tag: Tag): TableRow | undefined {
  const exact = byTag.get(tag);
  if (exact !== undefined) return exact;
  if (isPrivate(tag)) return byTag.get('private');
  // PS3.5 7.6: curves and overlays repeat in even groups up to 501E and 601E.
  if (tag.startsWith('50')) return byTag.get('50xxxxxx');
  return tag.startsWith('60') ? byTag.get(`60xx${tag.slice(4)}`) : undefined;
}
