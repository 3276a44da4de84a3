import { type Selectable, sql } from 'kysely';
import { CxrError } from '../errors.js';
import { json } from './batch.js';
import type { Db, Trx } from './database.js';
import type { ModelMovesTable, ModelVersionsTable } from './tables/models.js';

/** `archived`: was in production, and no longer is. */
export type ModelStage = 'candidate' | 'production' | 'archived';
export type ModelVersionRow = Selectable<ModelVersionsTable> & { readonly stage: ModelStage };
export type ModelMove = Selectable<ModelMovesTable>;

export interface NewModelVersion {
  readonly name: string;
  readonly identity: string;
  readonly uri: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly declaration: object;
  readonly declared: object;
  readonly card: string;
  readonly metrics: Readonly<Record<string, unknown>>;
  readonly dataset?: string | undefined;
  readonly parent?: string | undefined;
  readonly codeVersion: string;
  readonly who: string;
  readonly runId?: string | undefined;
}

/** Who moves the pointer, and why. */
export interface Mover {
  readonly who: string;
  readonly reason: string;
  readonly runId?: string | undefined;
}

export interface Moved {
  readonly name: string;
  readonly from: number | null;
  readonly to: number;
  /** False: it was in production already. */
  readonly moved: boolean;
}

/** Gives a new version the next number; of one that is there already, the number it has. */
export async function addVersion(
  trx: Trx,
  model: NewModelVersion,
): Promise<{ readonly version: number; readonly added: boolean }> {
  const { name, identity } = model;
  await trx
    .insertInto('models')
    .values({ name })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  // Numbers are given one after another: two who register at once wait for each other here.
  await locked(trx, name);
  const known = await trx
    .selectFrom('model_versions')
    .select('version')
    .where('name', '=', name)
    .where('identity', '=', identity)
    .executeTakeFirst();
  if (known) return { version: known.version, added: false };
  const { last } = await trx
    .selectFrom('model_versions')
    .select(sql<number>`coalesce(max(version), 0)`.as('last'))
    .where('name', '=', name)
    .executeTakeFirstOrThrow();
  const version = last + 1;
  await trx
    .insertInto('model_versions')
    .values({
      name,
      version,
      identity,
      uri: model.uri,
      sha256: model.sha256,
      bytes: model.bytes,
      declaration: json(model.declaration),
      declared: json(model.declared),
      card: model.card,
      metrics: json(model.metrics),
      dataset: model.dataset ?? null,
      parent: model.parent ?? null,
      code_version: model.codeVersion,
      registered_by: model.who,
      run_id: model.runId ?? null,
    })
    .execute();
  return { version, added: true };
}

/** Versions by name, the latest first. */
export async function listModels(db: Db, name?: string): Promise<readonly ModelVersionRow[]> {
  let query = versions(db).orderBy('v.name').orderBy('v.version', 'desc');
  if (name !== undefined) query = query.where('v.name', '=', name);
  return query.execute();
}

/** @param version without it the one in production. @throws CxrError MODEL_UNKNOWN, MODEL_NO_PRODUCTION */
export async function modelVersion(db: Db, name: string, version?: number): Promise<ModelVersionRow> {
  const query = versions(db).where('v.name', '=', name);
  const row = await (version === undefined
    ? query.whereRef('v.version', '=', 'm.production')
    : query.where('v.version', '=', version)
  ).executeTakeFirst();
  if (row) return row;
  const model = await db.selectFrom('models').select('name').where('name', '=', name).executeTakeFirst();
  if (model && version === undefined) throw new CxrError('MODEL_NO_PRODUCTION', name);
  throw new CxrError('MODEL_UNKNOWN', version === undefined ? name : `${name}@v${version}`);
}

/**
 * Makes a version the one in production. The one before is archived by this alone: a name has one pointer.
 *
 * @param expected version (null: none) that must be in production now, where the decision rests on it
 * @throws CxrError MODEL_UNKNOWN; MODEL_MOVED when another was promoted meanwhile
 */
export async function promote(
  trx: Trx,
  name: string,
  version: number,
  by: Mover,
  expected?: number | null,
): Promise<Moved> {
  const from = await locked(trx, name);
  await modelVersion(trx, name, version);
  if (from === version) return { name, from, to: version, moved: false };
  if (expected !== undefined && expected !== from) {
    const label = (v: number | null) => (v === null ? 'none' : `v${v}`);
    throw new CxrError('MODEL_MOVED', `${name}: expected ${label(expected)}, found ${label(from)}`);
  }
  return move(trx, 'promote', name, from, version, by);
}

/**
 * Puts back the version that was in production before the present one was promoted; again, the one before that.
 *
 * @throws CxrError MODEL_UNKNOWN, MODEL_NO_PRODUCTION; MODEL_NO_EARLIER where the present one was the first
 */
export async function rollback(trx: Trx, name: string, by: Mover): Promise<Moved> {
  const from = await locked(trx, name);
  if (from === null) throw new CxrError('MODEL_NO_PRODUCTION', name);
  const promotion = await trx
    .selectFrom('model_moves')
    .select('from_version')
    .where('name', '=', name)
    .where('action', '=', 'promote')
    .where('to_version', '=', from)
    .orderBy('move_id', 'desc')
    .executeTakeFirst();
  const to = promotion?.from_version ?? null;
  if (to === null) throw new CxrError('MODEL_NO_EARLIER', `${name}@v${from}`);
  return move(trx, 'rollback', name, from, to, by);
}

/** Moves of a model's pointer, the latest first. */
export async function movesOf(db: Db, name: string): Promise<readonly ModelMove[]> {
  return db
    .selectFrom('model_moves')
    .selectAll()
    .where('name', '=', name)
    .orderBy('move_id', 'desc')
    .execute();
}

/** The production version of a name, whose row no one else changes until the transaction ends. */
async function locked(trx: Trx, name: string): Promise<number | null> {
  const row = await trx
    .selectFrom('models')
    .select('production')
    .where('name', '=', name)
    .forUpdate()
    .executeTakeFirst();
  if (!row) throw new CxrError('MODEL_UNKNOWN', name);
  return row.production;
}

async function move(
  trx: Trx,
  action: ModelMove['action'],
  name: string,
  from: number | null,
  to: number,
  { who, reason, runId }: Mover,
): Promise<Moved> {
  await trx.updateTable('models').set({ production: to }).where('name', '=', name).execute();
  await trx
    .insertInto('model_moves')
    .values({ name, action, from_version: from, to_version: to, who, reason, run_id: runId ?? null })
    .execute();
  return { name, from, to, moved: true };
}

function versions(db: Db) {
  return db
    .selectFrom('model_versions as v')
    .innerJoin('models as m', 'm.name', 'v.name')
    .selectAll('v')
    .select(
      sql<ModelStage>`case
        when m.production = v.version then 'production'
        when exists (select from model_moves x where x.name = v.name and x.to_version = v.version) then 'archived'
        else 'candidate' end`.as('stage'),
    );
}
