import { WorkflowFailedError, WorkflowNotFoundError } from '@temporalio/client';
import { acquire, holder, isBelow, release, steal } from '../../catalog/leases.js';
import { finishRun, getRun, runningBelow } from '../../catalog/runs.js';
import { abandonShards } from '../../catalog/shards.js';
import { CxrError } from '../../errors.js';
import type { RunBase } from '../api/run.js';
import type { Deps } from '../deps.js';
import { currentRun, listingIdOf, type RunIdentity, stagingOf, workflowIdOf } from './run-id.js';

/**
 * One run at a time on a source. A holder that ended without giving it back (terminated, or its history gone)
 * loses it, and what it staged is removed.
 * @throws CxrError SOURCE_BUSY naming the holder
 */
export async function takeLease(deps: Deps, source: string, run: RunIdentity): Promise<void> {
  const { db } = deps.catalog;
  const answer = await acquire(db, { source, ...run });
  if (!answer.held || (await worksFor(deps, run, answer))) return;
  if (await isRunning(deps, answer))
    throw new CxrError('SOURCE_BUSY', `held by ${answer.workflowId} since ${answer.since.toISOString()}`);
  if (!(await steal(db, source, answer.runId, run))) return takeLease(deps, source, run);
  await sweep(deps, answer.runId, 'failed');
}

/** What a run leaves behind that did not come to its end: its staging goes, its shards are nobody's. */
export async function sweep(deps: Deps, runId: string, status: 'failed' | 'cancelled'): Promise<void> {
  for (const child of await runningBelow(deps.catalog.db, workflowIdOf(runId)))
    await sweep(deps, child, status);
  await endListing(deps, runId);
  await abandonShards(deps.catalog.db, runId);
  await deps.objects.deletePrefix(stagingOf(runId));
  await finishRun(deps.catalog.db, runId, status);
}

/** A partition of a backfill works under the lease of its parent, which starts none twice. */
async function worksFor(deps: Deps, run: RunIdentity, owner: RunIdentity): Promise<boolean> {
  if (!isBelow(run.workflowId, owner.workflowId)) return false;
  return (await getRun(deps.catalog.db, owner.runId))?.workflow_type === 'backfill';
}

/** @throws CxrError BAD_INPUT unless this run is a partition of the backfill that has the source */
export async function requireBackfill(deps: Deps, source: string): Promise<void> {
  const owner = await holder(deps.catalog.db, source);
  if (!(owner && (await worksFor(deps, currentRun(), owner))))
    throw new CxrError('BAD_INPUT', 'partition: only a backfill gives it');
}

/** The listing outlives the run that started it, and writes into its staging until it has ended. */
async function endListing({ temporal }: Deps, runId: string): Promise<void> {
  const handle = temporal.workflow.getHandle(listingIdOf(runId));
  try {
    await handle.cancel();
    await handle.result();
  } catch (error) {
    // It had ended before, as cancelled, or there never was one.
    if (!(error instanceof WorkflowNotFoundError || error instanceof WorkflowFailedError)) throw error;
  }
}

/** What only one run at a time may have; stages that take their work from the catalog are one at a time, too. */
export function leaseName(run: RunBase): string {
  return run.lease ?? run.source ?? `stage:${run.type}`;
}

export async function giveBack(deps: Deps, run: RunBase): Promise<void> {
  await release(deps.catalog.db, leaseName(run), run.runId);
}

/** The whole chain of continue-as-new is one run: its first execution names it. */
export async function isRunning(
  deps: Pick<Deps, 'temporal'>,
  { workflowId, runId }: RunIdentity,
): Promise<boolean> {
  try {
    const { status, raw } = await deps.temporal.workflow.getHandle(workflowId).describe();
    const first = raw.workflowExecutionInfo?.firstRunId ?? '';
    return status.name === 'RUNNING' && `${workflowId}/${first}` === runId;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}
