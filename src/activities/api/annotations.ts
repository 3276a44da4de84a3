import type { Counts } from '../api.js';
import type { RunBase } from './run.js';

export interface AnnotationsInput {
  /** Name of a source, or its root URI. */
  readonly source?: string;
  readonly concurrency?: number;
}

export interface AnnotationsRun extends RunBase {
  readonly sourceRoot: string;
  /** Under which the ledger of files keeps this source; also the name of the lease. */
  readonly ledger: string;
  readonly markSource: 'none' | 'rename';
  /** Of files in a folder; objects of a store are there whole or not at all. */
  readonly minAgeMs: number;
  readonly shardSize: number;
  /** Shards before the run drains and continues as new. */
  readonly shardsAPass: number;
  readonly maxJson: number;
  readonly classes: readonly string[];
  readonly labels: readonly string[];
  /** Hash of what decides how records are read: files read by other rules are read again. */
  readonly rules: string;
  /** Sources that images have come from, whose files records may name. */
  readonly imageSources: readonly string[];
}

export interface AnnotationListing {
  /** Records of files that are as they were. */
  readonly unchanged: number;
  /** Files too young to be read. */
  readonly waiting: number;
}

export interface AnnotationTotals {
  /** A record each; of files that could not be read, the file. */
  readonly counts: Counts;
  /** Files that were new or changed. */
  readonly files: number;
  readonly records: number;
}

export interface AnnotationsMain {
  /** @throws SOURCE_BUSY */
  openAnnotations(input: AnnotationsInput): Promise<AnnotationsRun>;
  /** Shards behind `after`, in order. */
  annotationShards(input: {
    run: AnnotationsRun;
    after: number;
    limit: number;
  }): Promise<readonly { shard: number; files: number }[]>;
  annotationTotals(run: AnnotationsRun): Promise<AnnotationTotals>;
}

export interface AnnotationsIo {
  /** Walks the source to its end and claims its new and changed files in shards. */
  listAnnotations(run: AnnotationsRun): Promise<AnnotationListing>;
  /** Reads the files of a shard, and puts what they say into effect, a file at a time. */
  applyAnnotations(input: { run: AnnotationsRun; shard: number }): Promise<{
    /** Files whose names could not be tagged: the source may only be read. */
    unmarked: number;
  }>;
  /** Applies records whose images have come since. */
  releaseAnnotations(run: AnnotationsRun): Promise<{ applied: number }>;
}
