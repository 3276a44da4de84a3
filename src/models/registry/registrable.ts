import { createHash } from 'node:crypto';
import { loadQualityModel, type QualityModelOptions } from '../onnx.js';
import { readOnnx } from '../onnx-file.js';
import { openModel } from '../open-model.js';
import type { Declared, ModelDeclaration, Provider } from '../types.js';

/** A classifier over the quality features of a film: it takes numbers, no pictures. */
export interface QualityDeclaration {
  readonly task: 'quality';
  readonly featuresVersion: string;
  readonly threshold: number;
}

export interface Registrable {
  readonly sha256: string;
  readonly declaration: ModelDeclaration | QualityDeclaration;
  readonly provider: Provider;
}

/**
 * Opens a model file as whoever uses it will, and closes it: what does not fit its declaration is refused here and
 * not by a run. A file whose metadata has `features_version` is a quality model.
 *
 * @throws CxrError MODEL_NOT_ONNX, MODEL_EXTERNAL_DATA, MODEL_OPERATORS, MODEL_INVALID, MODEL_MISMATCH
 */
export async function inspectModel(
  bytes: Uint8Array,
  declared: Declared,
  quality: QualityModelOptions,
): Promise<Registrable> {
  if (readOnnx(bytes).metadata.has('features_version')) {
    const model = await loadQualityModel(bytes, quality);
    await model.close();
    const { featuresVersion, threshold, provider } = model;
    return { sha256: sha256(bytes), declaration: { task: 'quality', featuresVersion, threshold }, provider };
  }
  const model = await openModel(bytes, declared, { device: 'cpu' });
  await model.close();
  return { sha256: model.sha256, declaration: model.declaration, provider: model.provider };
}

/** Everything that makes a version what it is: of two with the same identity the second is the first. */
export interface VersionParts {
  readonly sha256: string;
  readonly declared: Declared;
  readonly card: string;
  readonly metrics: Readonly<Record<string, unknown>>;
  readonly dataset?: string | undefined;
  readonly parent?: string | undefined;
}

export function identityOf(parts: VersionParts): string {
  const { sha256: file, declared, card, metrics, dataset, parent } = parts;
  return sha256(canonical([file, declared, card, metrics, dataset ?? null, parent ?? null]));
}

/** JSON with sorted keys. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, v: unknown) =>
    v !== null && typeof v === 'object' && !Array.isArray(v)
      ? Object.fromEntries(Object.entries(v).sort(([a], [b]) => (a < b ? -1 : 1)))
      : v,
  );
}

function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
