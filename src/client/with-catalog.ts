import type { Catalog } from '../catalog/open.js';
import type { Config } from '../config/load.js';
import { attachCatalog } from './attach.js';
import { configOf, type DeploymentOptions } from './options.js';

/** Opens the catalog that the options name for as long as `work` takes. */
export async function withCatalog(
  options: DeploymentOptions,
  work: (catalog: Catalog, config: Config) => Promise<void>,
): Promise<void> {
  const config = configOf(options);
  const catalog = await attachCatalog(config);
  try {
    await work(catalog, config);
  } finally {
    await catalog.close();
  }
}
