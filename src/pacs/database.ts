import pg from 'pg';
import { CxrError } from '../errors.js';
import type { Sensitive } from '../privacy/sensitive.js';
import { pacsError, SYNTAX_ERROR } from './errors.js';
import { type BoundQuery, bindParameters, type QueryParameters } from './parameters.js';
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
 * @throws CxrError PACS_COLUMN_MISSING, PACS_COLUMN_TWICE before any row, PACS_TOO_MANY_ROWS, PACS_QUERY_FAILED,
 * PACS_QUERY_SLOW, PACS_UNREACHABLE, PACS_LOGIN; the signal's reason
 */
export async function* readRows(
  pool: pg.Pool,
  query: PacsQuery,
  signal: AbortSignal,
): AsyncGenerator<readonly PacsRow[]> {
  signal.throwIfAborted();
  const client = await connected(pool);
  let finished = false;
  const stop = () => {
    client.end().catch(() => undefined);
  };
  signal.addEventListener('abort', stop, { once: true });
  const plain = asking(client);
  const ask: Ask = (...query) =>
    plain(...query).catch((error: unknown) => {
      signal.throwIfAborted();
      throw error;
    });
  try {
    const { text, values } = await begin(ask, query);
    await ask(...declare(text, values, query.maxRows));
    yield* fetchAll(ask, query.maxRows);
    // Nothing that a function of the query did by the way is to stay.
    await ask('ROLLBACK');
    finished = true;
  } finally {
    signal.removeEventListener('abort', stop);
    // One that is in the middle of its transaction is of no use to the next.
    client.release(!finished);
  }
}

/** Whether the database answers. @throws CxrError PACS_UNREACHABLE, PACS_LOGIN */
export async function tryServer(pool: pg.Pool): Promise<void> {
  (await connected(pool)).release();
}

/**
 * Whether the database would take the query: nothing is read.
 * @throws CxrError as `readRows`
 */
export async function tryQuery(pool: pg.Pool, query: PacsQuery): Promise<void> {
  const client = await connected(pool);
  try {
    await begin(asking(client), query);
  } finally {
    client.release(true);
  }
}

type Ask = (
  text: string,
  values?: readonly (string | number | null)[],
  before?: number,
) => Promise<pg.QueryResult<Record<string, string | null>>>;

function connected(pool: pg.Pool): Promise<pg.PoolClient> {
  return pool.connect().catch((error: unknown) => {
    throw pacsError(error);
  });
}

function asking(client: pg.PoolClient): Ask {
  return async (text, values, before) => {
    try {
      return await client.query({ text, values: [...(values ?? [])] });
    } catch (error) {
      throw pacsError(error, text, before);
    }
  };
}

/** Opens the transaction, and looks at the columns of the query before any row is read. */
async function begin(ask: Ask, { sql, parameters, statementTimeout }: PacsQuery): Promise<BoundQuery> {
  await ask('BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY');
  await ask(`SET LOCAL statement_timeout = ${Math.ceil(statementTimeout)}`);
  await ask(`SET LOCAL timezone = 'UTC'`);
  await ask(`SET LOCAL datestyle = 'ISO'`);
  const bound = bindParameters(sql.replace(/(?:;\s*(?:--[^\n]*\s*)*)+$/, ''), parameters);
  try {
    await checkColumns(ask, bound);
  } catch (error) {
    const { unknown } = bound;
    const inSyntax = error instanceof CxrError && error.detail?.includes(SYNTAX_ERROR);
    if (!inSyntax || unknown === undefined) throw error;
    throw new CxrError('PACS_QUERY_FAILED', `${error.detail}; there is no parameter :${unknown}`);
  }
  return bound;
}

async function checkColumns(ask: Ask, { text, values }: BoundQuery): Promise<void> {
  const before = 'SELECT * FROM (\n';
  // An extended query, even without parameters: it takes one statement only.
  const { fields } = await ask(
    `${before}${text}\n) AS q LIMIT ($${values.length + 1}::int)`,
    [...values, 0],
    before.length,
  );
  const names = fields.map(({ name }) => name);
  const missing = missingColumns(names);
  if (missing.length > 0) throw new CxrError('PACS_COLUMN_MISSING', missing.join(', '));
  // A row has one value a name: the other would be neither exported nor removed from the report.
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined)
    throw new CxrError('PACS_COLUMN_TWICE', /^[a-z_][a-z0-9_]{0,62}$/i.test(twice) ? twice : undefined);
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
