import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
} from 'kysely';
import { catalogError } from './errors.js';

/** A Postgres dialect over any driver, all of whose errors leave as CxrError. */
export function guardedDialect(createDriver: () => Driver): Dialect {
  return {
    createAdapter: () => new PostgresAdapter(),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
    createDriver: () => new GuardedDriver(createDriver()),
  };
}

const guarded = async <T>(work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    throw catalogError(error);
  }
};

class GuardedDriver implements Driver {
  readonly #inner: Driver;
  constructor(inner: Driver) {
    this.#inner = inner;
  }
  init(): Promise<void> {
    return guarded(() => this.#inner.init());
  }
  async acquireConnection(): Promise<GuardedConnection> {
    return new GuardedConnection(await guarded(() => this.#inner.acquireConnection()));
  }
  beginTransaction(connection: GuardedConnection, settings: Parameters<Driver['beginTransaction']>[1]) {
    return guarded(() => this.#inner.beginTransaction(connection.inner, settings));
  }
  commitTransaction(connection: GuardedConnection) {
    return guarded(() => this.#inner.commitTransaction(connection.inner));
  }
  rollbackTransaction(connection: GuardedConnection) {
    return guarded(() => this.#inner.rollbackTransaction(connection.inner));
  }
  releaseConnection(connection: GuardedConnection) {
    return guarded(() => this.#inner.releaseConnection(connection.inner));
  }
  destroy(): Promise<void> {
    return guarded(() => this.#inner.destroy());
  }
}

class GuardedConnection implements DatabaseConnection {
  readonly inner: DatabaseConnection;
  constructor(inner: DatabaseConnection) {
    this.inner = inner;
  }
  executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    return guarded(() => this.inner.executeQuery<R>(query));
  }
  streamQuery<R>(query: CompiledQuery, chunkSize?: number): AsyncIterableIterator<QueryResult<R>> {
    return this.inner.streamQuery<R>(query, chunkSize);
  }
}
