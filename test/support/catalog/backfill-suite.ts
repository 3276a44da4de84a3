/** What the catalog promises of partitions, held on every engine. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  knownPartitions,
  type PlannedPartition,
  partitionSpec,
  settlePartition,
  takePartitions,
  writePlan,
} from '../../../src/catalog/backfill.js';
import * as containers from '../../../src/catalog/containers.js';
import { isBelow } from '../../../src/catalog/leases.js';
import type { Catalog } from '../../../src/catalog/open.js';
import * as runs from '../../../src/catalog/runs.js';

export function backfillSuite(engine: string, open: () => Promise<Catalog>): void {
  describe(`partitions on ${engine}`, () => {
    let catalog: Catalog;
    beforeAll(async () => {
      catalog = await open();
    }, 120_000);
    afterAll(() => catalog?.close());

    let scope: { type: string; scope: string };
    beforeEach(() => {
      scope = { type: 'ingest', scope: randomUUID() };
    });
    const partition = (key: string, over: Partial<PlannedPartition> = {}): PlannedPartition => ({
      ...{ key, specHash: `h-${key}`, sealedSpec: Buffer.from([0, 255, 10]), input: { partition: key } },
      ...{ state: 'missing', selected: true, ...over },
    });
    const plan = (runId: string, partitions: readonly PlannedPartition[]) =>
      catalog.transaction((trx) => writePlan(trx, { ...scope, runId }, partitions));
    const take = (runId: string, after: number, limit: number) =>
      takePartitions(catalog.db, runId, { after, limit, idPrefix: 'b/' });
    const states = async () =>
      Object.fromEntries((await knownPartitions(catalog.db, scope)).map(({ key, state }) => [key, state]));

    it('are given out in the order of the plan, the same ones when asked again', async () => {
      const keys = Array.from({ length: 2_500 }, (_, i) => `k${2_500 - i}`);
      await plan(
        'w/1',
        keys.map((key, i) => partition(key, { selected: i % 2 === 0 })),
      );
      const wanted = keys.filter((_, i) => i % 2 === 0);
      const first = await take('w/1', -1, 1_000);
      expect(first.map(({ key }) => key)).toEqual(wanted.slice(0, 1_000));
      expect(await take('w/1', -1, 1_000)).toEqual(first);
      const rest = await take('w/1', first.at(-1)?.position ?? 0, 1_000);
      expect(rest.map(({ key }) => key)).toEqual(wanted.slice(1_000));
      expect(first[0]).toEqual({ position: 0, key: 'k2500', input: { partition: 'k2500' } });
      const [one] = await knownPartitions(catalog.db, scope);
      expect(one?.workflowId === null || one?.workflowId === `b/${one?.key}`).toBe(true);
    });

    it('keep what became of them, until a plan says otherwise', async () => {
      await plan('w/2', [partition('a'), partition('b'), partition('c')]);
      await take('w/2', -1, 3);
      await settlePartition(catalog.db, 'w/2', 'a', { state: 'done', counts: { found: 3, done: 3 } });
      await settlePartition(catalog.db, 'w/2', 'b', { state: 'failed', code: 'DISK_FULL', reason: 'full' });
      expect(await states()).toEqual({ a: 'done', b: 'failed', c: 'running' });
      await plan('w/3', [
        partition('a', { state: 'done', selected: false }),
        partition('b', { state: 'failed', selected: true }),
      ]);
      expect(await states()).toEqual({ a: 'done', b: 'failed', c: 'running' });
      // Another plan's partitions are not this one's.
      expect(await take('w/2', -1, 3)).toEqual([]);
      expect((await take('w/3', -1, 3)).map(({ key }) => key)).toEqual(['b']);
      // What the old run still reports is no longer its business.
      await settlePartition(catalog.db, 'w/2', 'b', { state: 'done' });
      expect((await states()).b).toBe('running');
    });

    it('hold where they lie, as it was sealed', async () => {
      await plan('w/4', [partition('a'), partition('plain', { sealedSpec: undefined })]);
      expect(await partitionSpec(catalog.db, scope, 'a')).toEqual(Buffer.from([0, 255, 10]));
      expect(await partitionSpec(catalog.db, scope, 'plain')).toBeNull();
      expect(await partitionSpec(catalog.db, scope, 'none')).toBeUndefined();
      expect(await partitionSpec(catalog.db, { ...scope, type: 'extract' }, 'a')).toBeUndefined();
    });

    it('runs below a backfill are known by their ids', async () => {
      const parent = `backfill-${randomUUID()}`;
      const run = (workflowId: string) =>
        runs.startRun(catalog.db, {
          ...{ runId: `${workflowId}/r`, workflowType: 'ingest', workflowId, params: {} },
        });
      for (const id of [parent, `${parent}/a_b`, `${parent}/c`, `${parent}x/d`]) await run(id);
      await runs.finishRun(catalog.db, `${parent}/c/r`, 'completed');
      expect(await runs.runningBelow(catalog.db, parent)).toEqual([`${parent}/a_b/r`]);
      expect(isBelow(`${parent}/c/r`, parent)).toBe(true);
      expect(isBelow(`${parent}x/d`, parent)).toBe(false);
    });

    it('two runs that start in the same second fill containers of their own', async () => {
      const base = `same-${randomUUID()}`;
      const allot = async (runId: string, count: number) => {
        await runs.startRun(catalog.db, { runId, workflowType: 'ingest', workflowId: runId, params: {} });
        return catalog.transaction((trx) =>
          containers.allot(
            trx,
            { runId, shard: 0, kind: 'images', base, mode: 'prefix', capacity: 5 },
            count,
          ),
        );
      };
      const [a, b] = [`${base}/a`, `${base}/b`];
      const names = await Promise.all([allot(a, 8), allot(b, 8)]);
      const again = await allot(a, 2);
      for (const [run, mine] of [
        [a, [...(names[0] ?? []), ...again]],
        [b, names[1] ?? []],
      ] as const) {
        const held = await containers.list(catalog.db, { runId: run, limit: 10 });
        const counts = new Map<string, number>();
        for (const name of mine) counts.set(name, (counts.get(name) ?? 0) + 1);
        expect(Object.fromEntries(held.map(({ name, images }) => [name, images]))).toEqual(
          Object.fromEntries(counts),
        );
        expect([...counts.values()].every((n) => n <= 5)).toBe(true);
      }
    });
  });
}
