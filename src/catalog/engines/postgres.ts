import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import type { Sensitive } from '../../privacy/sensitive.js';
import type { Database } from '../database.js';
import type { Engine } from '../open.js';
import { guardedDialect } from './guarded.js';
import { PARSERS } from './types.js';

const STATEMENT_TIMEOUT_MS = 60_000;
/** A worker that froze inside a transaction must not hold its row locks for ever. */
const IDLE_IN_TRANSACTION_MS = 60_000;

/** @param connections most connections of this process; Postgres allows 100 to all by default. */
export function openPostgres(url: Sensitive<string>, connections = 8): Engine {
  const pool = new pg.Pool({
    connectionString: url.reveal(),
    max: connections,
    application_name: 'cxrflow',
    connectionTimeoutMillis: 10_000,
    idleTimeoutMillis: 30_000,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
    keepAlive: true,
    options: '-c timezone=UTC -c client_min_messages=warning',
    types: {
      getTypeParser: ((oid: number, format?: 'text') =>
        PARSERS[oid] ?? pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
    },
  });
  // A connection that breaks is replaced by the pool, and whoever uses it is told by the failing query; without
  // listeners, for idle ones and for those in use, the event would end the process.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  const inner = new PostgresDialect({ pool });
  const db = new Kysely<Database>({ dialect: guardedDialect(() => inner.createDriver()) });
  const close = async () => {
    await db.destroy();
    // Kysely ends the pool only once a query has run.
    if (!pool.ended) await pool.end();
  };
  return { db, close };
}
