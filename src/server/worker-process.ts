import { type CatalogTarget, openCatalog } from '../catalog/open.js';
import type { Config } from '../config/load.js';
import type { Queue } from '../config/schema.js';
import { CxrError } from '../errors.js';
import { checkModel } from '../workers/check-model.js';
import { connectClient, connectWorkers } from '../workers/connection.js';
import { createDeps } from '../workers/deps.js';
import { startHealth } from '../workers/health.js';
import { openKeys } from '../workers/keys.js';
import type { Logger } from '../workers/log.js';
import { installRuntime } from '../workers/runtime.js';
import { registerSearchAttributes } from '../workers/search-attributes.js';
import { watchSchedules } from '../workers/watch-schedules.js';
import { startWorkers } from '../workers/worker.js';
import { Closing } from './closing.js';
import { liveRuntime } from './runtime-file.js';

export interface WorkerProcess {
  /** Rejected when a worker failed for good; pending otherwise. */
  readonly failed: Promise<never>;
  stop(): Promise<void>;
}

/**
 * A worker process of a deployment, or one more beside a live `up` on this machine. Checks first what would make
 * its work wrong: the key, the place of the catalog, storage that others cannot reach, the model.
 *
 * @throws CxrError DATABASE_REQUIRED, STORAGE_NOT_SHARED, KEY_MISMATCH, TEMPORAL_*, CATALOG_*, MODEL_INVALID
 */
export async function startWorkerProcess(
  given: Config,
  queues: readonly Queue[],
  log: Logger,
  env: NodeJS.ProcessEnv = process.env,
): Promise<WorkerProcess> {
  const { config, address, target } = resolveDeployment(given);
  const closing = new Closing();
  try {
    const client = await connectClient(config, address);
    closing.add(() => client.connection.close());
    const catalog = await openCatalog(target);
    closing.add(() => catalog.close());
    const keyring = await openKeys(catalog, config, env, false);
    const searchAttributes = await registerSearchAttributes(client, log);
    const deps = createDeps({ config, keyring, catalog, temporal: client, log, searchAttributes });
    closing.add(deps.close);
    if (queues.includes('gpu')) await checkModel(deps);

    // Not before all that may refuse: an installed runtime without a connection keeps the process alive.
    await installRuntime(log, { metrics: config.metrics.port !== 0 });
    const connection = await connectWorkers(config, address);
    closing.add(() => connection.close());
    let serving = () => false;
    const { host, port } = config.metrics;
    if (port !== 0) {
      const ready = async () => {
        await catalog.check();
        return serving();
      };
      // Started first and closed last: a probe that fails during the drain would have the process killed.
      const health = await startHealth({ host, port }, { metrics: deps.metrics, ready });
      closing.add(() => health.close());
    }
    const workers = await startWorkers({ deps, connection, queues });
    closing.add(workers.stop);
    if (queues.includes('main')) closing.add(watchSchedules(deps));
    serving = workers.ready;
    const failed = workers.done.then(() => new Promise<never>(() => {}));
    failed.catch(() => {});
    return { failed, stop: () => closing.close() };
  } catch (error) {
    await closing.close().catch((closeError: unknown) => log.error({ err: closeError }, 'not closed'));
    throw error;
  }
}

/** Where this process belongs: the configured deployment, or the live stack of its data folder. */
function resolveDeployment(config: Config): {
  config: Config;
  address: string | undefined;
  target: CatalogTarget;
} {
  const url = config.secrets.databases.catalog;
  const runtime = config.temporal.address === undefined ? liveRuntime(config.data) : undefined;
  if (runtime !== undefined)
    return {
      config: {
        ...config,
        temporal: { ...config.temporal, namespace: runtime.temporal.namespace },
        storage: { ...config.storage, root: runtime.storage },
      },
      address: runtime.temporal.address,
      target: url ? { kind: 'postgres', url } : { kind: 'remote', url: runtime.api, token: runtime.token },
    };
  if (url === undefined) throw new CxrError('DATABASE_REQUIRED');
  if (config.storage.root.startsWith('file:') && !config.storage.sharedFilesystem)
    throw new CxrError('STORAGE_NOT_SHARED');
  return { config, address: config.temporal.address, target: { kind: 'postgres', url } };
}
