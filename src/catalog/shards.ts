import { type Selectable, sql } from 'kysely';
import type { Db, ShardsTable } from './database.js';

export type ShardRow = Selectable<ShardsTable>;

/** Shards of a run behind `shard`, in order. */
export async function after(
  db: Db,
  runId: string,
  shard: number,
  limit: number,
): Promise<readonly ShardRow[]> {
  return db
    .selectFrom('shards')
    .selectAll()
    .where('run_id', '=', runId)
    .where('shard', '>', shard)
    .orderBy('shard')
    .limit(limit)
    .execute();
}

/** How far a shard is: `claimed`, `extracted`, `stored`, `finished`. */
export async function setState(db: Db, runId: string, shard: number, state: string): Promise<void> {
  await db
    .updateTable('shards')
    .set({ state, updated_at: sql<Date>`now()` })
    .where('run_id', '=', runId)
    .where('shard', '=', shard)
    .execute();
}

/** The highest shard of a run; -1 without any. */
export async function last(db: Db, runId: string): Promise<number> {
  const row = await db
    .selectFrom('shards')
    .select((eb) => eb.fn.max('shard').as('shard'))
    .where('run_id', '=', runId)
    .executeTakeFirst();
  return row?.shard ?? -1;
}

/** Extracted shards of runs that are not at work any more: what `store` started by itself takes up. */
export async function readyToStore(db: Db, limit: number): Promise<readonly ShardRow[]> {
  return db
    .selectFrom('shards')
    .selectAll('shards')
    .where('shards.state', '=', 'extracted')
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom('leases').select('source').whereRef('leases.run_id', '=', 'shards.run_id'))),
    )
    .orderBy('created_at')
    .orderBy('run_id')
    .orderBy('shard')
    .limit(limit)
    .execute();
}

/** Whether a run has shards that are not finished. */
export async function hasUnfinished(db: Db, runId: string): Promise<boolean> {
  const row = await db
    .selectFrom('shards')
    .select('shard')
    .where('run_id', '=', runId)
    .where('state', '!=', 'finished')
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** Shards of a run that ended before its end: their staging is gone, nobody takes them up. */
export async function abandonShards(db: Db, runId: string): Promise<void> {
  await db
    .updateTable('shards')
    .set({ state: 'abandoned', updated_at: sql<Date>`now()` })
    .where('run_id', '=', runId)
    .where('state', 'in', ['claimed', 'extracted'])
    .execute();
}

/** Numbers of all shards of a run, in order. */
export async function* inRun(db: Db, runId: string, page = 1000): AsyncGenerator<number> {
  for (let last = -1; ; ) {
    const rows = await after(db, runId, last, page);
    for (const { shard } of rows) yield shard;
    if (rows.length < page) return;
    last = rows.at(-1)?.shard ?? last;
  }
}
