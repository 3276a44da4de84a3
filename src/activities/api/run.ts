import type { Settings, WorkflowType } from '../../config/schema.js';

/** What every run has, whatever its type; the settings of a type extend it. Holds no secret and no patient. */
export interface RunBase {
  /** `<workflow id>/<first execution run id>`: one run through all its continue-as-new. */
  readonly runId: string;
  readonly type: WorkflowType;
  /** Configured name, or the root URI; undefined for runs that take work from the catalog. */
  readonly source: string | undefined;
  /** UTC, `YYYYMMDD-HHMMSS`: part of container names, which may have to be names of buckets. */
  readonly started: string;
  /** Key prefix below the storage root for what is not published yet; ends with `/`. */
  readonly staging: string;
  readonly concurrency: number;
  readonly limits: Settings['limits'];
  readonly retry: Settings['retry'];
  readonly configHash: string;
  /** False where the namespace refused our search attributes. */
  readonly searchAttributes: boolean;
  /** What only one run at a time may work on; none: the source, else the type. */
  readonly lease?: string | undefined;
}
