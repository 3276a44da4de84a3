import type { ColumnType, Generated } from 'kysely';

type Time = ColumnType<Date | null, Date | string | null | undefined, Date | string | null>;

export type AnnotationKind = 'label' | 'box';
/** 1 present, 0 absent, -1 uncertain; null where the reader left it blank. */
export type LabelValue = 1 | 0 | -1 | null;

/** A file of annotations; only its `revision` is in effect, the one behind it is being read. */
export interface AnnotationFilesTable {
  file_id: string;
  source: string;
  revision: Generated<number>;
  content_hash: string | null;
  format: string | null;
  records: Generated<number>;
  modified_at: Time;
  run_id: string | null;
  applied_at: Time;
  staged_hash: string | null;
  staged_records: Generated<number>;
  retried_run: string | null;
  retried: Generated<number>;
}

export interface AnnotationRecordsTable {
  file_id: string;
  revision: number;
  position: number;
  state: 'applied' | 'duplicate' | 'quarantined';
  code: string | null;
  reason: string | null;
  record_id: string;
  sealed_path: Buffer | null;
  refs: ColumnType<readonly string[] | null, string | null, string | null>;
  frame: number | null;
  width: number | null;
  height: number | null;
  image_id: string | null;
  kind: AnnotationKind | null;
  class_id: number | null;
  class_name: string | null;
  value: LabelValue;
  x_min: number | null;
  y_min: number | null;
  x_max: number | null;
  y_max: number | null;
  reader: string | null;
  read_at: Time;
  content: string | null;
}

/** The view of what is in effect: one row for what several files say alike, the latest of a label's values. */
export interface AnnotationsView {
  image_id: string;
  class_name: string;
  content: string;
  kind: AnnotationKind;
  class_id: number | null;
  value: LabelValue;
  x_min: number | null;
  y_min: number | null;
  x_max: number | null;
  y_max: number | null;
  reader: string | null;
  read_at: Date;
  file_id: string;
  position: number;
  run_id: string;
  applied_at: Date;
}
