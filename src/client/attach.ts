import type { Client } from '@temporalio/client';
import type { Catalog, CatalogTarget } from '../catalog/open.js';
import type { Config } from '../config/load.js';
import { CxrError } from '../errors.js';
import { liveRuntime, type Runtime } from '../server/runtime-file.js';
import { connectClient } from '../workers/connection.js';

export interface Attached {
  readonly config: Config;
  readonly client: Client;
  readonly catalog: Catalog;
  /** Of the live stack, where that is what was found. */
  readonly runtime: Runtime | undefined;
  close(): Promise<void>;
}

/** Where the catalog of a configuration is: Postgres if configured, else the live stack of its data folder. */
export function catalogTarget(config: Config): CatalogTarget {
  const url = config.secrets.databases.catalog;
  if (url !== undefined) return { kind: 'postgres', url };
  const runtime = liveRuntime(config.data);
  if (runtime === undefined)
    throw new CxrError('NOT_RUNNING', 'no stack has this data folder, and no DATABASE_URL');
  return { kind: 'remote', url: runtime.api, token: runtime.token };
}

/**
 * The catalog alone, for commands that need no Temporal: configured, of the live stack, or, where none is running,
 * opened here for as long as the command takes.
 *
 * @throws CxrError DATA_IN_USE, CATALOG_*
 */
export async function attachCatalog(config: Config): Promise<Catalog> {
  if (config.secrets.databases.catalog !== undefined || liveRuntime(config.data) !== undefined)
    return await open(catalogTarget(config));
  return await open({ kind: 'pglite', folder: config.data });
}

/** Loaded only here: `start` and `status` without a catalog do not wait for it. */
async function open(target: CatalogTarget): Promise<Catalog> {
  const { openCatalog } = await import('../catalog/open.js');
  return await openCatalog(target);
}

/** Temporal alone: of the live stack of the data folder, else the configured one. */
export function attachTemporal(config: Config): Promise<Client> {
  const runtime = liveRuntime(config.data);
  return runtime
    ? connectClient(
        { ...config, temporal: { ...config.temporal, namespace: runtime.temporal.namespace } },
        runtime.temporal.address,
      )
    : connectClient(config);
}

/**
 * What is running: the live stack of the data folder, else the configured deployment.
 *
 * @throws CxrError NOT_RUNNING, TEMPORAL_UNREACHABLE, TEMPORAL_NAMESPACE, CATALOG_*
 */
export async function attach(config: Config): Promise<Attached> {
  const runtime = liveRuntime(config.data);
  const client = await attachTemporal(config);
  try {
    const catalog = await open(catalogTarget(config));
    const close = async () => {
      await catalog.close();
      await client.connection.close();
    };
    return { config, client, catalog, runtime, close };
  } catch (error) {
    await client.connection.close();
    throw error;
  }
}
