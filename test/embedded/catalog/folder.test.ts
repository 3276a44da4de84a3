import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { lockFolder } from '../../../src/catalog/engines/lock.js';
import { openCatalog } from '../../../src/catalog/open.js';
import { child } from '../../support/catalog/child.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cxrflow-test-catalog-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const OPEN = `
  const { openCatalog } = await import(dist + 'catalog/open.js');
  const { Sensitive } = await import(dist + 'privacy/sensitive.js');
  const catalog = await openCatalog({ kind: 'pglite', folder: process.env.FOLDER });
`;

describe('a data folder', () => {
  it('is had by one process; another is told which, and gets it once that one is killed', async () => {
    const owner = child(`${OPEN} console.log('open'); process.stdin.resume();`, { FOLDER: folder });
    expect(await owner.line()).toBe('open');
    const second = openCatalog({ kind: 'pglite', folder });
    await expect(second).rejects.toMatchObject({
      code: 'DATA_IN_USE',
      detail: `process ${owner.process.pid}`,
    });
    owner.process.kill('SIGKILL');
    expect(await owner.ended).toBe('SIGKILL');
    const catalog = await openCatalog({ kind: 'pglite', folder });
    await catalog.check();
    await catalog.close();
  });

  it('is usable after its first owner was killed while it made the database', async () => {
    const maker = child(OPEN, { FOLDER: folder });
    await vi.waitUntil(() => existsSync(join(folder, 'catalog.new', 'PG_VERSION')), {
      timeout: 60_000,
      interval: 1,
    });
    maker.process.kill('SIGKILL');
    await maker.ended;
    expect(existsSync(join(folder, 'catalog'))).toBe(false);
    const catalog = await openCatalog({ kind: 'pglite', folder });
    await catalog.check();
    await catalog.close();
    expect(existsSync(join(folder, 'catalog.new'))).toBe(false);
  });

  it('is had by one of many that start at once', async () => {
    const script = `
      const { lockFolder } = await import(dist + 'catalog/engines/lock.js');
      try { lockFolder(process.env.FOLDER); console.log('mine'); }
      catch (error) { console.log(error.code); }
      process.stdin.resume();`;
    const children = Array.from({ length: 6 }, () => child(script, { FOLDER: folder }));
    const said = await Promise.all(children.map((c) => c.line()));
    for (const c of children) c.process.kill('SIGKILL');
    expect(said.sort()).toEqual([...Array(5).fill('DATA_IN_USE'), 'mine']);
  });

  it('is not held by programs that its owner starts', async () => {
    const owner = child(
      `const { lockFolder } = await import(dist + 'catalog/engines/lock.js');
       const { spawn } = await import('node:child_process');
       lockFolder(process.env.FOLDER);
       const left = spawn('sleep', ['60'], { detached: true, stdio: 'ignore' });
       console.log(left.pid); process.stdin.resume();`,
      { FOLDER: folder },
    );
    const left = Number(await owner.line());
    owner.process.kill('SIGKILL');
    await owner.ended;
    try {
      lockFolder(folder)();
    } finally {
      process.kill(left);
    }
  });

  it('is free again after close, and closed when opening fails', async () => {
    const catalog = await openCatalog({ kind: 'pglite', folder });
    await catalog.db.insertInto('meta').values({ key: 'a', value: '1' }).execute();
    await sql`update schema_migrations set version = version + 90`.execute(catalog.db);
    await catalog.close();
    for (const _ of [1, 2])
      await expect(openCatalog({ kind: 'pglite', folder })).rejects.toMatchObject({ code: 'CATALOG_NEWER' });
    expect(existsSync(join(folder, 'catalog', 'PG_VERSION'))).toBe(true);
  });
});

describe('rows that were acknowledged', () => {
  it('are all there after the owner was killed, again and again', async () => {
    let acknowledged = -1;
    for (let round = 0; round < 2; round += 1) {
      const writer = child(
        `${OPEN}
        for (let i = Number(process.env.FROM); ; i += 1) {
          await catalog.transaction((trx) =>
            trx.insertInto('meta').values({ key: 'k' + i, value: 'x'.repeat(2000) }).execute());
          console.log(i);
        }`,
        { FOLDER: folder, FROM: String(acknowledged + 1) },
      );
      const enough = acknowledged + 200 + round * 37;
      let line = await writer.line();
      while (line !== undefined && Number(line) < enough) line = await writer.line();
      writer.process.kill('SIGKILL');
      // What it had printed before it died counts too.
      for (; line !== undefined; line = await writer.line()) acknowledged = Number(line);
      await writer.ended;

      const catalog = await openCatalog({ kind: 'pglite', folder });
      const rows = await catalog.db.selectFrom('meta').select('key').where('key', 'like', 'k%').execute();
      await catalog.close();
      const numbers = rows.map((row) => Number(row.key.slice(1))).sort((a, b) => a - b);
      // The last one may have been committed without being acknowledged; none before it may miss.
      expect(numbers).toEqual(numbers.map((_, i) => i));
      expect([acknowledged, acknowledged + 1]).toContain(numbers.length - 1);
      acknowledged = numbers.length - 1;
    }
    expect(acknowledged).toBeGreaterThan(400);
  });
});
