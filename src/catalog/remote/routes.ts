import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyPluginCallback } from 'fastify';
import { CompiledQuery } from 'kysely';
import { CxrError } from '../../errors.js';
import type { Sensitive } from '../../privacy/sensitive.js';
import { catalogError } from '../engines/errors.js';
import type { Catalog } from '../open.js';
import { Sessions } from './sessions.js';
import { fromWire, PATH, rowToWire, type WireAnswer, type WireRequest } from './wire.js';

const BODY_LIMIT = 64 * 2 ** 20;
const LOOPBACK = /^(127\.|::1$|::ffff:127\.)/;

/**
 * The owner's half of the `remote` engine: other processes of this machine send their SQL here. Answers
 * callers on the loopback interface that have the token, nobody else.
 */
export function catalogRoutes(catalog: Catalog, token: Sensitive<string>): FastifyPluginCallback {
  const sessions = new Sessions(catalog);
  return (app, _options, done) => {
    app.addHook('onClose', () => sessions.close());
    app.post<{ Body: WireRequest }>(PATH, { bodyLimit: BODY_LIMIT }, async (request, reply) => {
      const { ip, headers } = request;
      if (!LOOPBACK.test(ip) || !authorised(headers.authorization, token))
        return reply.code(401).send({ error: { code: 'CATALOG_LOGIN' } });
      try {
        return await answer(catalog, sessions, request.body);
      } catch (error) {
        const { code, detail } = catalogError(error);
        return reply.code(500).send({ error: { code, detail } });
      }
    });
    done();
  };
}

function authorised(header: string | undefined, token: Sensitive<string>): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(header ?? ''), digest(`Bearer ${token.reveal()}`));
}

async function answer(catalog: Catalog, sessions: Sessions, asked: WireRequest): Promise<WireAnswer> {
  switch (asked.do) {
    case 'begin':
      return { session: await sessions.begin() };
    case 'commit':
    case 'rollback':
      await sessions.end(asked.session ?? '', asked.do);
      return {};
    case 'query': {
      const query = CompiledQuery.raw(asked.sql ?? '', (asked.params ?? []).map(fromWire));
      const { rows, numAffectedRows } = asked.session
        ? await sessions.use(asked.session, (trx) => trx.executeQuery(query))
        : await catalog.db.executeQuery(query);
      return {
        rows: rows.map((row) => rowToWire(row as Record<string, unknown>)),
        affected: Number(numAffectedRows ?? 0n),
      };
    }
    default:
      throw new CxrError('BAD_INPUT', 'do: query, begin, commit or rollback');
  }
}
