import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Client } from '@temporalio/client';
import type { Deps } from '../activities/deps.js';
import type { Catalog } from '../catalog/open.js';
import type { Config } from '../config/load.js';
import type { Keyring } from '../privacy/keyring.js';
import { openStore, type StoreOptions } from '../storage/open.js';
import type { ObjectStore } from '../storage/port.js';
import { sendAlert } from './alert.js';
import { createCpuPool } from './cpu-pool.js';
import { createInference } from './inference.js';
import { createIsolated } from './isolated.js';
import type { Logger } from './log.js';
import { createMetrics } from './metrics.js';
import { codeVersion } from './version.js';

export interface DepsParts {
  readonly config: Config;
  readonly keyring: Keyring;
  readonly catalog: Catalog;
  readonly temporal: Client;
  readonly log: Logger;
  readonly searchAttributes: boolean;
}

/** What activities work with; `close` ends the pool and the stores, not the parts that were given. */
export function createDeps(parts: DepsParts): Deps & { close(): Promise<void> } {
  const { config, keyring } = parts;
  const stores = new Map<string, ObjectStore>();
  const options = storeOptions(config);
  const store = (rootUri: string) => {
    const known = stores.get(rootUri) ?? openStore(rootUri, options);
    stores.set(rootUri, known);
    return known;
  };
  const pool = createCpuPool(config, keyring);
  const inference = createInference(config.models);
  return {
    ...parts,
    store,
    objects: store(config.storage.root),
    metrics: createMetrics(),
    pool,
    inference,
    isolated: () => createIsolated(config, keyring),
    alert: (alert, signal) => sendAlert(config, alert, parts.log, signal),
    codeVersion: codeVersion(),
    close: async () => {
      await pool.close();
      await inference.close();
      for (const opened of stores.values()) await opened.close();
    },
  };
}

/** How stores are opened by this configuration. */
export function storeOptions({ storage, secrets }: Config): StoreOptions {
  return {
    s3: {
      endpoint: storage.s3.endpoint,
      region: storage.s3.region,
      accessKey: secrets.s3AccessKey?.reveal(),
      secretKey: secrets.s3SecretKey?.reveal(),
    },
    gs: { emulatorHost: storage.gs.emulator, keyFile: storage.gs.credentialsFile },
  };
}

/**
 * Makes the default place of objects. Any other folder must be there already: one that is not is a share that is
 * not mounted, and what is written into its mount point is lost when it is.
 */
export function makeDefaultStorage({ data, storage }: Config): void {
  const objects = join(data, 'objects');
  if (storage.root === pathToFileURL(objects).href) mkdirSync(objects, { recursive: true, mode: 0o700 });
}
