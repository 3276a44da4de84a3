import { createHash, timingSafeEqual } from 'node:crypto';
import { WorkflowNotFoundError } from '@temporalio/client';
import type { FastifyPluginCallback } from 'fastify';
import type { Deps } from '../activities/deps.js';
import { annotationSource, ledgerName } from '../activities/main/open-annotations.js';
import { holder } from '../catalog/leases.js';
import { isCxrError } from '../errors.js';
import type { Sensitive } from '../privacy/sensitive.js';

type Parts = Pick<Deps, 'config' | 'catalog' | 'temporal'>;

const ANNOTATIONS = '/api/hooks/annotations';

/**
 * Where an object store tells that something was delivered (docs/annotations.md): it starts `annotations` of the
 * default source, or of a configured one named in the path. A run that is under way looks again instead, so events
 * may come as often as they like. What an event says is not read: it names files, and files may name patients.
 */
export function hookRoutes(parts: Parts, token: Sensitive<string>): FastifyPluginCallback {
  return (app, _options, done) => {
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', (_request, payload, parsed) => {
      payload
        .on('end', () => parsed(null))
        .on('error', parsed)
        .resume();
    });
    for (const path of [ANNOTATIONS, `${ANNOTATIONS}/:source`])
      app.post<{ Params: { source?: string }; Querystring: { token?: string } }>(
        path,
        async (request, reply) => {
          const { headers, query, params } = request;
          const given = headers.authorization?.replace(/^Bearer /i, '') ?? query.token;
          if (!isToken(given, token)) return reply.code(401).send({ error: { code: 'HOOK_TOKEN' } });
          const { source } = params;
          if (source !== undefined && !(source in parts.config.sources))
            return reply.code(404).send({ error: { code: 'BAD_INPUT', message: 'no such source' } });
          try {
            return reply.code(202).send({ workflowId: await deliver(parts, source) });
          } catch (error) {
            // The store sends the event again.
            return reply.code(503).send({ error: { code: isCxrError(error) ? error.code : 'UNEXPECTED' } });
          }
        },
      );
    done();
  };
}

/** @returns the run that takes what was delivered */
async function deliver({ config, catalog, temporal }: Parts, asked: string | undefined): Promise<string> {
  const { name } = annotationSource({ config }, asked);
  const running = await holder(catalog.db, ledgerName(name));
  if (running) {
    try {
      await temporal.workflow.getHandle(running.workflowId).signal('delivered');
      return running.workflowId;
    } catch (error) {
      // It has ended without giving its lease back: the next run takes it over.
      if (!(error instanceof WorkflowNotFoundError)) throw error;
    }
  }
  const workflowId = `annotations-delivered-${createHash('sha256').update(name).digest('hex').slice(0, 12)}`;
  await temporal.workflow.signalWithStart('annotations', {
    ...{ workflowId, taskQueue: 'cxrflow', signal: 'delivered', signalArgs: [] },
    args: [asked === undefined ? {} : { source: asked }],
  });
  return workflowId;
}

function isToken(given: string | undefined, token: Sensitive<string>): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given ?? ''), digest(token.reveal()));
}
