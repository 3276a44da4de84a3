import type { ColumnType, Generated } from 'kysely';

type Time = ColumnType<Date, Date | string | undefined, Date | string>;
type Json<T> = ColumnType<T, string, string>;

export interface DatasetVersionsTable {
  version_id: Generated<number>;
  /** Folder of the version. */
  uri: string;
  /** Folder that the versions of this dataset share: it has one current version. */
  root: string;
  dataset: string;
  version: string;
  kind: string;
  source: string | null;
  manifest_hash: string;
  parameters_hash: string;
  inputs_hash: string;
  code_version: string;
  seed: number;
  images: number;
  bytes: number;
  /** Images by class, by split. */
  splits: Json<Readonly<Record<string, Readonly<Record<string, number>>>>>;
  parents: Json<readonly { readonly kind: string; readonly id: string; readonly sha256: string }[]>;
  run_id: string | null;
  /** Null while its patients are being written: the version is not there yet. */
  published_at: ColumnType<Date | null, Date | string | null | undefined, Date | string | null>;
  created_at: Time;
}

export interface VersionPatientsTable {
  patient: string;
  version_id: number;
  split: string;
  images: number;
}

export interface DatasetPointersTable {
  root: string;
  version_id: number;
}

export interface DatasetMovesTable {
  move_id: Generated<number>;
  root: string;
  from_version: string | null;
  to_version: string;
  who: string;
  reason: string;
  at: Time;
}
