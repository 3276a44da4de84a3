import { sql } from 'kysely';
import { CxrError } from '../errors.js';
import type { Db, Trx } from './database.js';

/** Who works on a source. `runId` is `<workflow id>/<first execution run id>`: one name through continue-as-new. */
export interface LeaseOwner {
  readonly runId: string;
  readonly workflowId: string;
}

export type LeaseAnswer =
  | { readonly held: false }
  | { readonly held: true; readonly workflowId: string; readonly runId: string; readonly since: Date };

/** Takes the source for this run; `held: false` also when this run has it already. */
export async function acquire(db: Db, lease: LeaseOwner & { readonly source: string }): Promise<LeaseAnswer> {
  await db
    .insertInto('leases')
    .values({ source: lease.source, run_id: lease.runId, workflow_id: lease.workflowId })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const owner = await holder(db, lease.source);
  // Released between the two statements: the next try gets it.
  if (owner === undefined) return acquire(db, lease);
  return owner.runId === lease.runId ? { held: false } : { held: true, ...owner };
}

export async function holder(db: Db, source: string): Promise<(LeaseOwner & { since: Date }) | undefined> {
  const row = await db.selectFrom('leases').selectAll().where('source', '=', source).executeTakeFirst();
  return row && { runId: row.run_id, workflowId: row.workflow_id, since: row.acquired_at };
}

/** Gives the source back, if this run has it. */
export async function release(db: Db, source: string, runId: string): Promise<void> {
  await db.deleteFrom('leases').where('source', '=', source).where('run_id', '=', runId).execute();
}

/**
 * Takes the source from a run that is known to have ended. Of several that try only one succeeds.
 *
 * @returns false when `oldRunId` no longer has it.
 */
export async function steal(db: Db, source: string, oldRunId: string, next: LeaseOwner): Promise<boolean> {
  const result = await db
    .updateTable('leases')
    .set({ run_id: next.runId, workflow_id: next.workflowId, acquired_at: sql<Date>`now()` })
    .where('source', '=', source)
    .where('run_id', '=', oldRunId)
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}

/**
 * Holds the lease still until the transaction ends; a run that lost it must not write any more.
 * Children of the run that has it work in its name.
 *
 * @throws CxrError LEASE_LOST when another run has the source. A source without a lease is free to all.
 */
export async function fence(trx: Trx, source: string, runId: string): Promise<void> {
  const row = await trx
    .selectFrom('leases')
    .select(['run_id', 'workflow_id'])
    .where('source', '=', source)
    .forShare()
    .executeTakeFirst();
  if (row && row.run_id !== runId && !isBelow(runId, row.workflow_id)) throw new CxrError('LEASE_LOST');
}

/** Whether a workflow (or a run of it) is a child of another, by the names that children have. */
export function isBelow(id: string, parentId: string): boolean {
  return id.startsWith(`${parentId}/`);
}
