import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { CompiledQuery, type DatabaseConnection, type Driver, Kysely, type QueryResult } from 'kysely';
import type { Database } from '../database.js';
import type { Engine } from '../open.js';
import { guardedDialect } from './guarded.js';
import { lockFolder, type Unlock } from './lock.js';
import { Mutex } from './mutex.js';
import { PARSERS } from './types.js';

const WAIT_MS = 60_000;

/**
 * Postgres inside this process, its files in `folder` (undefined: in memory). Two openers of one folder lose
 * rows without an error, so the folder is locked first; what is acknowledged survives a kill of this process.
 *
 * @throws CxrError DATA_IN_USE, CATALOG_LOCK
 */
export async function openPglite(folder: string | undefined): Promise<Engine> {
  const unlock: Unlock = folder === undefined ? () => undefined : lockFolder(folder, 'catalog.lock');
  try {
    const dataDir = folder === undefined ? undefined : await madeWhole(folder);
    const pglite = await PGlite.create({ ...(dataDir && { dataDir }), parsers: PARSERS });
    const db = new Kysely<Database>({ dialect: guardedDialect(() => new PgliteDriver(pglite)) });
    const close = async () => {
      await db.destroy();
      if (!pglite.closed) await pglite.close();
      unlock();
    };
    return { db, close };
  } catch (error) {
    unlock();
    throw error;
  }
}

/** A process killed while it makes the database leaves files that no later one can start on: made aside, then renamed. */
async function madeWhole(folder: string): Promise<string> {
  const dataDir = join(folder, 'catalog');
  if (existsSync(join(dataDir, 'PG_VERSION'))) return dataDir;
  const fresh = join(folder, 'catalog.new');
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { mode: 0o700 });
  const pglite = await PGlite.create(fresh);
  await pglite.close();
  renameSync(fresh, dataDir);
  return dataDir;
}

/** Kysely keeps a connection for a query or for a whole transaction; here there is one, so it takes turns. */
class PgliteDriver implements Driver {
  readonly #pglite: PGlite;
  readonly #mutex = new Mutex();

  constructor(pglite: PGlite) {
    this.#pglite = pglite;
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<PgliteConnection> {
    return new PgliteConnection(this.#pglite, await this.#mutex.acquire(WAIT_MS));
  }

  async beginTransaction(connection: PgliteConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin'));
  }

  async commitTransaction(connection: PgliteConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('commit'));
  }

  async rollbackTransaction(connection: PgliteConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('rollback'));
  }

  async releaseConnection(connection: PgliteConnection): Promise<void> {
    connection.release();
  }

  async destroy(): Promise<void> {}
}

class PgliteConnection implements DatabaseConnection {
  readonly #pglite: PGlite;
  readonly release: () => void;

  constructor(pglite: PGlite, release: () => void) {
    this.#pglite = pglite;
    this.release = release;
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const result = await this.#pglite.query<R>(query.sql, [...query.parameters]);
    return { rows: result.rows, numAffectedRows: BigInt(result.affectedRows ?? 0) };
  }

  streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error('page by key instead of streaming');
  }
}
