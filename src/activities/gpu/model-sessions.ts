import { createHash } from 'node:crypto';
import { modelVersion } from '../../catalog/models.js';
import { CxrError } from '../../errors.js';
import { modelReference, referenceText } from '../../models/registry/reference.js';
import type { Declared, Prediction, Prepared, Some, Thresholds } from '../../models/types.js';
import { parseUri } from '../../storage/open.js';
import type { ModelInUse } from '../api/models.js';
import type { Deps, OpenedSession } from '../deps.js';

/** Kept open: production, a candidate beside it, and those of another name. */
const MOST_OPEN = 4;
/** These end the thread, and all its sessions with it. */
const ENDS_THREAD: readonly string[] = ['SESSION_LOST', 'THREAD_CRASHED', 'OUT_OF_MEMORY', 'TOO_SLOW'];

/** An open model; `infer` blocks no thread but its own. */
export interface ModelSession extends Omit<OpenedSession, 'session'> {
  infer(prepared: readonly Prepared[], thresholds?: Some<Thresholds>): Promise<readonly Prediction[]>;
}

/** Models of a worker process: each file is read, checked, opened and warmed once, and kept for the next batch. */
export class ModelSessions {
  readonly #deps: Pick<Deps, 'store' | 'catalog' | 'inference'>;
  /** The least recently used first. */
  readonly #open = new Map<string, Promise<OpenedSession>>();

  constructor(deps: Pick<Deps, 'store' | 'catalog' | 'inference'>) {
    this.#deps = deps;
  }

  /** Which model a text means (`ModelActivities.openModel`); opens it. */
  async resolve(model: string, declared: Declared = {}): Promise<ModelInUse> {
    if (!model.includes('://')) {
      const { name, version } = modelReference(model);
      const row = await modelVersion(this.#deps.catalog.db, name, version);
      const known = { uri: row.uri, sha256: row.sha256, declared: row.declared as Declared };
      const { declaration, provider } = await this.#session(known);
      return { id: referenceText(row.name, row.version), ...known, declaration, provider };
    }
    const bytes = await this.#read(model);
    const sha256 = hashOf(bytes);
    const { declaration, provider } = await this.#session({ uri: model, sha256, declared }, bytes);
    return { id: `sha256:${sha256.slice(0, 12)}`, uri: model, sha256, declared, declaration, provider };
  }

  /**
   * The session of a model. It holds through the loss of its thread: then the model is opened again.
   *
   * @throws CxrError MODEL_CHANGED when the file is not the one the run began with, and those of `openModel`
   */
  async get(model: ModelInUse): Promise<ModelSession> {
    const { session: _, ...facts } = await this.#session(model);
    return {
      ...facts,
      infer: async (prepared, thresholds) => {
        const { session } = await this.#session(model);
        try {
          return await this.#deps.inference.infer(session, prepared, thresholds);
        } catch (error) {
          if (error instanceof CxrError && ENDS_THREAD.includes(error.code)) this.#open.clear();
          throw error;
        }
      },
    };
  }

  #session(
    model: Pick<ModelInUse, 'uri' | 'sha256' | 'declared'>,
    bytes?: Uint8Array,
  ): Promise<OpenedSession> {
    const key = `${model.sha256} ${JSON.stringify(model.declared)}`;
    const session = this.#open.get(key) ?? this.#opened(key, model, bytes);
    this.#open.delete(key);
    this.#open.set(key, session);
    this.#releaseOldest();
    return session;
  }

  async #opened(
    key: string,
    { uri, sha256, declared }: Pick<ModelInUse, 'uri' | 'sha256' | 'declared'>,
    given?: Uint8Array,
  ): Promise<OpenedSession> {
    try {
      const bytes = given ?? (await this.#read(uri));
      if (hashOf(bytes) !== sha256) throw new CxrError('MODEL_CHANGED');
      return await this.#deps.inference.open(bytes, declared);
    } catch (error) {
      this.#open.delete(key);
      throw error;
    }
  }

  #releaseOldest(): void {
    for (const [key, session] of this.#open) {
      if (this.#open.size <= MOST_OPEN) return;
      this.#open.delete(key);
      // Calls are done in order: a batch that was given before is answered before.
      session.then(({ session: id }) => this.#deps.inference.release(id)).catch(() => {});
    }
  }

  #read(uri: string): Promise<Uint8Array> {
    const { root, key } = parseUri(uri);
    return this.#deps.store(root).read(key);
  }
}

function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
