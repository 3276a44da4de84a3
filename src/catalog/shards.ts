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

/** Shards of any run in a state, oldest first: what a stage started by itself takes up. */
export async function inState(db: Db, state: string, limit: number): Promise<readonly ShardRow[]> {
  return db
    .selectFrom('shards')
    .selectAll()
    .where('state', '=', state)
    .orderBy('created_at')
    .orderBy('run_id')
    .orderBy('shard')
    .limit(limit)
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
