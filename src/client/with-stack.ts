import type { Client } from '@temporalio/client';
import type { Catalog } from '../catalog/open.js';
import type { Config } from '../config/load.js';
import { liveRuntime } from '../server/runtime-file.js';
import type { Stack } from '../server/stack.js';
import { createLog } from '../workers/log.js';
import { attach, catalogTarget } from './attach.js';
import { configOf, type DeploymentOptions } from './options.js';
import { note } from './output.js';

/** What is running, or, with `--local` and nothing running, a stack of the data folder for as long as `work` takes. */
export async function withStack(
  options: DeploymentOptions & { readonly local?: true },
  work: (client: Client, catalog: Catalog, config: Config) => Promise<void>,
): Promise<void> {
  const config = configOf(options);
  if (!options.local || liveRuntime(config.data)) {
    const attached = await attach(config);
    try {
      return await work(attached.client, attached.catalog, config);
    } finally {
      await attached.close();
    }
  }
  const stack = await bringUp(config);
  try {
    const { openCatalog } = await import('../catalog/open.js');
    const catalog = await openCatalog(catalogTarget(config));
    try {
      await work(stack.client, catalog, config);
    } finally {
      await catalog.close();
    }
  } finally {
    await stack.stop();
  }
}

/** A stack of the data folder for the length of one command. All that a worker needs is loaded only then. */
export async function bringUp(config: Config): Promise<Stack> {
  const { startStack } = await import('../server/stack.js');
  const log = createLog({ ...config.logging, level: 'warn' });
  return await startStack({ config, log, say: note, port: 0 });
}
