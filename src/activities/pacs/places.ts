import { isUid } from '../../dicom/deidentify/values.js';
import { base32 } from '../../privacy/base32.js';
import { keyedHash } from '../../privacy/keyed.js';
import type { Pseudonyms } from '../../privacy/pseudonyms.js';
import type { ObjectStore } from '../../storage/port.js';
import type { PacsRun } from '../api/pacs.js';
import type { Deps } from '../deps.js';

/** Where an export is written: a store, and what stands before every key. */
export interface Destination {
  readonly store: ObjectStore;
  readonly prefix: string;
}

/** A destination below the storage root is a folder of it; any other is a root of its own. */
export function destinationOf(deps: Deps, uri: string): Destination {
  const root = `${deps.config.storage.root.replace(/\/$/, '')}/`;
  if (uri.startsWith(root))
    return { store: deps.objects, prefix: `${uri.slice(root.length).replace(/\/$/, '')}/` };
  return { store: deps.store(uri), prefix: '' };
}

/** The key of a destination in the catalog: under original and under new ids the same file has two names. */
export function destinationKey({ destination, ids }: Pick<PacsRun, 'destination' | 'ids'>): string {
  return ids === 'keep' ? `${destination}#ids=keep` : destination;
}

export const files = {
  dicom: (name: string) => `dicom-files/${name}.dcm`,
  /** Frame from 0; the first has the file's own name. */
  jpeg: (name: string, frame = 0) => `images-jpg/${name}${frame === 0 ? '' : `-${frame + 1}`}.jpg`,
  csv: 'dicom-reports-extracted-sample.csv',
  parquet: 'dicom-reports-extracted-sample.parquet',
  jsonl: 'image-report-pairs.jsonl',
  errors: 'errors.csv',
  readme: 'README-dataset.md',
} as const;

/** Keyed hash of what makes a file of the PACS one: `U` and 26 base32 characters. */
export function unitOf(
  pathKey: Uint8Array,
  database: string,
): (studyId: string, seriesId: string, instanceId: string, filePath: string) => string {
  return (...key) => `U${base32(keyedHash(pathKey, 'pacs-unit', database, ...key), 26)}`;
}

/** An id as it is exported: what is a UID stays one, so that it is that of the de-identified file. */
export function exportedId(
  kind: 'study' | 'instance',
  original: string,
  { ids }: Pick<PacsRun, 'ids'>,
  pseudonyms: Pseudonyms,
): string {
  if (ids === 'keep') return original;
  return isUid(original) ? pseudonyms.uid(original) : pseudonyms.text(`pacs-${kind}`, original);
}

/** A name of a file made of an id, which may hold whatever a database holds. */
export function fileName(id: string, unit: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(id)) return id;
  return `${id.replace(/[^A-Za-z0-9_-]+/g, '_').slice(0, 60)}-${unit.slice(1, 9)}`;
}
