import { sql } from 'kysely';
import { base64, batch, json } from './batch.js';
import type { Db, Trx } from './database.js';
import type { PartitionState } from './tables/backfill.js';

export interface Known {
  readonly key: string;
  readonly state: PartitionState;
  readonly specHash: string;
  readonly workflowId: string | null;
}

export interface PlannedPartition {
  readonly key: string;
  readonly specHash: string;
  readonly sealedSpec: Uint8Array | undefined;
  readonly input: Readonly<Record<string, unknown>>;
  readonly state: PartitionState;
  readonly selected: boolean;
}

/** One set of partitions. */
export interface Scope {
  readonly type: string;
  readonly scope: string;
}

const BATCH = 1_000;

/** What is known of a set of partitions from the backfills before. */
export async function knownPartitions(db: Db, { type, scope }: Scope): Promise<readonly Known[]> {
  const rows = await db
    .selectFrom('backfill_partitions')
    .select(['key', 'state', 'spec_hash', 'workflow_id'])
    .where('type', '=', type)
    .where('scope', '=', scope)
    .execute();
  return rows.map((row) => ({
    key: row.key,
    state: row.state,
    specHash: row.spec_hash,
    workflowId: row.workflow_id,
  }));
}

/** Writes the plan of a backfill in its order; what an earlier one had planned is no longer. A repeat changes nothing. */
export async function writePlan(
  trx: Trx,
  { type, scope, runId }: Scope & { readonly runId: string },
  partitions: readonly PlannedPartition[],
): Promise<void> {
  await trx
    .updateTable('backfill_partitions')
    .set({ plan_run: null, position: null, selected: false })
    .where('type', '=', type)
    .where('scope', '=', scope)
    .where('plan_run', 'is not', null)
    .execute();
  for (let from = 0; from < partitions.length; from += BATCH) {
    const rows = partitions.slice(from, from + BATCH).map(({ sealedSpec, ...one }, i) => ({
      ...one,
      position: from + i,
      spec: sealedSpec === undefined ? null : base64(sealedSpec),
    }));
    await sql`
      insert into backfill_partitions
        (type, scope, key, sealed_spec, spec_hash, input, state, plan_run, position, selected)
      select ${type}, ${scope}, r.key, decode(r.spec, 'base64'), r."specHash", r.input, r.state, ${runId}, r.position, r.selected
      from jsonb_to_recordset(${batch(rows)}) as
        r(key text, spec text, "specHash" text, input jsonb, state text, position int, selected boolean)
      on conflict (type, scope, key) do update set
        sealed_spec = excluded.sealed_spec, spec_hash = excluded.spec_hash, input = excluded.input,
        state = excluded.state, plan_run = excluded.plan_run, position = excluded.position,
        selected = excluded.selected`.execute(trx);
  }
}

export interface Taken {
  readonly position: number;
  readonly key: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/**
 * The next selected partitions of a plan, from now on `running`; the same ones when asked again.
 * @param idPrefix of the workflow ids of partitions: `<backfill id>/`
 */
export async function takePartitions(
  db: Db,
  runId: string,
  { after, limit, idPrefix }: { readonly after: number; readonly limit: number; readonly idPrefix: string },
): Promise<readonly Taken[]> {
  const { rows } = await sql<Taken>`
    update backfill_partitions p
    set state = 'running', workflow_id = ${idPrefix} || p.key, code = null, reason = null, counts = null,
      started_at = now(), finished_at = null
    from (
      select type, scope, key from backfill_partitions
      where plan_run = ${runId} and selected and position > ${after}
      order by position limit ${limit}
    ) next
    where p.type = next.type and p.scope = next.scope and p.key = next.key
    returning p.position, p.key, p.input`.execute(db);
  return [...rows].sort((a, b) => a.position - b.position);
}

export interface Settled {
  readonly state: PartitionState;
  readonly code?: string | undefined;
  readonly reason?: string | undefined;
  readonly counts?: Readonly<Record<string, number>> | undefined;
}

/** How a partition ended. */
export async function settlePartition(
  db: Db,
  runId: string,
  key: string,
  { state, code, reason, counts }: Settled,
): Promise<void> {
  await db
    .updateTable('backfill_partitions')
    .set({
      state,
      code: code ?? null,
      reason: reason ?? null,
      ...(counts === undefined ? {} : { counts: json(counts) }),
      finished_at: sql<Date>`now()`,
    })
    .where('plan_run', '=', runId)
    .where('key', '=', key)
    .execute();
}

/** Where a partition lies in its source, sealed. */
export async function partitionSpec(
  db: Db,
  { type, scope }: Scope,
  key: string,
): Promise<Buffer | null | undefined> {
  const row = await db
    .selectFrom('backfill_partitions')
    .select('sealed_spec')
    .where('type', '=', type)
    .where('scope', '=', scope)
    .where('key', '=', key)
    .executeTakeFirst();
  return row?.sealed_spec;
}
