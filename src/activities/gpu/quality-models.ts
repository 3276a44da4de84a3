import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { CxrError, isCxrError } from '../../errors.js';
import { FEATURE_COUNT, FEATURES_VERSION } from '../../imaging/quality/features.js';
import { loadQualityModel, type QualityModel } from '../../models/onnx.js';
import { parseUri } from '../../storage/open.js';
import type { BlackThresholds, ModelInfo } from '../api.js';
import type { Deps } from '../deps.js';

/** The model that comes with the program. */
export const SHIPPED_MODEL = 'builtin:quality-svm-1';
/** Which setting is meant. */
const NAMED = 'named by preprocess.qualityModel, or by qualityModel of the run';
const SHIPPED_FILE = new URL('../../../models/quality-svm-1.onnx', import.meta.url);

/** Models of a process: each file is read and opened once. */
export class QualityModels {
  readonly #deps: Pick<Deps, 'store'>;
  readonly #open = new Map<string, Promise<QualityModel>>();

  constructor(deps: Pick<Deps, 'store'>) {
    this.#deps = deps;
  }

  /** Reads the model anew and says which it is. @throws CxrError MODEL_INVALID MODEL_MISSING and those of the store */
  async describe(uri: string, black: BlackThresholds): Promise<ModelInfo> {
    const bytes = await this.#read(uri);
    const model = await this.#opened(bytes);
    return { uri, version: checkVersion(model, black), provider: model.provider };
  }

  /** @throws CxrError MODEL_CHANGED when the file is not the one the run began with */
  async get(info: ModelInfo, black: BlackThresholds): Promise<QualityModel> {
    const known = this.#open.get(info.version);
    if (known) return known;
    const model = await this.#opened(await this.#read(info.uri));
    if (checkVersion(model, black) !== info.version) throw new CxrError('MODEL_CHANGED');
    this.#open.set(info.version, Promise.resolve(model));
    return model;
  }

  async #opened(bytes: Uint8Array): Promise<QualityModel> {
    const hash = createHash('sha256').update(bytes).digest('hex');
    let model = this.#open.get(hash);
    if (!model) {
      model = loadQualityModel(bytes, { featureCount: FEATURE_COUNT, featuresVersion: FEATURES_VERSION });
      this.#open.set(hash, model);
      model.catch(() => this.#open.delete(hash));
    }
    return model;
  }

  async #read(uri: string): Promise<Uint8Array> {
    if (uri === SHIPPED_MODEL) return readFile(SHIPPED_FILE);
    const { root, key } = parseUri(uri);
    try {
      return await this.#deps.store(root).read(key);
    } catch (error) {
      if (!isCxrError(error)) throw error;
      // A folder or bucket may be mounted or made yet; a file that is not in it was never there.
      if (error.code === 'NOT_FOUND') throw new CxrError('MODEL_MISSING', NAMED);
      if (error.code !== 'SOURCE_UNREADABLE' && error.code !== 'BUCKET_MISSING') throw error;
      throw new CxrError(error.code, `of the quality model, ${NAMED}`);
    }
  }
}

/** A verdict depends on the model and on the thresholds for black: either of them new, images are checked again. */
function checkVersion(model: QualityModel, black: BlackThresholds): string {
  const thresholds = JSON.stringify([black.p99, black.spread, black.mean ?? null]);
  return `${model.version}-${createHash('sha256').update(thresholds).digest('hex').slice(0, 6)}`;
}
