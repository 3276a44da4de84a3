import type { Deps } from '../activities/deps.js';
import { QualityModels, SHIPPED_MODEL } from '../activities/gpu/quality-models.js';

/**
 * Opens the configured quality model once, so that a wrong one is refused at the start and not by the first run.
 *
 * @returns its version
 * @throws CxrError MODEL_INVALID and those of the store
 */
export async function checkModel(deps: Deps): Promise<string> {
  const { qualityModel, black } = deps.config.preprocess;
  const { version } = await new QualityModels(deps).describe(qualityModel ?? SHIPPED_MODEL, black);
  return version;
}
