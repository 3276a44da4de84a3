import type { ColumnType } from 'kysely';

export interface PatientSplitsTable {
  /** Folder that the versions of the dataset share. */
  dataset: string;
  /** Pseudonym of a patient, or of an image: every image is remembered by itself too. */
  patient: string;
  split: string;
  /** The version that decided it. */
  version: string;
  created_at: ColumnType<Date, Date | string | undefined, Date | string>;
}
