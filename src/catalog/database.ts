import type { ColumnType, Generated, Kysely, Transaction } from 'kysely';
import type { AnnotationFilesTable, AnnotationRecordsTable, AnnotationsView } from './tables/annotations.js';
import type { BackfillPartitionsTable } from './tables/backfill.js';
import type {
  DatasetMovesTable,
  DatasetPointersTable,
  DatasetVersionsTable,
  VersionPatientsTable,
} from './tables/dataset-versions.js';
import type { FeedbackTable } from './tables/feedback.js';
import type { ModelMovesTable, ModelsTable, ModelVersionsTable } from './tables/models.js';
import type { PacsBatchesTable, PacsFilesTable } from './tables/pacs-exports.js';
import type { PatientSplitsTable } from './tables/patient-splits.js';

/**
 * The tables as TypeScript sees them; `docs/catalog.md` says what each column means and why it is there.
 * On both engines: int8 is a number, timestamptz a Date, date a 'YYYY-MM-DD' string, bytea a Buffer.
 */
export interface Database {
  readonly meta: MetaTable;
  readonly runs: RunsTable;
  readonly leases: LeasesTable;
  readonly files: FilesTable;
  readonly shards: ShardsTable;
  readonly containers: ContainersTable;
  readonly studies: StudiesTable;
  readonly images: ImagesTable;
  readonly quality_checks: QualityChecksTable;
  readonly review_decisions: ReviewDecisionsTable;
  readonly reveals: RevealsTable;
  readonly dataset_versions: DatasetVersionsTable;
  readonly version_patients: VersionPatientsTable;
  readonly dataset_pointers: DatasetPointersTable;
  readonly dataset_moves: DatasetMovesTable;
  readonly patient_splits: PatientSplitsTable;
  readonly annotation_files: AnnotationFilesTable;
  readonly annotation_records: AnnotationRecordsTable;
  readonly annotations: AnnotationsView;
  readonly backfill_partitions: BackfillPartitionsTable;
  readonly models: ModelsTable;
  readonly model_versions: ModelVersionsTable;
  readonly model_moves: ModelMovesTable;
  readonly feedback: FeedbackTable;
  readonly pacs_files: PacsFilesTable;
  readonly pacs_batches: PacsBatchesTable;
}

/** A handle to read with, inside a transaction or not. */
export type Db = Kysely<Database>;
/** A handle that must be a transaction, because several statements have to hold together. */
export type Trx = Transaction<Database>;

export type RunStatus = 'running' | 'paused' | 'completed' | 'failed' | 'cancelled';
/** `opened`: an archive whose members have rows of their own; it counts for nothing itself. */
export type FileState = 'pending' | 'stored' | 'skipped' | 'ignored' | 'quarantined' | 'opened';
export type ImageState = 'placed' | 'stored' | 'suboptimal' | 'review' | 'rejected';
export type ContainerKind = 'images' | 'suboptimal' | 'review';
export type ReviewDecision = 'approve' | 'mask' | 'reject';

type Time = ColumnType<Date, Date | string | undefined, Date | string>;
type Json<T> = ColumnType<T, string, string>;

export interface MetaTable {
  key: string;
  value: string;
  updated_at: Time;
}

export interface RunsTable {
  run_id: string;
  workflow_type: string;
  workflow_id: string;
  source: string | null;
  status: RunStatus;
  started_at: Time;
  finished_at: ColumnType<Date | null, Date | string | null | undefined, Date | string | null>;
  params: Json<unknown>;
  params_hash: string | null;
  code_version: string | null;
  rule_edition: string | null;
  found: Generated<number>;
  done: Generated<number>;
  skipped: Generated<number>;
  ignored: Generated<number>;
  quarantined: Generated<number>;
  tried: Generated<number>;
  suboptimal: Generated<number>;
  review: Generated<number>;
  waiting: Generated<number>;
  unchanged: Generated<number>;
  listing_state: Generated<'running' | 'done'>;
}

export interface LeasesTable {
  source: string;
  run_id: string;
  workflow_id: string;
  acquired_at: Time;
}

export interface FilesTable {
  file_id: string;
  source: string;
  sealed_path: Buffer;
  parent_file_id: string | null;
  size: number;
  version: string;
  content_hash: string | null;
  state: FileState;
  prior_state: FileState | null;
  code: string | null;
  reason: string | null;
  rule_hash: string | null;
  image_count: number;
  run_id: string | null;
  shard: number | null;
  position: number | null;
  attempts: number;
  first_seen: Time;
  updated_at: Time;
}

export interface ShardsTable {
  run_id: string;
  shard: number;
  files: number;
  manifest: string;
  state: string;
  created_at: Time;
  updated_at: Time;
}

export interface ContainersTable {
  name: string;
  kind: ContainerKind;
  mode: 'prefix' | 'bucket';
  run_id: string | null;
  shard: number | null;
  part: number | null;
  images: number;
  capacity: number;
  created_at: Time;
}

export interface StudiesTable {
  study_uid: string;
  patient: string;
  patient_known: boolean;
  source: string;
  study_date: string | null;
  first_file_id: string | null;
  created_at: Time;
}

export interface ImagesTable {
  image_id: string;
  instance_uid: string;
  frame: number;
  file_id: string;
  patient: string;
  patient_known: boolean;
  study_uid: string;
  series_uid: string;
  sop_class_uid: string;
  modality: string;
  body_part: string | null;
  view_position: string;
  sex: string | null;
  age_band: string | null;
  study_date: string | null;
  manufacturer: string | null;
  rows: number;
  columns: number;
  bits_stored: number;
  photometric: string;
  transfer_syntax: string;
  pixel_hash: string;
  png_hash: string;
  png_bytes: number;
  container: string;
  key: string;
  state: ImageState;
  reason: string | null;
  score: number | null;
  model_version: string | null;
  stats: Json<Record<string, unknown> | null>;
  features: readonly number[] | null;
  features_version: string | null;
  metadata: Json<Record<string, unknown>>;
  review: Json<readonly ReviewFinding[] | null>;
  parent_hash: string | null;
  step: string;
  params_hash: string;
  profile: string;
  table_edition: string;
  key_epoch: string;
  code_version: string;
  run_id: string;
  shard: number;
  created_at: Time;
  updated_at: Time;
}

/** Why a person has to look at an image; `detail` is safe to print. */
export interface ReviewFinding {
  readonly code: string;
  readonly detail?: string;
}

export interface QualityChecksTable {
  image_id: string;
  model_version: string;
  accepted: boolean;
  score: number | null;
  reason: string | null;
  checked_at: Time;
}

/** Columns x rows from the top left corner, in pixels of the stored image. */
export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface ReviewDecisionsTable {
  image_id: string;
  decision: ReviewDecision;
  by: string;
  reason: string | null;
  rects: Json<readonly Rect[] | null>;
  decided_at: Time;
  applied_at: ColumnType<Date | null, Date | string | null | undefined, Date | string | null>;
}

export interface RevealsTable {
  reveal_id: Generated<number>;
  at: Time;
  who: string;
  reason: string;
  what: string;
  file_id: string | null;
}
