import { ensureKey } from '../catalog/meta.js';
import type { Catalog } from '../catalog/open.js';
import type { Config } from '../config/load.js';
import { checkValue, type Keyring, loadKeyring } from '../privacy/keyring.js';

/**
 * The keyring of this process, which must be the one that the catalog was made with.
 *
 * @param mayMake whether a project without a key may get one; a catalog that had a key never gets another, because
 * that would make two patients of one
 * @throws CxrError KEY_MISMATCH, KEY_MISSING and the others of `loadKeyring`
 */
export async function openKeys(
  catalog: Catalog,
  config: Config,
  env: NodeJS.ProcessEnv,
  mayMake: boolean,
): Promise<Keyring> {
  const bound = await catalog.db
    .selectFrom('meta')
    .select('key')
    .where('key', '=', 'key.check')
    .executeTakeFirst();
  const keyring = loadKeyring(keyEnvironment(config, env), {
    mayCreate: mayMake && bound === undefined,
    dataFolder: config.data,
  });
  await ensureKey(catalog.db, checkValue(keyring), keyring.epoch);
  return keyring;
}

/** The environment with the configured place of the keyring. */
export function keyEnvironment(config: Config, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return config.keyring.file === undefined ? env : { ...env, CXRFLOW_KEYRING: config.keyring.file };
}
