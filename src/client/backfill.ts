import type { Client, WorkflowHandle } from '@temporalio/client';
import type { BackfillInput } from '../activities/api/backfill.js';
import type { BackfillResult } from '../workflows/backfill-parent.js';
import type { Progress } from '../workflows/steer.js';
import { failureOf } from './failure.js';
import { startRun } from './runs.js';

export type { BackfillInput, BackfillResult, Progress };

/** A backfill that was started; it goes on without this process. */
export interface BackfillHandle {
  readonly workflowId: string;
  /** How far it is; `grid` shows the partitions. */
  progress(): Promise<Progress>;
  /** Starts no further partition until `resume`; those that run end. */
  pause(reason?: string): Promise<void>;
  resume(): Promise<void>;
  /** Partitions at a time, 1 to 100. */
  setConcurrency(n: number): Promise<void>;
  /** Ends it, and the partitions that run. */
  cancel(): Promise<void>;
  /** Waits for the end. @throws CxrError what it failed with: SOURCE_BUSY, BACKFILL_EMPTY, BAD_INPUT, … */
  result(): Promise<BackfillResult>;
}

/**
 * Starts a run of `type` for each partition of a source, of a range of dates or of a list: `docs/backfill.md`.
 *
 * @param id workflow id; by default type and time
 * @throws CxrError CREDENTIALS_IN_URL; what else is wrong with the input fails the run
 */
export async function backfill(client: Client, input: BackfillInput, id?: string): Promise<BackfillHandle> {
  return handleOf(await startRun(client, 'backfill', { ...input }, id));
}

/** A backfill that runs, or ran, under this id. */
export function backfillById(client: Client, id: string): BackfillHandle {
  return handleOf(client.workflow.getHandle(id));
}

function handleOf(handle: WorkflowHandle): BackfillHandle {
  return {
    workflowId: handle.workflowId,
    progress: () => handle.query<Progress>('progress'),
    pause: async (reason) => {
      await handle.executeUpdate('pause', { args: [{ ...(reason !== undefined && { reason }) }] });
    },
    resume: async () => {
      await handle.executeUpdate('resume');
    },
    setConcurrency: async (n) => {
      await handle.executeUpdate('setConcurrency', { args: [{ n }] });
    },
    cancel: async () => {
      await handle.cancel();
    },
    result: async () => {
      try {
        return (await handle.result()) as BackfillResult;
      } catch (error) {
        throw failureOf(error);
      }
    },
  };
}
