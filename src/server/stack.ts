import { mkdirSync } from 'node:fs';
import type { Client } from '@temporalio/client';
import type { NativeConnection } from '@temporalio/worker';
import type { Deps } from '../activities/deps.js';
import { lockFolder } from '../catalog/engines/lock.js';
import { type Catalog, openCatalog } from '../catalog/open.js';
import { catalogRoutes } from '../catalog/remote/routes.js';
import type { Config } from '../config/load.js';
import { QUEUES, type Queue } from '../config/schema.js';
import { CxrError } from '../errors.js';
import { checkModel } from '../workers/check-model.js';
import { connectClient, connectWorkers } from '../workers/connection.js';
import { createDeps, makeDefaultStorage } from '../workers/deps.js';
import { checkPort, healthRoutes, listen } from '../workers/health.js';
import { openKeys } from '../workers/keys.js';
import type { Logger } from '../workers/log.js';
import { installRuntime } from '../workers/runtime.js';
import { registerSearchAttributes } from '../workers/search-attributes.js';
import { watchSchedules } from '../workers/watch-schedules.js';
import { startWorkers } from '../workers/worker.js';
import { createApi } from './api.js';
import { Closing } from './closing.js';
import { hookRoutes } from './hooks.js';
import { isAlive, startOf } from './process-info.js';
import { newToken, type Runtime, readRuntime, removeRuntime, writeRuntime } from './runtime-file.js';
import { temporalCli } from './temporal-cli.js';
import { endOrphan, setRetention, startTemporalServer } from './temporal-server.js';

export interface StackOptions {
  readonly config: Config;
  readonly log: Logger;
  readonly env?: NodeJS.ProcessEnv;
  /** Of the API; without it the configured one, 0 for any free one. */
  readonly port?: number | undefined;
  /** Default all. */
  readonly queues?: readonly Queue[];
  /** Told what takes time, a line each. */
  readonly say?: (line: string) => void;
}

export interface Stack {
  readonly config: Config;
  readonly deps: Deps;
  readonly client: Client;
  readonly catalog: Catalog;
  /** Addresses, as `runtime.json` has them. */
  readonly runtime: Runtime;
  /** Rejected when a part failed for good; pending otherwise. */
  readonly failed: Promise<never>;
  /** Drains the workers, then stops what was started, in reverse. */
  stop(): Promise<void>;
}

/**
 * Everything on this machine: what is not configured is embedded (Temporal dev server, PGlite), workers for all
 * queues and the API run in this process. Takes over what a killed stack of the same folder left.
 *
 * @throws CxrError DATA_IN_USE when another stack has the folder; PORT_IN_USE, TEMPORAL_CLI, TEMPORAL_UNREACHABLE,
 * KEY_*, CATALOG_*
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { config, log, env = process.env, say = () => {} } = options;
  const closing = new Closing();
  try {
    mkdirSync(config.data, { recursive: true, mode: 0o700 });
    closing.add(lockFolder(config.data, 'stack.lock'));
    makeDefaultStorage(config);
    const { host } = config.server;
    const wantedPort = options.port ?? config.server.port;
    // Asked before the slow parts start; `listen` below has the last word.
    await checkPort(host, wantedPort);
    await takeOver(config.data, log);
    let fail: (error: unknown) => void = () => {};
    const failed = new Promise<never>((_, reject) => {
      fail = reject;
    });
    // Nobody may be waiting for it yet.
    failed.catch(() => {});

    // The slow parts side by side.
    const [temporal, catalog] = await settled([
      startTemporal(options, env, say, closing, fail),
      openStackCatalog(config, closing),
    ]);
    const keyring = await openKeys(catalog, config, env, true);
    const { address } = temporal;
    const client = await connectClient(config, address);
    closing.add(() => client.connection.close());
    if (temporal.process) await setRetention(client, config.temporal.retention);
    const searchAttributes = await registerSearchAttributes(client, log);

    const deps = createDeps({ config, keyring, catalog, temporal: client, log, searchAttributes });
    closing.add(deps.close);
    const queues = options.queues ?? QUEUES;
    if (queues.includes('gpu')) await checkModel(deps);
    // Not before all that may refuse: an installed runtime without a connection keeps the process alive.
    await installRuntime(log, { metrics: true });
    const connection: NativeConnection = await connectWorkers(config, address);
    closing.add(() => connection.close());
    const workers = await startWorkers({ deps, connection, queues });
    closing.add(workers.stop);
    if (queues.includes('main')) closing.add(watchSchedules(deps));
    workers.done.catch(fail);

    const token = newToken();
    const app = createApi(client, catalog);
    healthRoutes(app, {
      metrics: deps.metrics,
      ready: async () => {
        await catalog.check();
        return workers.ready();
      },
    });
    app.register(catalogRoutes(catalog, token));
    if (config.secrets.hookToken) app.register(hookRoutes(deps, config.secrets.hookToken));
    closing.add(() => app.close());
    const port = await listen(app, { host, port: wantedPort });
    const runtime: Runtime = {
      version: 1,
      process: { pid: process.pid, started: startOf(process.pid) ?? '' },
      api: `http://${host === '0.0.0.0' ? '127.0.0.1' : host}:${port}`,
      token,
      temporal: { ...temporal, namespace: config.temporal.namespace },
      storage: config.storage.root,
    };
    writeRuntime(config.data, runtime);
    closing.add(() => removeRuntime(config.data));
    return { config, deps, client, catalog, runtime, failed, stop: () => closing.close() };
  } catch (error) {
    await closing.close().catch((closeError: unknown) => log.error({ err: closeError }, 'not closed'));
    throw error;
  }
}

/** The lock is ours, so whoever wrote `runtime.json` is dead; its Temporal server may still be stopping. */
async function takeOver(data: string, log: Logger): Promise<void> {
  const left = readRuntime(data);
  if (left === undefined) return;
  log.info({ pid: left.process.pid }, 'taking over what a killed process left');
  const server = left.temporal.process;
  if (server && isAlive(server)) await endOrphan(server);
  removeRuntime(data);
}

interface TemporalPart {
  readonly address: string;
  readonly ui?: string;
  readonly process?: { readonly pid: number; readonly started: string };
}

async function startTemporal(
  { config, log }: StackOptions,
  env: NodeJS.ProcessEnv,
  say: (line: string) => void,
  closing: Closing,
  fail: (error: unknown) => void,
): Promise<TemporalPart> {
  if (config.temporal.address !== undefined) return { address: config.temporal.address };
  const server = await startTemporalServer({
    cli: await temporalCli(env, say),
    data: config.data,
    namespace: config.temporal.namespace,
    log,
    onDeath: () => fail(new CxrError('TEMPORAL_UNREACHABLE', 'the embedded server ended')),
  });
  closing.add(server.stop);
  return { address: server.address, ui: server.ui, process: server.process };
}

async function openStackCatalog(config: Config, closing: Closing): Promise<Catalog> {
  const url = config.secrets.databases.catalog;
  const catalog = await openCatalog(
    url ? { kind: 'postgres', url } : { kind: 'pglite', folder: config.data },
  );
  closing.add(() => catalog.close());
  return catalog;
}

/** Both results; when one fails, not before the other has settled, so that what it started can be closed. */
async function settled<A, B>([a, b]: [Promise<A>, Promise<B>]): Promise<[A, B]> {
  await Promise.allSettled([a, b]);
  return Promise.all([a, b]);
}
