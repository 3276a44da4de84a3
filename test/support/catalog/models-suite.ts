/** What the registry of models promises, on every engine. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as models from '../../../src/catalog/models.js';
import type { Catalog } from '../../../src/catalog/open.js';

const BY = { who: 'ann', reason: 'better on canary' };

export function modelsSuite(engine: string, open: () => Promise<Catalog>): void {
  describe(`registry of models on ${engine}`, () => {
    let catalog: Catalog;
    beforeAll(async () => {
      catalog = await open();
    }, 120_000);
    afterAll(() => catalog?.close());

    const fresh = () => `m-${randomUUID().slice(0, 8)}`;
    const version = (name: string, identity: string): models.NewModelVersion => ({
      ...{ name, identity, uri: `file:///objects/${identity}.onnx`, sha256: identity, bytes: 9 },
      ...{
        declaration: { task: 'detect', classes: ['a'] },
        declared: {},
        card: '# Card',
        metrics: { map50: 0.5 },
      },
      ...{ dataset: 'v1.0', codeVersion: '0.1.0', who: 'ann' },
    });
    const add = (name: string, identity: string) =>
      catalog.transaction((trx) => models.addVersion(trx, version(name, identity)));
    const promote = (name: string, to: number, expected?: number | null) =>
      catalog.transaction((trx) => models.promote(trx, name, to, BY, expected));
    const rollback = (name: string) => catalog.transaction((trx) => models.rollback(trx, name, BY));
    const stages = async (name: string) =>
      (await models.listModels(catalog.db, name)).map(({ version: v, stage }) => `v${v} ${stage}`);
    const code = (promise: Promise<unknown>) =>
      promise.then(
        () => 'done',
        (error: { code: string }) => error.code,
      );

    it('numbers versions from 1, and finds one that is there already', async () => {
      const name = fresh();
      expect(await add(name, 'a')).toEqual({ version: 1, added: true });
      expect(await add(name, 'b')).toEqual({ version: 2, added: true });
      expect(await add(name, 'a')).toEqual({ version: 1, added: false });
      expect(await add(fresh(), 'a')).toEqual({ version: 1, added: true });
      expect(await models.modelVersion(catalog.db, name, 1)).toMatchObject({
        ...{ name, version: 1, stage: 'candidate', card: '# Card', dataset: 'v1.0', bytes: 9 },
        ...{ metrics: { map50: 0.5 }, registered_by: 'ann', parent: null },
      });
    });

    it('gives each of many who register at once a number of its own', async () => {
      const name = fresh();
      const given = await Promise.all(Array.from({ length: 8 }, (_, i) => add(name, `id ${i % 6}`)));
      expect(new Set(given.map((g) => g.version))).toEqual(new Set([1, 2, 3, 4, 5, 6]));
      expect(given.filter((g) => g.added)).toHaveLength(6);
    });

    it('has one version in production; the one before is archived', async () => {
      const name = fresh();
      for (const identity of ['a', 'b', 'c']) await add(name, identity);
      expect(await code(models.modelVersion(catalog.db, name))).toBe('MODEL_NO_PRODUCTION');
      expect(await promote(name, 1)).toEqual({ name, from: null, to: 1, moved: true });
      expect(await promote(name, 2)).toEqual({ name, from: 1, to: 2, moved: true });
      expect(await promote(name, 2)).toEqual({ name, from: 2, to: 2, moved: false });
      expect(await stages(name)).toEqual(['v3 candidate', 'v2 production', 'v1 archived']);
      expect((await models.modelVersion(catalog.db, name)).version).toBe(2);
    });

    it('goes back promotion by promotion, and keeps who moved it and why', async () => {
      const name = fresh();
      for (const identity of ['a', 'b', 'c']) await add(name, identity);
      for (const v of [1, 2, 3]) await promote(name, v);
      expect(await rollback(name)).toMatchObject({ from: 3, to: 2 });
      expect(await rollback(name)).toMatchObject({ from: 2, to: 1 });
      expect(await code(rollback(name))).toBe('MODEL_NO_EARLIER');
      const moves = await models.movesOf(catalog.db, name);
      expect(moves.map((m) => [m.action, m.from_version, m.to_version])).toEqual([
        ['rollback', 2, 1],
        ['rollback', 3, 2],
        ['promote', 2, 3],
        ['promote', 1, 2],
        ['promote', null, 1],
      ]);
      for (const move of moves) expect(move).toMatchObject(BY);
      // Promoted again after the rollback, it leads back to where it came from now.
      await promote(name, 3);
      expect(await rollback(name)).toMatchObject({ from: 3, to: 1 });
    });

    it('refuses a promotion that was decided against another production version', async () => {
      const name = fresh();
      for (const identity of ['a', 'b', 'c']) await add(name, identity);
      await promote(name, 1, null);
      await promote(name, 2, 1);
      expect(await code(promote(name, 3, 1))).toBe('MODEL_MOVED');
      expect(await code(promote(name, 3, null))).toBe('MODEL_MOVED');
      // A repeat of a promotion that happened is none.
      expect(await promote(name, 2, 1)).toMatchObject({ moved: false });
      expect(await stages(name)).toEqual(['v3 candidate', 'v2 production', 'v1 archived']);
    });

    it('lets one of many concurrent promotions with the same expectation win', async () => {
      const name = fresh();
      for (let i = 0; i < 6; i++) await add(name, `id ${i}`);
      await promote(name, 1);
      const outcomes = await Promise.all([2, 3, 4, 5, 6].map((v) => code(promote(name, v, 1))));
      expect(outcomes.filter((outcome) => outcome === 'done')).toHaveLength(1);
      expect(outcomes.filter((outcome) => outcome === 'MODEL_MOVED')).toHaveLength(4);
      expect((await stages(name)).filter((stage) => stage.endsWith('production'))).toHaveLength(1);
      expect(await models.movesOf(catalog.db, name)).toHaveLength(2);
    });

    it('knows no version that is not there', async () => {
      const name = fresh();
      expect(await code(models.modelVersion(catalog.db, name))).toBe('MODEL_UNKNOWN');
      expect(await code(promote(name, 1))).toBe('MODEL_UNKNOWN');
      expect(await code(rollback(name))).toBe('MODEL_UNKNOWN');
      await add(name, 'a');
      expect(await code(promote(name, 2))).toBe('MODEL_UNKNOWN');
      expect(await code(rollback(name))).toBe('MODEL_NO_PRODUCTION');
      expect(await stages(name)).toEqual(['v1 candidate']);
    });
  });
}
