import { randomUUID } from 'node:crypto';
import type { ControlledTransaction } from 'kysely';
import { CxrError } from '../../errors.js';
import type { Database } from '../database.js';
import type { Catalog } from '../open.js';

type Controlled = ControlledTransaction<Database>;

const IDLE_MS = 10_000;

interface Session {
  readonly trx: Controlled;
  timer: NodeJS.Timeout | undefined;
}

/**
 * Transactions of other processes. One that is silent for 10 s is rolled back: its process has died or hangs,
 * and on PGlite everybody else waits for it.
 */
export class Sessions {
  readonly #catalog: Catalog;
  readonly #idleMs: number;
  readonly #open = new Map<string, Session>();

  constructor(catalog: Catalog, idleMs = IDLE_MS) {
    this.#catalog = catalog;
    this.#idleMs = idleMs;
  }

  async begin(): Promise<string> {
    const id = randomUUID();
    const session: Session = { trx: await this.#catalog.db.startTransaction().execute(), timer: undefined };
    this.#open.set(id, session);
    this.#watch(id, session);
    return id;
  }

  /** @throws CxrError CATALOG_BUSY when the session is over: its transaction has to start again. */
  async use<T>(id: string, work: (trx: Controlled) => Promise<T>): Promise<T> {
    const session = this.#take(id);
    try {
      return await work(session.trx);
    } finally {
      this.#watch(id, session);
    }
  }

  async end(id: string, how: 'commit' | 'rollback'): Promise<void> {
    const session = this.#take(id);
    this.#open.delete(id);
    await session.trx[how]().execute();
  }

  async close(): Promise<void> {
    await Promise.allSettled([...this.#open.keys()].map((id) => this.end(id, 'rollback')));
  }

  #take(id: string): Session {
    const session = this.#open.get(id);
    if (session === undefined) throw new CxrError('CATALOG_BUSY', 'the transaction was silent for too long');
    clearTimeout(session.timer);
    return session;
  }

  #watch(id: string, session: Session): void {
    session.timer = setTimeout(() => {
      // Where rolling back fails too, the connection is broken and with it the transaction.
      this.end(id, 'rollback').catch(() => undefined);
    }, this.#idleMs);
    session.timer.unref();
  }
}
