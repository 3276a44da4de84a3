import { type Kysely, sql, type Transaction } from 'kysely';
import { CxrError } from '../errors.js';
import type { Database } from './database.js';
import { MIGRATIONS } from './migrations/index.js';

/** Any fixed number; all processes that migrate one database must use the same. */
const LOCK = 0x43_58_52;
const NEWEST = MIGRATIONS.at(-1)?.version ?? 0;

/**
 * Brings the schema to this code's version in one transaction, so that it is there whole or not at all. Safe
 * to call from many processes at once: an advisory lock lets one work while the others wait and find nothing
 * left to do.
 *
 * @returns names of the migrations this call applied.
 * @throws CxrError CATALOG_NEWER when the schema is ahead of this code.
 */
export async function migrate(db: Kysely<Database>): Promise<readonly string[]> {
  if ((await schemaVersion(db)) === NEWEST) return [];
  return db.transaction().execute(async (trx) => {
    await sql`select pg_advisory_xact_lock(${LOCK})`.execute(trx);
    const version = await schemaVersion(trx);
    const applied: string[] = [];
    for (const migration of MIGRATIONS.filter((m) => m.version > version)) {
      await apply(trx, migration);
      applied.push(migration.name);
    }
    return applied;
  });
}

/**
 * @throws CxrError CATALOG_NEWER when the schema is ahead of this code, CATALOG_SCHEMA when it is behind.
 */
export async function requireSchema(db: Kysely<Database>): Promise<void> {
  const version = await schemaVersion(db);
  if (version < NEWEST) throw new CxrError('CATALOG_SCHEMA', `version ${version}, this code needs ${NEWEST}`);
}

async function schemaVersion(db: Kysely<Database>): Promise<number> {
  // Not to_regclass: while this session waited for the lock it may still remember that there was no table.
  const found = await sql`
    select from pg_tables where schemaname = current_schema() and tablename = 'schema_migrations'`.execute(
    db,
  );
  if (found.rows.length === 0) return 0;
  const { rows } = await sql<{ version: number | null }>`
    select max(version) as version from schema_migrations`.execute(db);
  const version = rows[0]?.version ?? 0;
  if (version > NEWEST) throw new CxrError('CATALOG_NEWER', `version ${version}, this code knows ${NEWEST}`);
  return version;
}

async function apply(trx: Transaction<Database>, migration: (typeof MIGRATIONS)[number]): Promise<void> {
  await sql`create table if not exists schema_migrations (
    version integer primary key, name text not null, applied_at timestamptz not null default now())`.execute(
    trx,
  );
  // One statement at a time: PGlite's extended protocol takes no more, and Kysely always uses it.
  for (const statement of migration.sql.split(/;\s*\n/).filter((s) => s.trim() !== ''))
    await sql.raw(statement).execute(trx);
  await sql`insert into schema_migrations (version, name)
    values (${migration.version}, ${migration.name})`.execute(trx);
}
