import type { PipelineSettings } from '../../config/sections/pipeline.js';
import type { Publication } from '../../datasets/card/describe.js';
import type { Counts } from '../api.js';
import type { RunBase } from './run.js';

/** Which images of the catalog: stored ones, of these. What is left out does not matter; AP and PA unless said. */
export interface CatalogQuery {
  readonly modality?: string | readonly string[];
  readonly view?: string | readonly string[];
  /** Study dates, both included, `YYYY-MM-DD`. They are shifted per patient unless the profile keeps them. */
  readonly from?: string;
  readonly to?: string;
  /** Only images that have this label. */
  readonly label?: string | readonly string[];
}

/** What happens to an image, or a patient, that is in two splits. */
export type LeakagePolicy = 'stop' | 'drop' | 'allow';

/** What a user may ask of `chestXrayProcessing`; what is left out comes from the configuration. */
export interface ProcessingInput {
  readonly source?: string | CatalogQuery;
  readonly destination?: string;
  readonly version?: string;
  readonly dataset?: string;
  /** Overrides of pipeline_config.yaml. */
  readonly steps?: Readonly<Record<string, unknown>>;
  readonly seed?: number;
  readonly formats?: readonly ('tfrecord' | 'parquet')[];
  readonly leakage?: LeakagePolicy;
  readonly ids?: 'pseudonym' | 'keep';
  /** Of the splits, for images from the catalog. */
  readonly shares?: Readonly<Record<Split, number>>;
  readonly publication?: Publication;
  readonly concurrency?: number;
  /** Instead of `processed`: a folder of what `rebuild` makes to compare, which the catalog is not told of. */
  readonly scratch?: string;
}

export const SPLITS = ['train', 'val', 'test'] as const;
export type Split = (typeof SPLITS)[number];

/** Everything a run uses of the configuration, read once. */
export interface ProcessingRun extends RunBase {
  readonly type: 'chestXrayProcessing';
  readonly lease: string;
  /** Of the folder or bucket; without it images come from the catalog, by `query`. */
  readonly sourceRoot: string | undefined;
  readonly issuer: string | undefined;
  readonly query: CatalogQuery | undefined;
  readonly destination: string;
  /** Folder of the versions below the destination, `processed/`, and of this one, `processed/v1.0/`. */
  readonly folder: string;
  readonly prefix: string;
  readonly dataset: string;
  readonly version: string;
  readonly seed: number;
  readonly pipeline: PipelineSettings;
  readonly leakage: LeakagePolicy;
  readonly ids: 'pseudonym' | 'keep';
  /** Shares of the splits, for sources that do not say them. */
  readonly shares: Readonly<Record<Split, number>>;
  readonly containers: 'prefix' | 'bucket';
  readonly publication: Publication;
  readonly codeVersion: string;
  readonly scratch: boolean;
  /** Parts and shards before the run continues as new. */
  readonly stepsAPass: number;
}

/** What is to be decoded: parts of at most `PART` inputs, by split, in the order of the version. */
export interface InputPlan {
  readonly found: number;
  readonly ignored: number;
  readonly quarantined: number;
  readonly parts: Readonly<Record<Split, number>>;
}

export interface PartCounts {
  readonly done: number;
  readonly ignored: number;
  readonly quarantined: number;
}

/** What is to be written: files of a format and split, each a range of the images of that split. */
export interface ShardPlan {
  readonly counts: Counts;
  /** Shards of each split; every format has a file of each. */
  readonly shards: Readonly<Record<Split, number>>;
  /** URI of the pre-flight report. */
  readonly preflight: string;
}

export interface ProcessingResult {
  readonly version: string;
  /** URI of metadata.json. */
  readonly manifest: string;
  readonly preflight: string;
  readonly splits: Readonly<Record<string, { readonly images: number; readonly examples: number }>>;
}

export interface ProcessingMain {
  openProcessing(input: ProcessingInput): Promise<ProcessingRun>;
  /** Takes back what is half written, and lets go of everything. */
  abandonProcessing(input: { run: ProcessingRun }): Promise<void>;
}

export interface ProcessingIo {
  /** Lists the source, or asks the catalog; puts everything in the order of the version, in bounded memory. */
  planInputs(run: ProcessingRun): Promise<InputPlan>;
  /** Looks for leaks and oddities, writes the report, plans the shards. @throws LEAKAGE, NO_IMAGES */
  preflight(input: { run: ProcessingRun; plan: InputPlan }): Promise<ShardPlan>;
  /** Everything beside the shards, `metadata.json` last; then the catalog. */
  publishDataset(input: { run: ProcessingRun; plan: ShardPlan }): Promise<ProcessingResult>;
}

export interface ProcessingCpu {
  /** Reads and decodes the inputs of one part, up to where normalisation needs to know of the others. */
  preparePart(input: { run: ProcessingRun; split: Split; part: number }): Promise<PartCounts>;
  /** Writes one file, from its first byte. */
  writeShard(input: {
    run: ProcessingRun;
    format: 'tfrecord' | 'parquet';
    split: Split;
    shard: number;
    of: number;
  }): Promise<{ examples: number; bytes: number }>;
}
