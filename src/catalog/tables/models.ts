import type { ColumnType, Generated } from 'kysely';

type Time = ColumnType<Date, Date | string | undefined, Date | string>;
type Json<T> = ColumnType<T, string, string>;

export interface ModelsTable {
  name: string;
  /** The one version in production; null while there is none. */
  production: number | null;
  created_at: Time;
}

export interface ModelVersionsTable {
  name: string;
  /** From 1. */
  version: number;
  /** Hash of everything that makes the version: registering the same again finds it. */
  identity: string;
  /** Of the model file in the object store. */
  uri: string;
  sha256: string;
  bytes: number;
  /** What the model is, as it was opened when registered. */
  declaration: Json<Readonly<Record<string, unknown>>>;
  /** What was declared beside the file: it is opened with this again. */
  declared: Json<Readonly<Record<string, unknown>>>;
  /** Model card, Markdown. */
  card: string;
  metrics: Json<Readonly<Record<string, unknown>>>;
  /** Dataset version that it was trained on. */
  dataset: string | null;
  /** Model version that it came from, `name@v1`. */
  parent: string | null;
  code_version: string;
  registered_by: string;
  run_id: string | null;
  created_at: Time;
}

export interface ModelMovesTable {
  move_id: Generated<number>;
  name: string;
  action: 'promote' | 'rollback';
  from_version: number | null;
  to_version: number;
  who: string;
  reason: string;
  run_id: string | null;
  at: Time;
}
