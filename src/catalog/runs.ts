import { type Selectable, sql } from 'kysely';
import { json } from './batch.js';
import type { Db, RunStatus, RunsTable } from './database.js';

export type Run = Selectable<RunsTable>;

export interface NewRun {
  readonly runId: string;
  readonly workflowType: string;
  readonly workflowId: string;
  readonly source?: string | undefined;
  /** Without secrets and without paths below a source. */
  readonly params: unknown;
  readonly paramsHash?: string | undefined;
  readonly codeVersion?: string | undefined;
  /** Edition of the de-identification table. */
  readonly ruleEdition?: string | undefined;
}

const COUNTERS = [
  'found',
  'done',
  'skipped',
  'ignored',
  'quarantined',
  'tried',
  'suboptimal',
  'review',
  'waiting',
] as const;
/** What is added to the counters of a run; what is left out stays. */
export type CountsDelta = Partial<Record<(typeof COUNTERS)[number], number>>;

/** Records the run, once; a repeat changes nothing but makes a closed run `running` again. */
export async function startRun(db: Db, run: NewRun): Promise<void> {
  await db
    .insertInto('runs')
    .values({
      run_id: run.runId,
      workflow_type: run.workflowType,
      workflow_id: run.workflowId,
      source: run.source ?? null,
      status: 'running',
      params: json(run.params ?? {}),
      params_hash: run.paramsHash ?? null,
      code_version: run.codeVersion ?? null,
      rule_edition: run.ruleEdition ?? null,
    })
    .onConflict((conflict) => conflict.column('run_id').doUpdateSet({ status: 'running', finished_at: null }))
    .execute();
}

export async function setStatus(db: Db, runId: string, status: RunStatus): Promise<void> {
  await db.updateTable('runs').set({ status }).where('run_id', '=', runId).execute();
}

/** Closes the run; the time of the first closing stays. */
export async function finishRun(
  db: Db,
  runId: string,
  status: 'completed' | 'failed' | 'cancelled',
): Promise<void> {
  await db
    .updateTable('runs')
    .set({ status, finished_at: sql<Date>`coalesce(finished_at, now())` })
    .where('run_id', '=', runId)
    .execute();
}

/** The listing ended, or (after a restart) goes on. */
export async function setListing(db: Db, runId: string, state: 'running' | 'done'): Promise<void> {
  await db.updateTable('runs').set({ listing_state: state }).where('run_id', '=', runId).execute();
}

/** What the listing has seen so far; it starts again from zero after a crash, so the numbers are set, not added. */
export async function setListed(
  db: Db,
  runId: string,
  seen: { readonly found: number; readonly unchanged: number; readonly waiting: number },
): Promise<void> {
  await db.updateTable('runs').set(seen).where('run_id', '=', runId).execute();
}

/** The counters of a run that ended. */
export async function setCounts(db: Db, runId: string, counts: CountsDelta): Promise<void> {
  await db.updateTable('runs').set(counts).where('run_id', '=', runId).execute();
}

export async function getRun(db: Db, runId: string): Promise<Run | undefined> {
  return db.selectFrom('runs').selectAll().where('run_id', '=', runId).executeTakeFirst();
}

/**
 * Adds to the counters in one statement, so that shards can count at the same time. Call it in the
 * transaction that changes the rows it counts: only then does a repeat not count twice.
 *
 * @returns the run with its new counters; undefined where there is no such run.
 */
export async function addCounts(db: Db, runId: string, delta: CountsDelta): Promise<Run | undefined> {
  const sums = COUNTERS.filter((name) => delta[name]).map(
    (name) => sql`${sql.ref(name)} = ${sql.ref(name)} + ${delta[name]}::bigint`,
  );
  if (sums.length === 0) return getRun(db, runId);
  const { rows } = await sql<Run>`
    update runs set ${sql.join(sums)} where run_id = ${runId} returning *`.execute(db);
  return rows[0];
}

/** Runs that were never closed; whether they live, Temporal knows. */
export async function openRuns(db: Db): Promise<readonly { runId: string; workflowId: string }[]> {
  const rows = await db
    .selectFrom('runs')
    .select(['run_id', 'workflow_id'])
    .where('status', 'in', ['running', 'paused'])
    .execute();
  return rows.map((row) => ({ runId: row.run_id, workflowId: row.workflow_id }));
}

/** Runs that are the children of a workflow and were never closed. */
export async function runningBelow(db: Db, workflowId: string): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('runs')
    .select('run_id')
    .where('status', '=', 'running')
    .where(sql<boolean>`starts_with(workflow_id, ${`${workflowId}/`})`)
    .execute();
  return rows.map((row) => row.run_id);
}

/** Newest first. */
export async function recentRuns(
  db: Db,
  { limit = 20, source }: { readonly limit?: number; readonly source?: string } = {},
): Promise<readonly Run[]> {
  let query = db.selectFrom('runs').selectAll().orderBy('started_at', 'desc').orderBy('run_id').limit(limit);
  if (source !== undefined) query = query.where('source', '=', source);
  return query.execute();
}
