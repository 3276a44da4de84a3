// The activities of this project with everything they work with, called without Temporal.
import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createActivities } from '../../../dist/activities/index.js';
import { openCatalog } from '../../../dist/catalog/open.js';
import { loadConfig } from '../../../dist/config/load.js';
import { connectClient } from '../../../dist/workers/connection.js';
import { createDeps } from '../../../dist/workers/deps.js';
import { openKeys } from '../../../dist/workers/keys.js';
import { createLog } from '../../../dist/workers/log.js';

/**
 * @param folder of the catalog (without `databaseUrl`) and the objects
 * @param temporal address of a server
 */
export async function openActivities({ folder, databaseUrl, temporal }) {
  const objects = join(folder, 'objects');
  mkdirSync(objects, { recursive: true });
  const env = {
    CXRFLOW_STORAGE: pathToFileURL(objects).href,
    CXRFLOW_PSEUDONYM_KEY: randomBytes(32).toString('hex'),
    CXRFLOW_LOG_LEVEL: 'error',
    ...(databaseUrl && { DATABASE_URL: databaseUrl }),
    ...(temporal && { TEMPORAL_ADDRESS: temporal }),
  };
  const config = loadConfig({ env, data: folder });
  const log = createLog(config.logging);
  const url = config.secrets.databases.catalog;
  const catalog = await openCatalog(url ? { kind: 'postgres', url } : { kind: 'pglite', folder });
  const keyring = await openKeys(catalog, config, env, true);
  const client = temporal ? await connectClient(config) : undefined;
  const deps = createDeps({ config, keyring, catalog, temporal: client, log, searchAttributes: false });
  const activities = createActivities(deps);
  return {
    config,
    log,
    deps,
    client,
    activities,
    /** What calls activities as a worker would, under the run of that name. */
    callerOf(workflowId) {
      const workflowExecution = { workflowId, runId: workflowId };
      return (activity, ...args) => new MockActivityEnvironment({ workflowExecution }).run(activity, ...args);
    },
    async close() {
      await deps.close();
      await catalog.close();
      await client?.connection.close();
    },
  };
}
