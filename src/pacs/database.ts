import pg from 'pg';
import { CxrError } from '../errors.js';
import type { Sensitive } from '../privacy/sensitive.js';
import { pacsError } from './errors.js';
import { bindParameters, type QueryParameters } from './parameters.js';
import { missingColumns, type PacsRow, toRow } from './row.js';

export interface PacsQuery {
  /** One SELECT, as it stands in the file. */
  readonly sql: string;
  readonly parameters: QueryParameters;
  readonly maxRows: number;
  /** Milliseconds. */
  readonly statementTimeout: number;
}

/** Rows asked for at a time, and how many bytes of them are meant to be held. */
const MOST_ROWS = 500;
const HELD_BYTES = 8 * 2 ** 20;

/**
 * Connections to a PACS, at most so many; each is opened when it is needed and closed when it has idled.
 * @throws CxrError PACS_LOGIN for a text that is no URL
 */
export function openPacs(url: Sensitive<string>, connections: number): pg.Pool {
  let pool: pg.Pool;
  try {
    pool = new pg.Pool({
      connectionString: url.reveal(),
      max: connections,
      application_name: 'cxrflow pacsExport',
      connectionTimeoutMillis: 10_000,
      idleTimeoutMillis: 10_000,
      allowExitOnIdle: true,
      keepAlive: true,
      // Ids and times stay as the database writes them.
      types: { getTypeParser: () => (text: string | Buffer) => String(text) },
    });
  } catch {
    // The message quotes the URL.
    throw new CxrError('PACS_LOGIN', 'its URL cannot be read; expected postgres://user:password@host/name');
  }
  // Without listeners a connection that breaks would end the process; whoever uses it is told by the query.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}

/**
 * The rows of a query at one moment, page by page in bounded memory: the rows of a study stand together, studies in
 * the order in which the query first names them. Nothing can be changed: the transaction is read-only.
 *
 * @throws CxrError PACS_COLUMN_MISSING before any row, PACS_TOO_MANY_ROWS, PACS_QUERY_FAILED, PACS_QUERY_SLOW,
 * PACS_UNREACHABLE, PACS_LOGIN; the signal's reason
 */
export async function* readRows(
  pool: pg.Pool,
  query: PacsQuery,
  signal: AbortSignal,
): AsyncGenerator<readonly PacsRow[]> {
  signal.throwIfAborted();
  const client = await pool.connect().catch((error: unknown) => {
    throw pacsError(error);
  });
  let finished = false;
  const stop = () => {
    client.end().catch(() => undefined);
  };
  signal.addEventListener('abort', stop, { once: true });
  const ask = async (text: string, values?: readonly (string | number | null)[], before?: number) => {
    try {
      return await client.query<Record<string, string | null>>({ text, values: [...(values ?? [])] });
    } catch (error) {
      signal.throwIfAborted();
      throw pacsError(error, text, before);
    }
  };
  try {
    await ask('BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY');
    await ask(`SET LOCAL statement_timeout = ${Math.ceil(query.statementTimeout)}`);
    await ask(`SET LOCAL timezone = 'UTC'`);
    await ask(`SET LOCAL datestyle = 'ISO'`);
    const { text, values } = bindParameters(query.sql.replace(/;\s*(?:--[^\n]*\s*)*$/, ''), query.parameters);
    await checkColumns(ask, text, values);
    await ask(...declare(text, values, query.maxRows));
    yield* fetchAll(ask, query.maxRows);
    await ask('COMMIT');
    finished = true;
  } finally {
    signal.removeEventListener('abort', stop);
    // One that is in the middle of its transaction is of no use to the next.
    client.release(!finished);
  }
}

type Ask = (
  text: string,
  values?: readonly (string | number | null)[],
  before?: number,
) => Promise<pg.QueryResult<Record<string, string | null>>>;

async function checkColumns(
  ask: Ask,
  text: string,
  values: readonly (string | number | null)[],
): Promise<void> {
  const before = 'SELECT * FROM (\n';
  // An extended query, even without parameters: it takes one statement only.
  const { fields } = await ask(
    `${before}${text}\n) AS q LIMIT ($${values.length + 1}::int)`,
    [...values, 0],
    before.length,
  );
  const missing = missingColumns(fields.map(({ name }) => name));
  if (missing.length > 0) throw new CxrError('PACS_COLUMN_MISSING', missing.join(', '));
}

/** Studies keep together whatever the query orders by, so that one study is in memory at a time. */
function declare(
  text: string,
  values: readonly (string | number | null)[],
  maxRows: number,
): [string, (string | number | null)[], number] {
  const before = `DECLARE cxrflow NO SCROLL CURSOR FOR
SELECT q.*, min(q.cxr_row) OVER (PARTITION BY q.study_id) AS cxr_study FROM (
SELECT q.*, row_number() OVER () AS cxr_row FROM (\n`;
  const after = `\n) AS q LIMIT ($${values.length + 1}::bigint)) AS q ORDER BY cxr_study, cxr_row`;
  return [`${before}${text}${after}`, [...values, maxRows + 1], before.length];
}

async function* fetchAll(ask: Ask, maxRows: number): AsyncGenerator<readonly PacsRow[]> {
  let seen = 0;
  let count = 100;
  for (;;) {
    const { rows } = await ask(`FETCH ${count} FROM cxrflow`);
    seen += rows.length;
    if (seen > maxRows) throw new CxrError('PACS_TOO_MANY_ROWS', `over ${maxRows}`);
    if (rows.length > 0) yield rows.map(toRow);
    if (rows.length < count) return;
    const bytes = rows.reduce((sum, row) => sum + (row.report_value?.length ?? 0) + 1_000, 0);
    count = Math.min(MOST_ROWS, Math.max(1, Math.floor((HELD_BYTES / bytes) * rows.length)));
  }
}
