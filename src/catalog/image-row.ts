import { type Selectable, sql } from 'kysely';
import type { ImagesTable } from './database.js';

export type ImageRow = Selectable<ImagesTable>;

/** What the ledger is told of an image, named as the columns are. */
export type NewImage = Omit<
  ImageRow,
  | 'container'
  | 'state'
  | 'reason'
  | 'score'
  | 'model_version'
  | 'run_id'
  | 'shard'
  | 'created_at'
  | 'updated_at'
>;

/** Columns of `NewImage` with their types; `image_id` first, and it alone is never changed again. */
const GIVEN: Readonly<Record<keyof NewImage, string>> = {
  image_id: 'text',
  instance_uid: 'text',
  frame: 'int',
  file_id: 'text',
  patient: 'text',
  patient_known: 'boolean',
  study_uid: 'text',
  series_uid: 'text',
  sop_class_uid: 'text',
  modality: 'text',
  body_part: 'text',
  view_position: 'text',
  sex: 'text',
  age_band: 'text',
  study_date: 'date',
  manufacturer: 'text',
  rows: 'int',
  columns: 'int',
  bits_stored: 'int',
  photometric: 'text',
  transfer_syntax: 'text',
  pixel_hash: 'text',
  png_hash: 'text',
  png_bytes: 'bigint',
  key: 'text',
  stats: 'jsonb',
  features: 'real[]',
  features_version: 'text',
  metadata: 'jsonb',
  review: 'jsonb',
  parent_hash: 'text',
  step: 'text',
  params_hash: 'text',
  profile: 'text',
  table_edition: 'text',
  key_epoch: 'text',
  code_version: 'text',
};
/** Columns of a placed image that its own file may write again while it is not stored yet. */
const REFRESHED = Object.keys(GIVEN).filter(
  (name) => !['image_id', 'instance_uid', 'frame', 'file_id', 'key'].includes(name),
);

export const GIVEN_COLUMNS = sql.join(Object.keys(GIVEN).map((name) => sql.ref(name)));
/** `as r(...)` of a batch of `NewImage & {container}`. */
export const RECORD = sql.join([
  ...Object.entries(GIVEN).map(([name, type]) => sql`${sql.ref(name)} ${sql.raw(type)}`),
  sql`container text`,
]);
export const REFRESH = sql.join(
  REFRESHED.map((name) => sql`${sql.ref(name)} = ${sql.ref(`excluded.${name}`)}`),
);
