import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MIGRATIONS } from '../../../src/catalog/migrations/index.js';
import { type Catalog, openCatalog } from '../../../src/catalog/open.js';
import { Sensitive } from '../../../src/privacy/sensitive.js';
import { child } from '../../support/catalog/child.js';
import { type Postgres, startPostgres } from '../../support/servers/postgres.js';

let postgres: Postgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres?.stop());

const open = (url: string, options = {}) =>
  openCatalog({ kind: 'postgres', url: new Sensitive(url) }, options);
async function opened(name: string): Promise<{ catalog: Catalog; url: string }> {
  const url = await postgres.createDatabase(name);
  return { catalog: await open(url), url };
}

describe('migrations', () => {
  it('are applied once by five processes that start at once', async () => {
    const url = await postgres.createDatabase('five');
    const script = `
      const { openCatalog } = await import(dist + 'catalog/open.js');
      const { Sensitive } = await import(dist + 'privacy/sensitive.js');
      const target = { kind: 'postgres', url: new Sensitive(process.env.URL_OF_TEST) };
      console.log('ready');
      process.stdin.once('data', async () => {
        const catalog = await openCatalog(target);
        await catalog.check();
        await catalog.close();
        process.exit(0);
      });`;
    const children = Array.from({ length: 5 }, () => child(script, { URL_OF_TEST: url }));
    await Promise.all(children.map((c) => c.line()));
    for (const c of children) c.process.stdin?.write('go\n');
    expect(await Promise.all(children.map((c) => c.ended))).toEqual([0, 0, 0, 0, 0]);
    const catalog = await open(url, { migrate: false });
    const { rows } = await sql<{ version: number }>`select version from schema_migrations`.execute(
      catalog.db,
    );
    expect(rows.map((r) => r.version)).toEqual(MIGRATIONS.map((m) => m.version));
    await catalog.close();
  });

  it('are not undone by an older program, nor done without leave', async () => {
    const { catalog, url } = await opened('newer');
    await sql`insert into schema_migrations (version, name) values (1000, 'tomorrow')`.execute(catalog.db);
    await expect(catalog.check()).rejects.toMatchObject({ code: 'CATALOG_NEWER' });
    await expect(open(url)).rejects.toMatchObject({ code: 'CATALOG_NEWER' });
    await catalog.close();
    const empty = await postgres.createDatabase('empty');
    await expect(open(empty, { migrate: false })).rejects.toMatchObject({ code: 'CATALOG_SCHEMA' });
  });
});

describe('a database that cannot be used', () => {
  const failure = async (url: string): Promise<Error & { code: string }> =>
    open(url).then(
      () => expect.fail('it opened'),
      (error: unknown) => error as Error & { code: string },
    );

  it('has a code, and its URL stands in no error', async () => {
    const { catalog, url } = await opened('roles');
    await sql`create role poor login`.execute(catalog.db);
    await sql`revoke create on schema public from public`.execute(catalog.db);
    await sql`drop schema public cascade; create schema public`.execute(catalog.db).catch(() => undefined);
    await catalog.close();
    const port = new URL(url).port;
    const at = (user: string, database: string, host = `127.0.0.1:${port}`) =>
      `postgres://${user}:hunter2@${host}/${database}`;
    const cases = [
      [at('cxrflow', 'nowhere'), 'CATALOG_LOGIN'],
      [at('nobody_known', 'roles'), 'CATALOG_LOGIN'],
      [at('cxrflow', 'roles', '127.0.0.1:1'), 'CATALOG_UNREACHABLE'],
      [at('cxrflow', 'roles', 'no-such-host.invalid:5432'), 'CATALOG_UNREACHABLE'],
      [at('poor', 'postgres'), 'CATALOG_SCHEMA'],
    ] as const;
    for (const [bad, code] of cases) {
      const error = await failure(bad);
      expect(error.code).toBe(code);
      expect(`${error.stack}${error.message}`).not.toMatch(/hunter2|nowhere|nobody_known/);
      expect(error.cause).toBeUndefined();
    }
  });

  it('is asked again when connections break, and the transaction is done once', async () => {
    const { catalog } = await opened('broken');
    let tries = 0;
    await catalog.transaction(async (trx) => {
      tries += 1;
      await sql`insert into meta (key, value) values (${`try-${tries}`}, 'x')`.execute(trx);
      if (tries === 1) {
        const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(trx);
        await sql`select pg_terminate_backend(${rows[0]?.pid}::int)`.execute(catalog.db);
        await sql`select 1`.execute(trx);
      }
    });
    const keys = await catalog.db.selectFrom('meta').select('key').where('key', 'like', 'try-%').execute();
    expect(keys).toEqual([{ key: 'try-2' }]);
    await catalog.close();
  });

  it('is not waited for without end while it is down, and used again when it is back', async () => {
    const { catalog } = await opened('down');
    await postgres.kill();
    await expect(catalog.check()).rejects.toMatchObject({ code: 'CATALOG_UNREACHABLE' });
    await expect(catalog.transaction((trx) => sql`select 1`.execute(trx))).rejects.toMatchObject({
      code: 'CATALOG_UNREACHABLE',
    });
    await postgres.restart();
    await catalog.check();
    await catalog.close();
  });

  it('settles a deadlock by itself', async () => {
    const { catalog } = await opened('deadlock');
    await catalog.db
      .insertInto('meta')
      .values([
        { key: 'a', value: '0' },
        { key: 'b', value: '0' },
      ])
      .execute();
    let both = 0;
    let open_: () => void = () => undefined;
    const met = new Promise<void>((resolve) => {
      open_ = resolve;
    });
    const add = (first: string, second: string) =>
      catalog.transaction(async (trx) => {
        const bump = (key: string) =>
          sql`update meta set value = (value::int + 1)::text where key = ${key}`.execute(trx);
        await bump(first);
        both += 1;
        if (both === 2) open_();
        if (both <= 2) await met;
        await bump(second);
      });
    await Promise.all([add('a', 'b'), add('b', 'a')]);
    const rows = await catalog.db.selectFrom('meta').select(['key', 'value']).orderBy('key').execute();
    expect(rows).toEqual([
      { key: 'a', value: '2' },
      { key: 'b', value: '2' },
    ]);
    expect(both).toBeGreaterThan(2);
    await catalog.close();
  });
});
