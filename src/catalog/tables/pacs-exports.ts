import type { ColumnType } from 'kysely';

type Time = ColumnType<Date, Date | string | undefined, Date | string>;

/** A file of a PACS below a destination; `placed` has its name only, `exported` its objects. */
export interface PacsFilesTable {
  destination: string;
  unit: string;
  name: string;
  settings: string;
  state: 'placed' | 'exported';
  patient: string | null;
  study_uid: string | null;
  instance_uid: string | null;
  frames: number;
  dicom_hash: string | null;
  dicom_bytes: number | null;
  jpeg_hash: string | null;
  known: Buffer | null;
  key_epoch: string;
  code_version: string;
  run_id: string;
  created_at: Time;
  exported_at: ColumnType<Date | null, Date | string | null | undefined, Date | string | null>;
}

export interface PacsBatchesTable {
  run_id: string;
  page: number;
  batch: number;
  records: number;
  found: number;
  downloaded: number;
  uploaded: number;
  failed: number;
  seconds: number;
  errors: ColumnType<Record<string, number>, string, string>;
  finished_at: Time;
}
