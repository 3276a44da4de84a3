import { modelVersion } from '../../catalog/models.js';
import { CxrError } from '../../errors.js';
import { type ImageModel, openModel } from '../../models/open-model.js';
import type { Declared } from '../../models/types.js';
import { parseUri } from '../../storage/open.js';
import type { ModelRef } from '../api/loop.js';
import type { Deps } from '../deps.js';

/** Registered image models of a process: each is read and opened once. */
export class Sessions {
  readonly #deps: Deps;
  readonly #open = new Map<string, Promise<ImageModel>>();

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** @throws CxrError MODEL_UNKNOWN, MODEL_CHANGED, MODEL_INVALID and the others of `openModel` */
  async open(ref: ModelRef): Promise<ImageModel> {
    let model = this.#open.get(ref.model);
    if (!model) {
      model = this.#load(ref);
      this.#open.set(ref.model, model);
      model.catch(() => this.#open.delete(ref.model));
    }
    return model;
  }

  async #load({ name, version, sha256 }: ModelRef): Promise<ImageModel> {
    const row = await modelVersion(this.#deps.catalog.db, name, version);
    const { root, key } = parseUri(row.uri);
    const model = await openModel(await this.#deps.store(root).read(key), row.declared as Declared);
    if (model.sha256 === sha256) return model;
    await model.close();
    throw new CxrError('MODEL_CHANGED', row.name);
  }
}
