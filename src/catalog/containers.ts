import { type Selectable, sql } from 'kysely';
import { batch, texts } from './batch.js';
import type { ContainerKind, ContainersTable, Db, Trx } from './database.js';

export type ContainerRow = Selectable<ContainersTable>;

export interface ContainerSpec {
  readonly runId: string;
  readonly shard: number;
  readonly kind: ContainerKind;
  /** `<prefix>-<run start UTC>`; shard and part are added. */
  readonly base: string;
  readonly mode: 'prefix' | 'bucket';
  /** Most images of one container. */
  readonly capacity: number;
}

/**
 * Gives out `count` places in the containers of a shard, filling the last one before a new one is made.
 * Several transactions may ask at once: they take turns until each commits, and no container overflows.
 *
 * @returns a container name for each place, in order.
 */
export async function allot(trx: Trx, spec: ContainerSpec, count: number): Promise<readonly string[]> {
  if (count === 0) return [];
  const turn = `containers/${spec.runId}/${spec.shard}/${spec.kind}`;
  await sql`select pg_advisory_xact_lock(hashtextextended(${turn}, 0))`.execute(trx);
  const last = await trx
    .selectFrom('containers')
    .select(['name', 'part', 'images', 'capacity'])
    .where('run_id', '=', spec.runId)
    .where('shard', '=', spec.shard)
    .where('kind', '=', spec.kind)
    .orderBy('part', 'desc')
    .executeTakeFirst();
  const names: string[] = [];
  const fill = (name: string, room: number): number => {
    const taken = Math.min(room, count - names.length);
    for (let i = 0; i < taken; i += 1) names.push(name);
    return taken;
  };
  if (last) {
    const taken = fill(last.name, last.capacity - last.images);
    if (taken > 0)
      await trx
        .updateTable('containers')
        .set({ images: last.images + taken })
        .where('name', '=', last.name)
        .execute();
  }
  for (let part = (last?.part ?? -1) + 1; names.length < count; part += 1) {
    const name = containerName(spec.base, spec.shard, part);
    const { kind, mode, capacity, shard } = spec;
    const made = await trx
      .insertInto('containers')
      .values({ name, kind, mode, capacity, run_id: spec.runId, shard, part, images: 0 })
      .onConflict((conflict) => conflict.column('name').doNothing())
      .returning('name')
      .executeTakeFirst();
    // Another run that started in the same second has this name: the next part is ours.
    if (made === undefined) continue;
    const images = fill(name, spec.capacity);
    await trx.updateTable('containers').set({ images }).where('name', '=', name).execute();
  }
  return names;
}

/** Names of the containers of one kind that a shard has filled, in the order of their parts. */
export async function ofShard(
  db: Db,
  { runId, shard, kind }: Pick<ContainerSpec, 'runId' | 'shard' | 'kind'>,
): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('containers')
    .select('name')
    .where('run_id', '=', runId)
    .where('shard', '=', shard)
    .where('kind', '=', kind)
    .orderBy('part')
    .execute();
  return rows.map(({ name }) => name);
}

/** Whether each of these containers is a folder or a bucket: as the run decided that made it. */
export async function modesOf(
  db: Db,
  names: readonly string[],
): Promise<ReadonlyMap<string, ContainerSpec['mode']>> {
  const rows = await db
    .selectFrom('containers')
    .select(['name', 'mode'])
    .where('name', '=', sql<string>`any(${texts(names)})`)
    .execute();
  return new Map(rows.map(({ name, mode }) => [name, mode]));
}

/** `<base>-<shard>-<part>`, padded so that names sort as they were made; also a legal bucket name. */
export function containerName(base: string, shard: number, part: number): string {
  return `${base}-${String(shard).padStart(5, '0')}-${String(part).padStart(3, '0')}`;
}

/** Containers that are filled by moves, such as `suboptimal`; a repeat changes nothing. */
export async function ensure(
  trx: Db,
  containers: readonly Pick<ContainerRow, 'name' | 'kind' | 'mode' | 'capacity'>[],
): Promise<void> {
  await sql`
    insert into containers (name, kind, mode, capacity)
    select distinct on (r.name) r.name, r.kind, r.mode, r.capacity
    from jsonb_to_recordset(${batch(containers)}) as r(name text, kind text, mode text, capacity int)
    order by r.name
    on conflict (name) do nothing`.execute(trx);
}

/** Containers that a run made, or all, with how many images lie in each now. */
export async function list(
  db: Db,
  filter: { readonly runId?: string; readonly after?: string; readonly limit: number },
): Promise<readonly (ContainerRow & { readonly held: number })[]> {
  let query = db
    .selectFrom('containers')
    .selectAll('containers')
    .select((eb) =>
      eb
        .selectFrom('images')
        .whereRef('images.container', '=', 'containers.name')
        .select((count) => count.fn.countAll<number>().as('held'))
        .$asScalar()
        .$notNull()
        .as('held'),
    )
    .where('name', '>', filter.after ?? '')
    .orderBy('name')
    .limit(filter.limit);
  if (filter.runId !== undefined) query = query.where('run_id', '=', filter.runId);
  return query.execute();
}
