import Fastify from 'fastify';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Catalog, openCatalog } from '../../../src/catalog/open.js';
import { catalogRoutes } from '../../../src/catalog/remote/routes.js';
import { Sessions } from '../../../src/catalog/remote/sessions.js';
import { fromWire, toWire, type WireValue } from '../../../src/catalog/remote/wire.js';
import { Sensitive } from '../../../src/privacy/sensitive.js';
import { catalogSuite } from '../../support/catalog/suite.js';

const token = new Sensitive('a token of 32 characters or more.');
const app = Fastify();
let owner: Catalog;
let url = '';
async function serve(): Promise<void> {
  if (url !== '') return;
  owner = await openCatalog({ kind: 'memory' });
  await app.register(catalogRoutes(owner, token));
  url = await app.listen({ host: '127.0.0.1', port: 0 });
}
const open = async () => {
  await serve();
  return openCatalog({ kind: 'remote', url, token });
};
afterAll(async () => {
  await app.close();
  await owner.close();
});

catalogSuite('PGlite of another process', open);

describe('remote catalog', () => {
  beforeAll(serve, 60_000);

  it('answers nobody without the token', async () => {
    const stranger = openCatalog({ kind: 'remote', url, token: new Sensitive('guess') });
    await expect(stranger).rejects.toMatchObject({ code: 'CATALOG_LOGIN' });
    const bare = await fetch(`${url}/internal/catalog`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ do: 'query', sql: 'select 1' }),
    });
    expect(bare.status).toBe(401);
  });

  it('says that the owner is gone', async () => {
    const gone = openCatalog({ kind: 'remote', url: 'http://127.0.0.1:1', token });
    await expect(gone).rejects.toMatchObject({ code: 'CATALOG_UNREACHABLE' });
  });

  it('ends a transaction whose process is silent, and lets the others go on', async () => {
    const sessions = new Sessions(owner, 50);
    const id = await sessions.begin();
    await sessions.use(id, (trx) => sql`insert into meta (key, value) values ('silent', '1')`.execute(trx));
    // The one connection is held by the session: this waits until it is ended.
    const { rows } = await sql`select * from meta where key = 'silent'`.execute(owner.db);
    expect(rows).toEqual([]);
    await expect(sessions.end(id, 'commit')).rejects.toMatchObject({ code: 'CATALOG_BUSY' });
  });
});

it('carries every value that a database gives', () => {
  const values = [
    null,
    'x',
    '',
    0,
    -1.5,
    true,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    new Date(5),
    Buffer.from([0, 255]),
    [1, null],
    { d: 'no date' },
    { v: { b: 'no bytes' } },
  ];
  const crossed = values.map((value) => fromWire(JSON.parse(JSON.stringify(toWire(value))) as WireValue));
  expect(crossed).toEqual(values);
});
