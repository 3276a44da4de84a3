/** What scripts import from `cxrflow`. Everything else in the package may change. */
import { loadConfig } from '../config/load.js';
import { attachTemporal } from './attach.js';
import { type BackfillHandle, type BackfillInput, backfill, backfillById } from './backfill.js';
import { startRun } from './runs.js';

export { CxrError, type ErrorCode } from '../errors.js';
export type { BackfillHandle, BackfillInput, BackfillResult, Progress } from './backfill.js';

export interface ConnectOptions {
  /** Configuration file; without it `CXRFLOW_CONFIG`, if set. */
  readonly config?: string;
  /** Data folder of a live `cxrflow up`; without it `CXRFLOW_DATA`, else `./data`. */
  readonly data?: string;
}

export interface Cxrflow {
  /** Starts any workflow. @returns its id */
  start(type: string, input?: Readonly<Record<string, unknown>>, id?: string): Promise<string>;
  /** Starts a run for each partition of a source, of a range of dates, or of a list. */
  backfill(input: BackfillInput, id?: string): Promise<BackfillHandle>;
  /** A backfill started before. */
  backfillById(id: string): BackfillHandle;
  close(): Promise<void>;
}

/**
 * Connects to the live stack of the data folder, else to the configured Temporal.
 *
 * @throws CxrError BAD_CONFIG, NOT_RUNNING, TEMPORAL_UNREACHABLE, TEMPORAL_NAMESPACE
 */
export async function connect({ config, data }: ConnectOptions = {}): Promise<Cxrflow> {
  const client = await attachTemporal(loadConfig({ file: config, data }));
  return {
    start: async (type, input = {}, id) => (await startRun(client, type, input, id)).workflowId,
    backfill: (input, id) => backfill(client, input, id),
    backfillById: (id) => backfillById(client, id),
    close: () => client.connection.close(),
  };
}
