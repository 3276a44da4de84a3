import Fastify, { type FastifyInstance } from 'fastify';
import { CxrError } from '../errors.js';
import type { Metrics } from './metrics.js';
import { readCoreMetrics } from './runtime.js';

export interface Health {
  readonly metrics: Metrics;
  /** Whether work would be done now: queues served, catalog answering. */
  ready(): Promise<boolean>;
}

/** `/livez`: the event loop turns. `/readyz`: work would be done. `/metrics`: ours and the SDK's, for Prometheus. */
export function healthRoutes(app: FastifyInstance, { metrics, ready }: Health): void {
  app.get('/livez', () => ({ status: 'alive' }));
  app.get('/readyz', async (_request, reply) => {
    const good = await ready().catch(() => false);
    return reply.code(good ? 200 : 503).send({ status: good ? 'ready' : 'not ready' });
  });
  app.get('/metrics', async (_request, reply) => {
    const core = await readCoreMetrics().catch(() => '');
    return reply.type(metrics.registry.contentType).send(`${await metrics.registry.metrics()}\n${core}`);
  });
}

/** Serves the health routes alone, for a worker process. @throws CxrError PORT_IN_USE */
export async function startHealth(
  address: { readonly host: string; readonly port: number },
  health: Health,
): Promise<FastifyInstance> {
  const app = Fastify();
  healthRoutes(app, health);
  await listen(app, address);
  return app;
}

/** @returns the port, also where 0 was asked. @throws CxrError PORT_IN_USE */
export async function listen(
  app: FastifyInstance,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<number> {
  try {
    await app.listen({ host, port });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new CxrError('PORT_IN_USE', String(port));
  }
  const address = app.server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}

/** @throws CxrError PORT_IN_USE when nobody could listen there now */
export async function checkPort(host: string, port: number): Promise<void> {
  if (port === 0) return;
  const probe = Fastify();
  await listen(probe, { host, port });
  await probe.close();
}
