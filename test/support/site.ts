import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { type Catalog, openCatalog } from '../../src/catalog/open.js';
import { Sensitive } from '../../src/privacy/sensitive.js';
import { openStore } from '../../src/storage/open.js';
import type { ObjectStore } from '../../src/storage/port.js';
import { cxrflow, type Running, running } from './cli.js';
import { temporaryFolder } from './servers/process.js';
import type { Temporal } from './servers/temporal.js';

export interface SiteOptions {
  readonly temporal: Temporal;
  /** URL of an empty Postgres database. */
  readonly database: string;
  /** Root URI of the objects; its bucket or folder exists. */
  readonly storage: string;
  /** What reaches the storage: `S3_ENDPOINT` and its like. */
  readonly env?: Readonly<Record<string, string>>;
  /** Of another site, to have its pseudonyms. */
  readonly keyring?: string;
  /** How long a broken world is waited for; by default 4 s, so that a test sees the pause. */
  readonly patience?: string;
  /** YAML over what all sites have. */
  readonly config?: string;
}

/** A deployment as a hospital has one: worker processes, Postgres, an object store, a Temporal server. */
export interface Site {
  readonly env: NodeJS.ProcessEnv;
  readonly keyring: string;
  readonly catalog: Catalog;
  readonly objects: ObjectStore;
  readonly client: Client;
  /** Starts a worker process for these queues, and waits until it is ready. @throws Error with why it refused */
  worker(queues: string, env?: NodeJS.ProcessEnv, wrapper?: readonly string[]): Promise<Running>;
  /** `cxrflow … --json`: what it printed, and its exit status. */
  cli(...args: readonly string[]): Promise<{ code: number; json: Record<string, unknown> }>;
  /** Ends all workers that still run, then the connections. */
  close(): Promise<void>;
}

export async function makeSite(options: SiteOptions): Promise<Site> {
  const { temporal, database, storage } = options;
  const folder = temporaryFolder('site');
  const config = join(folder, 'site.yaml');
  mkdirSync(join(folder, 'data'));
  // No port for metrics: the processes share a host.
  writeFileSync(
    config,
    `metrics: { port: 0 }\nretry: { window: ${options.patience ?? '4s'}, first: 100ms, longest: 1s }\ningest: { minAge: 0s }\n${options.config ?? ''}`,
  );
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    ...options.env,
    CXRFLOW_CONFIG: config,
    CXRFLOW_DATA: join(folder, 'data'),
    CXRFLOW_STORAGE: storage,
    CXRFLOW_KEYRING: options.keyring ?? join(folder, 'keyring.json'),
    CXRFLOW_LOG_LEVEL: 'warn',
    DATABASE_URL: database,
    TEMPORAL_ADDRESS: temporal.address,
    TEMPORAL_NAMESPACE: temporal.namespace,
  };
  const keyring = String(env.CXRFLOW_KEYRING);
  if (options.keyring === undefined) {
    const made = await cxrflow(['keys', 'create', '--json'], env);
    if (made.code !== 0) throw new Error(`keys create: ${made.stdout}${made.stderr}`);
  }
  const catalog = await openCatalog({ kind: 'postgres', url: new Sensitive(database), connections: 2 });
  const objects = openStore(storage, {
    s3: {
      endpoint: env.S3_ENDPOINT,
      accessKey: env.S3_ACCESS_KEY,
      secretKey: env.S3_SECRET_KEY,
      region: env.S3_REGION,
    },
    gs: { emulatorHost: env.STORAGE_EMULATOR_HOST },
  });
  const connection = await Connection.connect({ address: temporal.address });
  const workers: Running[] = [];
  return {
    env,
    keyring,
    catalog,
    objects,
    client: new Client({ connection, namespace: temporal.namespace }),
    async worker(queues, extra = {}, wrapper = []) {
      const worker = await running(['worker', '--queues', queues], { ...env, ...extra }, wrapper);
      workers.push(worker);
      if (worker.ready.ready !== true) throw new Error(JSON.stringify(worker.ready.error));
      return worker;
    },
    async cli(...args) {
      const { code, stdout, stderr } = await cxrflow([...args, '--json'], env);
      if (stdout === '') throw new Error(`cxrflow ${args.join(' ')}: ${stderr}`);
      return { code, json: JSON.parse(stdout) as Record<string, unknown> };
    },
    async close() {
      await Promise.all(
        workers
          .filter(({ child }) => child.exitCode === null && child.signalCode === null)
          .map((w) => w.end('SIGKILL')),
      );
      await catalog.close();
      await objects.close();
      await connection.close();
    },
  };
}
