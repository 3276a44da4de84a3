import type { Kysely } from 'kysely';
import type { Sensitive } from '../privacy/sensitive.js';
import type { Database, Trx } from './database.js';
import { retried } from './engines/retry.js';
import { migrate, requireSchema } from './migrate.js';

/** Where the catalog is. `memory` is for tests: PGlite that ends with the process. */
export type CatalogTarget =
  | { readonly kind: 'postgres'; readonly url: Sensitive<string>; readonly connections?: number }
  | { readonly kind: 'pglite'; readonly folder: string }
  | { readonly kind: 'remote'; readonly url: string; readonly token: Sensitive<string> }
  | { readonly kind: 'memory' };

export interface Catalog {
  readonly db: Kysely<Database>;
  readonly engine: CatalogTarget['kind'];
  /** Names of the migrations that opening it applied. */
  readonly applied: readonly string[];
  /**
   * Runs `fn` in one transaction, and again from its beginning after a deadlock, a serialization failure or a
   * lost connection (at most 5 times in all): `fn` must do nothing but ask `trx`. Inside it `db` must not be
   * used: PGlite has one connection, which the transaction holds.
   *
   * @throws CxrError CATALOG_*
   */
  transaction<T>(fn: (trx: Trx) => Promise<T>): Promise<T>;
  /** One cheap question. @throws CxrError CATALOG_UNREACHABLE, CATALOG_LOGIN, CATALOG_SCHEMA, CATALOG_NEWER */
  check(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens the catalog and brings its schema up to date (`remote`: its owner has done so).
 *
 * @throws CxrError DATA_IN_USE when another process has the PGlite folder; CATALOG_UNREACHABLE, CATALOG_LOGIN,
 * CATALOG_SCHEMA, CATALOG_NEWER
 */
export async function openCatalog(
  target: CatalogTarget,
  options: { readonly migrate?: boolean } = {},
): Promise<Catalog> {
  const { db, close } = await openEngine(target);
  let applied: readonly string[] = [];
  try {
    if (options.migrate !== false && target.kind !== 'remote') applied = await retried(() => migrate(db));
    await requireSchema(db);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    db,
    engine: target.kind,
    applied,
    transaction: (fn) => retried(() => db.transaction().execute(fn)),
    check: () => requireSchema(db),
    close,
  };
}

/** An engine: the handle, and what it takes to let go of it. */
export interface Engine {
  readonly db: Kysely<Database>;
  close(): Promise<void>;
}

/** One engine is loaded, the one that is asked for: a command that asks a live stack must not wait for PGlite. */
async function openEngine(target: CatalogTarget): Promise<Engine> {
  switch (target.kind) {
    case 'postgres': {
      const { openPostgres } = await import('./engines/postgres.js');
      return openPostgres(target.url, target.connections);
    }
    case 'remote': {
      const { openRemote } = await import('./remote/driver.js');
      return openRemote(target.url, target.token);
    }
    default: {
      const { openPglite } = await import('./engines/pglite.js');
      return await openPglite(target.kind === 'memory' ? undefined : target.folder);
    }
  }
}
