import type { Client } from '@temporalio/client';
import Fastify, { type FastifyInstance } from 'fastify';
import type { Catalog } from '../catalog/open.js';
import { codeVersion } from '../workers/version.js';

/** The runs of the namespace as the API shows them: ids, times and states, which carry no patient. */
export interface RunView {
  readonly workflowId: string;
  readonly runId: string;
  readonly type: string;
  readonly status: string;
  readonly started: string;
  readonly closed?: string;
}

const MOST_RUNS = 200;

/** The HTTP API without its address: version and runs. Health and catalog routes are added by the stack. */
export function createApi(client: Client, catalog: Catalog): FastifyInstance {
  const app = Fastify({ forceCloseConnections: true, bodyLimit: 64 * 2 ** 20 });
  app.get('/api/version', () => ({ version: codeVersion(), catalog: catalog.engine }));
  app.get('/api/runs', async () => {
    const runs: RunView[] = [];
    for await (const run of client.workflow.list({ query: "TaskQueue = 'cxrflow'" })) {
      runs.push({
        workflowId: run.workflowId,
        runId: run.runId,
        type: run.type,
        status: run.status.name,
        started: run.startTime.toISOString(),
        ...(run.closeTime && { closed: run.closeTime.toISOString() }),
      });
      if (runs.length === MOST_RUNS) break;
    }
    return { runs };
  });
  // Workflow ids hold slashes (`<parent>/<pass>/<shard>/<stage>`): the id is what follows.
  app.get<{ Params: { '*': string } }>('/api/progress/*', async (request) =>
    client.workflow.getHandle(request.params['*']).query('progress'),
  );
  return app;
}
