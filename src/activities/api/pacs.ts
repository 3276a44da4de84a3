import type { Settings } from '../../config/schema.js';
import type { Counts } from '../api.js';
import type { RunBase } from './run.js';

type Configured = Settings['pacsExport'];

/** What a user may ask of `pacsExport`; what is left out comes from the configuration. */
export interface PacsInput {
  readonly database?: string | undefined;
  readonly query?: string | undefined;
  readonly studies?: number | undefined;
  readonly order?: Configured['order'] | undefined;
  readonly seed?: number | undefined;
  readonly modality?: string | undefined;
  readonly bodyPart?: string | undefined;
  readonly pageSize?: number | undefined;
  readonly batchSize?: number | undefined;
  readonly concurrency?: number | undefined;
  readonly destination?: string | undefined;
  readonly ids?: Configured['ids'] | undefined;
  readonly sourceReferences?: Configured['sourceReferences'] | undefined;
  readonly reports?: Configured['reports'] | undefined;
  readonly formats?: readonly Configured['formats'][number][] | undefined;
  readonly profile?: string | undefined;
}

export interface PacsRun extends RunBase {
  readonly database: string;
  /** SHA-256 of the query file; its text is sealed in the staging, since it may name a patient. */
  readonly queryHash: string;
  readonly studies: number;
  readonly order: Configured['order'];
  readonly seed: number;
  readonly modality: string | undefined;
  readonly bodyPart: string | undefined;
  readonly pageSize: number;
  readonly batchSize: number;
  readonly destination: string;
  readonly ids: Configured['ids'];
  readonly sourceReferences: Configured['sourceReferences'];
  readonly reports: Configured['reports'];
  readonly formats: Configured['formats'];
  readonly profile: string;
  readonly profileText: string;
  readonly deviceRules: string | undefined;
  /** Domain of patient ids whose file names no issuer. */
  readonly issuer: string;
  readonly window: Settings['render']['window'];
  readonly maxRows: number;
  readonly maxReport: number;
  readonly statementTimeout: number;
  /** Batches before the run drains and continues as new. */
  readonly batchesAPass: number;
  /** Hash of what decides the bytes of a file. */
  readonly fileSettings: string;
}

/** The ordered keys at one moment, as sealed pages in the staging of the run. */
export interface PacsSnapshot {
  readonly rows: number;
  readonly records: number;
  readonly studies: number;
  readonly pages: number;
}

/** Records `from` to `to` (one past) of a page. */
export interface PacsBatchInput {
  readonly run: PacsRun;
  readonly page: number;
  readonly batch: number;
  readonly from: number;
  readonly to: number;
}

export interface PacsBatchResult {
  readonly records: number;
  readonly done: number;
  /** Exported by an earlier run. */
  readonly skipped: number;
  /** Rows that name a file. */
  readonly found: number;
  readonly downloaded: number;
  readonly uploaded: number;
  readonly failed: number;
  readonly seconds: number;
  /** How many by error code. */
  readonly errors: Readonly<Record<string, number>>;
}

export interface PacsTotals extends Omit<PacsBatchResult, 'seconds'> {
  readonly batches: number;
}

export interface PacsTables {
  readonly csv: string;
  readonly rows: number;
  /** Studies with a report in the table. */
  readonly reports: number;
  /** URI of the report for the privacy officer. */
  readonly report?: string;
  /** URI of the reports set aside for a person to read. */
  readonly sample?: string;
}

export interface PacsMain {
  /** @throws SOURCE_BUSY, BAD_INPUT */
  openPacsExport(input: PacsInput): Promise<PacsRun>;
}

export interface PacsIo {
  /** Runs the query, once. @throws PACS_… */
  snapshotPacs(run: PacsRun): Promise<PacsSnapshot>;
}

export interface PacsCpu {
  exportBatch(input: PacsBatchInput): Promise<PacsBatchResult>;
  /** CSV, errors and README from what the batches left. */
  writePacsTables(input: {
    run: PacsRun;
    snapshot: PacsSnapshot;
    totals: PacsTotals;
    counts: Counts;
    timings: Readonly<Record<string, number>>;
  }): Promise<PacsTables>;
}
