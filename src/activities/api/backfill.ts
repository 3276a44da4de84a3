import type { PartitionState } from '../../catalog/tables/backfill.js';
import type { WorkflowType } from '../../config/schema.js';
import type { Counts } from '../api.js';
import type { RunBase } from './run.js';

/** What a user may ask of `backfill`; what is left out comes from the configuration. */
export interface BackfillInput {
  /** Workflow type that runs for each partition; `ingest` unless given. */
  readonly type?: string;
  /** Name of a configured source, or a root URI. */
  readonly source?: string;
  /** How it is divided; `date` where from, to or a template are given, else `folder`. */
  readonly by?: 'date' | 'folder';
  /** First and last date, both included: `2024-03-31`, `2024-03` or `2024`. */
  readonly from?: string;
  readonly to?: string;
  /** Where the date stands in the names of the source: `{yyyy}/{MM}/{dd}`. */
  readonly template?: string;
  /** Instead of all that: the inputs themselves. Without a key, a hash of the input names the partition. */
  readonly partitions?: readonly {
    readonly key?: string;
    readonly input?: Readonly<Record<string, unknown>>;
  }[];
  /** Fields that the runs of all partitions are given. */
  readonly input?: Readonly<Record<string, unknown>>;
  /** Never done (`missing`, the default), `failed` before, or `all`. What runs now is never started twice. */
  readonly only?: 'missing' | 'failed' | 'all';
  /** Partitions at a time. */
  readonly concurrency?: number;
  /** The last one first. */
  readonly reverse?: boolean;
  /** So many failures one after the other pause the backfill; 0 never. */
  readonly maxFailures?: number;
  /** Finds the partitions, says which would run, and ends. */
  readonly dryRun?: boolean;
}

export interface BackfillRun extends RunBase {
  readonly partitionType: WorkflowType;
  readonly by: 'date' | 'folder' | 'list';
  /** Under which name the catalog keeps these partitions. */
  readonly scope: string;
  readonly sourceRoot: string | undefined;
  readonly template: string;
  readonly maxFailures: number;
  /** Partitions before the run drains and continues as new. */
  readonly partitionsAPass: number;
}

/** What a partition is when a backfill begins. `running`: by another run, which is left alone. */
export interface Plan {
  /** All partitions there are. */
  readonly total: number;
  /** Those that will run. */
  readonly selected: number;
  /** Those that will not, by their state. */
  readonly left: Readonly<Record<PartitionState, number>>;
  /** One character a partition, in order (`grid.ts` of the workflow); empty for over 10,000. */
  readonly grid: string;
  /** The lines of the grid. */
  readonly rows: readonly { readonly label: string; readonly count: number }[];
  /** Of a dry run: the first 1,000. */
  readonly list?: readonly PlannedView[];
}

export interface PlannedView {
  readonly key: string;
  readonly state: PartitionState;
  readonly run: boolean;
  /** Where it lies in the source, sealed, base64. */
  readonly sealed?: string;
}

export interface BackfillMainActivities {
  /** @throws SOURCE_BUSY, BAD_INPUT */
  openBackfill(input: BackfillInput): Promise<BackfillRun>;
  /** The next partitions to run, after a position of the plan. */
  nextPartitions(input: { run: BackfillRun; after: number; limit: number }): Promise<
    readonly {
      readonly position: number;
      readonly key: string;
      readonly input: Readonly<Record<string, unknown>>;
    }[]
  >;
  settlePartition(input: {
    run: BackfillRun;
    key: string;
    state: PartitionState;
    code?: string | undefined;
    reason?: string | undefined;
    counts?: Counts | undefined;
  }): Promise<void>;
}

export interface BackfillIoActivities {
  /** Finds the partitions and writes the plan into the catalog. @throws BACKFILL_EMPTY, BAD_INPUT */
  planBackfill(input: { run: BackfillRun; input: BackfillInput }): Promise<Plan>;
}
