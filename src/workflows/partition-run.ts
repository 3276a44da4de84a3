import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { executeChild, isCancellation, workflowInfo } from '@temporalio/workflow';
import type { BackfillMainActivities } from '../activities/api/backfill.js';
import type { Counts } from '../activities/api.js';
import { countsOf } from './partitions.js';
import { causeOf } from './steer.js';

/** How the run of a partition ended. */
export type PartitionEnd =
  | { readonly how: 'done'; readonly counts: Counts }
  | { readonly how: 'failed'; readonly code: string; readonly reason: string }
  | { readonly how: 'cancelled'; readonly error: unknown }
  /** A run of an earlier backfill by this id goes on; it is not ours to count. */
  | { readonly how: 'running' };

type Settled = Omit<Parameters<BackfillMainActivities['settlePartition']>[0], 'run' | 'key'>;

const MAX_REASON = 500;

/** Runs a child for a partition, to its end; whatever that is, it is no error here. */
export async function runPartition(
  type: string,
  { key, input }: { readonly key: string; readonly input: Readonly<Record<string, unknown>> },
): Promise<PartitionEnd> {
  try {
    const result: unknown = await executeChild(type, {
      workflowId: `${workflowInfo().workflowId}/${key}`,
      args: [input],
      staticSummary: `${type} of ${key}`,
    });
    return { how: 'done', counts: countsOf(result) };
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return { how: 'running' };
    if (isCancellation(error)) return { how: 'cancelled', error };
    const terminated = { code: 'RUN_TERMINATED', message: 'The run was terminated' };
    const { code, message } = causeOf(error) ?? terminated;
    return { how: 'failed', code, reason: message.slice(0, MAX_REASON) };
  }
}

/** What the catalog is told of it. */
export function settled(end: Exclude<PartitionEnd, { how: 'running' }>): Settled {
  switch (end.how) {
    case 'done':
      return { state: 'done', counts: end.counts };
    case 'cancelled':
      return { state: 'cancelled', code: 'RUN_CANCELLED' };
    case 'failed':
      return { state: 'failed', code: end.code, reason: end.reason };
  }
}
