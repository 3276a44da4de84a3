import type { ColumnType } from 'kysely';

type Time = ColumnType<Date, Date | string | undefined, Date | string>;
type MaybeTime = ColumnType<Date | null, Date | string | null | undefined, Date | string | null>;
type Json<T> = ColumnType<T, string, string>;

export interface FeedbackTable {
  file_id: string;
  image_id: string;
  /** Root URI of the feedback files. */
  source: string;
  model_version: string | null;
  said_at: MaybeTime;
  patient: string;
  /** Of the original image, pixels. */
  width: number;
  height: number;
  predictions: Json<
    readonly {
      readonly classId: number;
      readonly confidence: number;
      readonly bbox: readonly [number, number, number, number] | null;
    }[]
  >;
  collected_run: string;
  collected_at: Time;
  /** Null: not decided. `selected`, or why it was left. */
  outcome: string | null;
  /** URI of the dataset version that learnt it. */
  version: string | null;
  decided_run: string | null;
  decided_at: MaybeTime;
}
