import { type CompiledQuery, type DatabaseConnection, type Driver, Kysely, type QueryResult } from 'kysely';
import { CxrError, ERRORS, type ErrorCode } from '../../errors.js';
import type { Sensitive } from '../../privacy/sensitive.js';
import type { Database } from '../database.js';
import { guardedDialect } from '../engines/guarded.js';
import type { Engine } from '../open.js';
import { PATH, rowFromWire, toWire, type WireAnswer, type WireRequest } from './wire.js';

/** Longer than the owner lets anyone wait for its connection, and than a statement may take there. */
const TIMEOUT_MS = 130_000;

/** The catalog of the process that owns it, over loopback HTTP. @param url of its API, `http://127.0.0.1:8080` */
export function openRemote(url: string, token: Sensitive<string>): Engine {
  const ask = (request: WireRequest) => post(new URL(PATH, url), token, request);
  const db = new Kysely<Database>({ dialect: guardedDialect(() => new RemoteDriver(ask)) });
  return { db, close: () => db.destroy() };
}

type Ask = (request: WireRequest) => Promise<WireAnswer>;

async function post(url: URL, token: Sensitive<string>, request: WireRequest): Promise<WireAnswer> {
  let answer: WireAnswer;
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token.reveal()}` },
      body: JSON.stringify(request),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    answer = (await response.json()) as WireAnswer;
  } catch {
    // The owner has gone or was replaced by something that does not speak JSON.
    throw new CxrError('CATALOG_UNREACHABLE', 'the process that owns it does not answer');
  }
  const { error } = answer;
  if (error === undefined) return answer;
  throw new CxrError(
    error.code in ERRORS ? (error.code as ErrorCode) : 'CATALOG_UNREACHABLE',
    error.code in ERRORS ? error.detail : undefined,
  );
}

class RemoteDriver implements Driver {
  readonly #ask: Ask;

  constructor(ask: Ask) {
    this.#ask = ask;
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<RemoteConnection> {
    return new RemoteConnection(this.#ask);
  }

  async beginTransaction(connection: RemoteConnection): Promise<void> {
    connection.session = (await this.#ask({ do: 'begin' })).session;
  }

  async commitTransaction(connection: RemoteConnection): Promise<void> {
    await this.#ask({ do: 'commit', session: connection.session });
  }

  async rollbackTransaction(connection: RemoteConnection): Promise<void> {
    await this.#ask({ do: 'rollback', session: connection.session });
  }

  async releaseConnection(connection: RemoteConnection): Promise<void> {
    connection.session = undefined;
  }

  async destroy(): Promise<void> {}
}

class RemoteConnection implements DatabaseConnection {
  readonly #ask: Ask;
  session: string | undefined;

  constructor(ask: Ask) {
    this.#ask = ask;
  }

  async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    const params = parameters.map(toWire);
    const { rows = [], affected = 0 } = await this.#ask({ do: 'query', session: this.session, sql, params });
    return { rows: rows.map(rowFromWire) as R[], numAffectedRows: BigInt(affected) };
  }

  streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error('page by key instead of streaming');
  }
}
