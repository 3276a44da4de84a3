import { createHash } from 'node:crypto';
import { Context } from '@temporalio/activity';

export interface RunIdentity {
  /** `<workflow id>/<first execution run id>`. */
  readonly runId: string;
  readonly workflowId: string;
}

/** The run that asks: `openRun` is called in its first execution only. */
export function currentRun(): RunIdentity {
  const { workflowExecution } = Context.current().info;
  if (!workflowExecution) throw new Error('an activity of a run, called without one');
  const { workflowId, runId } = workflowExecution;
  return { runId: `${workflowId}/${runId}`, workflowId };
}

/** Folder name of a run: readable, short, and legal in every store. */
export function runFolder(runId: string): string {
  const workflowId = runId.slice(0, runId.lastIndexOf('/'));
  const readable = workflowId.replace(/[^A-Za-z0-9_-]+/g, '-').slice(0, 40);
  return `${readable}-${createHash('sha256').update(runId).digest('hex').slice(0, 12)}`;
}

export const stagingOf = (runId: string): string => `.staging/${runFolder(runId)}/`;
/** Reports of a run stay. */
export const reportsOf = (runId: string): string => `reports/${runFolder(runId)}/`;
export const workflowIdOf = (runId: string): string => runId.slice(0, runId.lastIndexOf('/'));
/** Workflow id of the listing of a run. */
export const listingIdOf = (runId: string): string => `${workflowIdOf(runId)}/listing`;
