/**
 * What workflows may ask of activities, by the queue that runs it. Workflows import these types and nothing
 * else; everything that crosses here lands in Temporal's history, so it carries URIs, ids and counts only.
 */

import type { Pace, Select, Settings } from '../config/schema.js';
import type { RunBase } from './api/run.js';

export type BlackThresholds = Settings['preprocess']['black'];

export interface Counts {
  readonly found: number;
  readonly done: number;
  readonly skipped: number;
  readonly ignored: number;
  readonly quarantined: number;
}

/** What a user may ask of `ingest` and `extract`; what is left out comes from the configuration. */
export interface IngestInput {
  readonly source?: string;
  readonly select?: Select;
  readonly profile?: string;
  readonly shardSize?: number;
  readonly concurrency?: number;
  readonly pace?: Pace;
  readonly markSource?: 'none' | 'rename';
  readonly maxFailureRate?: number;
  readonly containers?: 'prefix' | 'bucket';
  readonly maxImages?: number;
  readonly qualityModel?: string;
  readonly rehash?: boolean;
  /** Of a backfill only: the part of the source that this run is about, as the catalog names it. */
  readonly partition?: string;
  /** `extract` only: a manifest of file ids instead of a listing. */
  readonly files?: string;
}

export type RunType = 'ingest' | 'extract' | 'store' | 'preprocess';

/** Everything an ingest run or one of its stages uses of the configuration, read once by its first activity. */
export interface RunSettings extends RunBase {
  readonly type: RunType;
  readonly sourceRoot: string | undefined;
  /** Issuer of patient ids for files that name none. */
  readonly issuer: string | undefined;
  readonly select: Select;
  readonly profile: string;
  /** The YAML of the profile, so that every host applies the same. */
  readonly profileText: string;
  /** YAML of the site's device rules; without it the shipped ones. */
  readonly deviceRules?: string | undefined;
  readonly shardSize: number;
  readonly pace: Pace;
  readonly minAgeMs: number;
  readonly markSource: 'none' | 'rename';
  readonly maxFailureRate: number;
  readonly containers: 'prefix' | 'bucket';
  readonly prefix: string;
  readonly maxImages: number;
  readonly qualityModel: string;
  readonly black: BlackThresholds;
  readonly rehash: boolean;
  /** Of `extract` only: file ids to take instead of a listing. */
  readonly files: string | undefined;
  readonly partition?: string | undefined;
  readonly render: Settings['render'];
  readonly ruleHash: string;
  /** Shards before the run drains and continues as new. */
  readonly shardsAPass: number;
}

export interface Shard {
  readonly shard: number;
  readonly files: number;
  readonly manifest: string;
}

export interface ListingState {
  readonly state: 'running' | 'done' | 'failed';
  /** Why it failed. */
  readonly halt?: Halt;
  readonly found: number;
  readonly unchanged: number;
  /** Too young; the next run takes them. */
  readonly waiting: number;
}

/** Why a step stopped before its end; a person (or a mended world) lets it go on. */
export interface Halt {
  readonly code: string;
  readonly message: string;
}

export interface FailureBudget {
  /** Counters at which the budget was last accepted by `resume`. */
  readonly tried: number;
  readonly quarantined: number;
}

export interface ExtractShardInput {
  readonly run: RunSettings;
  readonly shard: number;
  readonly budget: FailureBudget;
}

export interface ExtractShardResult {
  readonly counts: Counts;
  readonly images: number;
  readonly manifest: string;
  readonly halt?: Halt;
  /** Counters of the run when the step halted, for the next `FailureBudget`. */
  readonly budget?: FailureBudget;
}

export interface StoreShardResult {
  /** Corrections of the extracted counts: duplicates become skipped, conflicts quarantined. */
  readonly stored: number;
  readonly skipped: number;
  readonly quarantined: number;
  readonly review: number;
  readonly containers: readonly string[];
}

/** Which images a quality check looks at. */
export interface ImageQuery {
  readonly runId?: string;
  readonly shard?: number;
  readonly modality?: string;
  readonly view?: string;
  readonly container?: string;
}

export interface ModelInfo {
  readonly uri: string;
  readonly version: string;
  readonly provider: string;
}

export interface QualityBatch {
  readonly checked: number;
  readonly rejected: number;
  /** Image id to go on after; undefined at the end. */
  readonly next: string | undefined;
}

export interface RunOutcome {
  readonly counts: Counts;
  readonly stored: number;
  readonly suboptimal: number;
  readonly review: number;
  /** The first 200 names; all of them are in the catalog. */
  readonly containers: readonly string[];
  readonly containerCount: number;
}

/** An extracted shard that waits for `store`. */
export interface ExtractedShard {
  readonly shard: number;
  readonly manifest: string;
  readonly counts: Counts;
}

export interface MainActivities {
  /** Reads the configuration, takes the lease of the source, records the run. @throws SOURCE_BUSY */
  openRun(input: { type: RunType; input: IngestInput & { concurrency?: number } }): Promise<RunSettings>;
  /** Waits a while for shards after `after`; returns what there is. */
  nextShards(input: {
    run: RunSettings;
    after: number;
    limit: number;
  }): Promise<{ shards: readonly Shard[]; listing: ListingState }>;
  /** Shards that were extracted by runs that ended, for `store` started alone; or those of one manifest. */
  extractedShards(input: {
    run: RunSettings;
    limit: number;
    manifest?: string;
    /** Of a list, how many of its shards this run has begun: they are not looked at again. */
    from?: number;
  }): Promise<readonly ExtractedShard[]>;
  /** Reports, the staging folder, the lease: everything a run leaves behind is put in order. */
  closeRun(input: {
    run: RunSettings;
    outcome: RunOutcome;
    keepStaging: boolean;
  }): Promise<{ manifest?: string; report?: string }>;
  /** As `closeRun` for runs of other types: their staging goes, their counts and their end are recorded. */
  endRun(input: { run: RunBase; counts: Counts }): Promise<void>;
  /** A run that ended any other way: what is published stays, what was on its way goes. */
  abandonRun(input: { run: RunBase; reason: 'cancelled' | 'failed' }): Promise<void>;
  alert(input: {
    kind: 'paused' | 'failed';
    workflowId: string;
    code: string;
    message: string;
  }): Promise<void>;
}

export interface IoActivities {
  /** Streams the source, claims what is new in shards, until the end. */
  listSource(run: RunSettings): Promise<ListingState>;
  storeShard(input: { run: RunSettings; shard: number; manifest: string }): Promise<StoreShardResult>;
  /** Moves images to where their last quality check says they belong. */
  applyQuality(input: {
    run: RunSettings;
    model: ModelInfo;
    query: ImageQuery;
  }): Promise<{ suboptimal: number; restored: number }>;
  /** Removes the staging of one finished shard and, where asked, tags the source files. */
  finishShard(input: { run: RunSettings; manifest: string }): Promise<void>;
}

export interface CpuActivities {
  extractShard(input: ExtractShardInput): Promise<ExtractShardResult>;
}

export interface GpuActivities {
  /** Loads the model and says which it is. @throws MODEL_INVALID */
  describeModel(input: { uri: string; black: BlackThresholds }): Promise<ModelInfo>;
  judgeImages(input: {
    run: RunSettings;
    model: ModelInfo;
    query: ImageQuery;
    after: string | undefined;
    limit: number;
  }): Promise<QualityBatch>;
}
