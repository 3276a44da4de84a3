import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { isRunning } from '../activities/main/lease.js';
import { stagingOf } from '../activities/main/run-id.js';
import { openRuns } from '../catalog/runs.js';
import type { Config } from '../config/load.js';
import { isCxrError } from '../errors.js';
import { liveRuntime } from '../server/runtime-file.js';
import { attachCatalog, attachTemporal } from './attach.js';

/**
 * Staging folders of runs that live, however long they have been paused. Where Temporal cannot be asked, every run
 * that the catalog has not seen end counts as alive. Undefined where there is no catalog.
 *
 * @throws CxrError of the catalog
 */
export async function stagingInUse(config: Config): Promise<ReadonlySet<string> | undefined> {
  const known =
    config.secrets.databases.catalog !== undefined ||
    liveRuntime(config.data) !== undefined ||
    existsSync(join(config.data, 'catalog'));
  if (!known) return undefined;
  const catalog = await attachCatalog(config);
  const temporal = await reached(config);
  try {
    const inUse = new Set<string>();
    for (const run of await openRuns(catalog.db))
      if (temporal === undefined || (await isRunning({ temporal }, run))) inUse.add(stagingOf(run.runId));
    return inUse;
  } finally {
    await temporal?.connection.close();
    await catalog.close();
  }
}

async function reached(config: Config): Promise<Client | undefined> {
  try {
    return await attachTemporal(config);
  } catch (error) {
    if (isCxrError(error) && ['NOT_RUNNING', 'TEMPORAL_UNREACHABLE'].includes(error.code)) return undefined;
    throw error;
  }
}
