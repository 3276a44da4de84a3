import type { ColumnType } from 'kysely';

type Json<T> = ColumnType<T, string, string>;
type Time = ColumnType<Date | null, Date | string | null | undefined, Date | string | null>;

/** `running`: given to a backfill; whether its run still lives, Temporal knows. */
export type PartitionState = 'missing' | 'running' | 'done' | 'failed' | 'cancelled';

export interface BackfillPartitionsTable {
  /** Workflow type that runs for each partition. */
  type: string;
  /** What is partitioned: the name of a source, or a hash of what all partitions have in common. */
  scope: string;
  /** A date, a keyed hash of a folder, the name of a container, or what the user named it. */
  key: string;
  /** Prefixes below the source, sealed: they may name a patient. */
  sealed_spec: Buffer | null;
  /** Changes when the partition is another one under the same key. */
  spec_hash: string;
  input: Json<Readonly<Record<string, unknown>>>;
  state: PartitionState;
  /** The last backfill that planned it, and where in its order. */
  plan_run: string | null;
  position: number | null;
  selected: boolean;
  workflow_id: string | null;
  code: string | null;
  reason: string | null;
  counts: Json<Readonly<Record<string, number>> | null>;
  started_at: Time;
  finished_at: Time;
}
