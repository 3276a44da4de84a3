/** What the catalog promises, held on every engine: the same suite runs on PGlite, Postgres and over HTTP. */
import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { recordReveal } from '../../../src/catalog/audit.js';
import * as containers from '../../../src/catalog/containers.js';
import * as files from '../../../src/catalog/files.js';
import * as images from '../../../src/catalog/images.js';
import * as leases from '../../../src/catalog/leases.js';
import { ensureKey } from '../../../src/catalog/meta.js';
import type { Catalog } from '../../../src/catalog/open.js';
import * as quality from '../../../src/catalog/quality.js';
import * as quarantine from '../../../src/catalog/quarantine.js';
import * as reviews from '../../../src/catalog/reviews.js';
import * as runs from '../../../src/catalog/runs.js';
import * as shards from '../../../src/catalog/shards.js';
import { assignPatients } from '../../../src/catalog/studies.js';
import { entry, image } from './rows.js';

export function catalogSuite(engine: string, open: () => Promise<Catalog>): void {
  describe(`catalog on ${engine}`, () => {
    let catalog: Catalog;
    beforeAll(async () => {
      catalog = await open();
    }, 120_000);
    afterAll(() => catalog?.close());

    /** Ids of a test that no other test uses. */
    const fresh = () => randomUUID().slice(0, 8);
    const inTrx: Catalog['transaction'] = (fn) => catalog.transaction(fn);
    async function startedRun(): Promise<string> {
      const runId = `w/${randomUUID()}`;
      await runs.startRun(catalog.db, { runId, workflowType: 'ingest', workflowId: 'w', params: { a: 1 } });
      return runId;
    }
    async function claimed(count: number, prefix = fresh()) {
      const runId = await startedRun();
      const entries = Array.from({ length: count }, (_, i) =>
        entry(`${prefix}-${String(i).padStart(4, '0')}`),
      );
      await inTrx((trx) => files.claim(trx, { runId, shard: 0, source: prefix, entries, manifest: 'm' }));
      return { runId, source: prefix, entries, ids: entries.map((e) => e.fileId) };
    }
    const placing = (runId: string, list: readonly images.NewImage[], capacity = 400, shard = 0) =>
      ({
        runId,
        shard,
        bases: { images: `img-${runId}`, review: `rev-${runId}` },
        mode: 'prefix',
        capacity,
        images: list,
      }) as const;
    async function stored(list: readonly images.NewImage[]): Promise<string> {
      const runId = await startedRun();
      await inTrx(async (trx) => {
        await images.place(trx, placing(runId, list));
        await images.markStored(
          trx,
          list.map((i) => i.image_id),
        );
      });
      return runId;
    }

    describe('values', () => {
      it('gives each type one shape', async () => {
        const { rows } = await sql<
          Record<string, unknown>
        >`select 9007199254740991::int8 as big, count(*) as n,
          sum(2::int8) as total, timestamptz '2020-02-03 04:05:06.789+02' as at, date '2020-02-03' as day,
          '{"a":[1,null,"\u00e9"]}'::jsonb as doc, '\\x00ff'::bytea as bytes, array[0.5,2]::real[] as reals,
          null::text as nothing, true as yes`.execute(catalog.db);
        expect(rows).toEqual([
          {
            big: Number.MAX_SAFE_INTEGER,
            n: 1,
            total: 2,
            at: new Date('2020-02-03T02:05:06.789Z'),
            day: '2020-02-03',
            doc: { a: [1, null, 'é'] },
            bytes: Buffer.from([0, 255]),
            reals: [0.5, 2],
            nothing: null,
            yes: true,
          },
        ]);
      });

      it('keeps text that Postgres cannot hold by replacing its bad characters', async () => {
        const id = fresh();
        await stored([image(id, { metadata: { x: 'a\0b\ud800c\u{1f600}' } })]);
        const [row] = await images.byIds(catalog.db, [id]);
        expect(row?.metadata).toEqual({ x: 'a\ufffdb\ufffdc\u{1f600}' });
      });

      it('names no value of a row in an error', async () => {
        const failing = sql`insert into meta (key, value) values ('dup', 'SECRET^NAME'), ('dup', 'x')`;
        const error = await failing.execute(catalog.db).catch((e: unknown) => e);
        expect(error).toMatchObject({ code: 'CATALOG_FAILED', detail: 'SQLSTATE 23505, meta_pkey' });
        expect(`${(error as Error).stack}`).not.toMatch(/SECRET|dup/);
      });
    });

    describe('transaction', () => {
      it('keeps nothing when it fails', async () => {
        const runId = `w/${randomUUID()}`;
        const failed = inTrx(async (trx) => {
          await runs.startRun(trx, { runId, workflowType: 't', workflowId: 'w', params: {} });
          throw new Error('no');
        });
        await expect(failed).rejects.toThrow('no');
        expect(await runs.getRun(catalog.db, runId)).toBeUndefined();
      });

      it('runs again from its beginning after a serialization failure, a bounded number of times', async () => {
        let tries = 0;
        const done = await inTrx(async (trx) => {
          tries += 1;
          if (tries < 3) await sql`do $$ begin raise exception using errcode = '40001'; end $$`.execute(trx);
          return 'done';
        });
        expect([done, tries]).toEqual(['done', 3]);
        tries = 0;
        const never = inTrx(async (trx) => {
          tries += 1;
          await sql`do $$ begin raise exception using errcode = '40P01'; end $$`.execute(trx);
        });
        await expect(never).rejects.toMatchObject({ code: 'CATALOG_BUSY' });
        expect(tries).toBe(5);
      });
    });

    describe('meta', () => {
      it('belongs to one key', async () => {
        await ensureKey(catalog.db, 'check-1', 'e1');
        await ensureKey(catalog.db, 'check-1', 'e1');
        await expect(ensureKey(catalog.db, 'check-2', 'e2')).rejects.toMatchObject({
          code: 'KEY_MISMATCH',
          detail: expect.stringContaining('e1'),
        });
      });
    });

    describe('leases', () => {
      it('are given to one of many, and again to the same', async () => {
        const source = fresh();
        const owners = Array.from({ length: 8 }, (_, i) => ({ source, runId: `r${i}`, workflowId: `w${i}` }));
        const answers = await Promise.all(owners.map((owner) => leases.acquire(catalog.db, owner)));
        const winner = owners[answers.findIndex((a) => !a.held)]!;
        expect(answers.filter((a) => !a.held)).toHaveLength(1);
        for (const answer of answers.filter((a) => a.held))
          expect(answer).toMatchObject({
            runId: winner.runId,
            workflowId: winner.workflowId,
            since: expect.any(Date),
          });
        expect(await leases.acquire(catalog.db, winner)).toEqual({ held: false });
      });

      it('are released by their owner only', async () => {
        const source = fresh();
        await leases.acquire(catalog.db, { source, runId: 'a', workflowId: 'wa' });
        await leases.release(catalog.db, source, 'b');
        expect(await leases.holder(catalog.db, source)).toMatchObject({ runId: 'a' });
        await leases.release(catalog.db, source, 'a');
        expect(await leases.holder(catalog.db, source)).toBeUndefined();
      });

      it('are stolen once, and fence out the run that lost', async () => {
        const source = fresh();
        const old = await startedRun();
        await leases.acquire(catalog.db, { source, runId: old, workflowId: 'w' });
        const thieves = ['x', 'y', 'z'].map((runId) =>
          leases.steal(catalog.db, source, old, { runId, workflowId: runId }),
        );
        expect((await Promise.all(thieves)).filter(Boolean)).toHaveLength(1);
        const late = inTrx((trx) =>
          files.claim(trx, { runId: old, shard: 0, source, entries: [entry(fresh())], manifest: 'm' }),
        );
        await expect(late).rejects.toMatchObject({ code: 'LEASE_LOST' });
        expect(await shards.last(catalog.db, old)).toBe(-1);
      });
    });

    describe('runs', () => {
      it('start once and close once', async () => {
        const runId = await startedRun();
        const first = await runs.getRun(catalog.db, runId);
        await runs.startRun(catalog.db, { runId, workflowType: 'x', workflowId: 'y', params: {} });
        expect(await runs.getRun(catalog.db, runId)).toEqual(first);
        await runs.finishRun(catalog.db, runId, 'completed');
        const closed = await runs.getRun(catalog.db, runId);
        await runs.finishRun(catalog.db, runId, 'completed');
        expect(await runs.getRun(catalog.db, runId)).toEqual(closed);
        expect(closed).toMatchObject({ status: 'completed', params: { a: 1 }, found: 0 });
      });

      it('add counts of all at the same time', async () => {
        const runId = await startedRun();
        await Promise.all(
          Array.from({ length: 20 }, (_, i) =>
            runs.addCounts(catalog.db, runId, { found: 2, quarantined: i % 2 }),
          ),
        );
        expect(await runs.addCounts(catalog.db, runId, { done: 5 })).toMatchObject({
          found: 40,
          quarantined: 10,
          done: 5,
        });
      });
    });

    describe('files', () => {
      it('are told apart by what was done with them', async () => {
        const { runId, source, ids } = await claimed(6);
        const [kept, skipped, ignored, , grown, redated] = ids as [
          string,
          string,
          string,
          string,
          string,
          string,
        ];
        const settled = (fileId: string, state: 'stored' | 'skipped' | 'ignored') => ({
          fileId,
          state,
          ruleHash: 'R',
        });
        await inTrx((trx) =>
          files.settle(trx, runId, [
            settled(kept, 'stored'),
            settled(skipped, 'skipped'),
            settled(ignored, 'ignored'),
            settled(grown, 'stored'),
            settled(redated, 'stored'),
          ]),
        );
        const unknown = `${source}-none`;
        const asked = [...ids, unknown].map((id) =>
          entry(id, id === grown ? { size: 1_001 } : id === redated ? { version: 'v2' } : {}),
        );
        const statuses = (rule: string, run: string) => files.lookup(catalog.db, asked, rule, run);
        expect(await statuses('R', 'later')).toEqual([
          'unchanged',
          'unchanged',
          'unchanged',
          'new',
          'changed',
          'changed',
          'new',
        ]);
        expect(await statuses('other rules', 'later')).toEqual([
          'unchanged',
          'new',
          'unchanged',
          'new',
          'changed',
          'changed',
          'new',
        ]);
        expect(await statuses('R', runId)).toEqual([...ids.map(() => 'claimed'), 'new']);
      });

      it('are claimed a thousand at once, in the order of the manifest, with their bytes', async () => {
        const source = fresh();
        const runId = await startedRun();
        const entries = Array.from({ length: 1_000 }, (_, i) => entry(`${source}-${(i * 7_919) % 1_000}`));
        const claim = { runId, shard: 3, source, entries, manifest: 'file:///m' };
        expect(await inTrx((trx) => files.claim(trx, claim))).toEqual({
          created: true,
          files: 1_000,
          manifest: 'file:///m',
        });
        const rows = await files.shardFiles(catalog.db, runId, 3);
        expect(rows.map((r) => r.file_id)).toEqual(entries.map((e) => e.fileId));
        expect(rows[7]).toMatchObject({
          sealed_path: entries[7]?.sealedPath,
          state: 'pending',
          attempts: 0,
          size: 1_000,
        });
        const paths = await files.pathsOf(catalog.db, [entries[0]!.fileId, 'nobody']);
        expect([...paths]).toEqual([[entries[0]!.fileId, entries[0]!.sealedPath]]);
      });

      it('belong to one shard, whoever claims them at the same time', async () => {
        const source = fresh();
        const runId = await startedRun();
        const entries = Array.from({ length: 50 }, (_, i) => entry(`${source}-${i}`));
        const claim = (shard: number, list = entries) =>
          inTrx((trx) => files.claim(trx, { runId, shard, source, entries: list, manifest: `m${shard}` }));
        const made = await Promise.all([
          claim(0),
          claim(0),
          claim(1, [...entries].reverse()),
          claim(2),
          claim(1),
        ]);
        expect(made.filter((c) => c.created)).toHaveLength(3);
        const held = await Promise.all([0, 1, 2].map((shard) => files.shardFiles(catalog.db, runId, shard)));
        expect(
          held
            .flat()
            .map((f) => f.file_id)
            .sort(),
        ).toEqual(entries.map((e) => e.fileId).sort());
        const rows = await shards.after(catalog.db, runId, -1, 10);
        expect(rows.map((s) => s.files)).toEqual(held.map((h) => h.length));
      });

      it('settle once, and count once', async () => {
        const { runId, ids } = await claimed(3);
        const [a, b, c] = ids as [string, string, string];
        const outcomes = [
          { fileId: a, state: 'stored', ruleHash: 'R', contentHash: 'h', imageCount: 2 },
          { fileId: b, state: 'quarantined', ruleHash: 'R', code: 'TRUNCATED', reason: 'at byte 7' },
        ] as const;
        const once = () => inTrx((trx) => files.settle(trx, runId, outcomes));
        const gains = await Promise.all([once(), once()]);
        expect(gains.map((g) => g.stored).sort()).toEqual([0, 1]);
        expect(gains.map((g) => g.quarantined).sort()).toEqual([0, 1]);
        await inTrx((trx) =>
          files.settle(trx, 'another run', [{ fileId: c, state: 'stored', ruleHash: 'R' }]),
        );
        expect(
          (await files.shardFiles(catalog.db, runId, 0)).map((f) => [f.state, f.code, f.image_count]),
        ).toEqual([
          ['stored', null, 2],
          ['quarantined', 'TRUNCATED', 0],
          ['pending', null, 0],
        ]);
        expect(await files.findByContentHash(catalog.db, ids[0]!.slice(0, 8), ['h', 'g'])).toMatchObject([
          { file_id: a },
        ]);
      });

      it('are counted before they are opened', async () => {
        const { ids } = await claimed(2);
        await files.noteOpened(catalog.db, ids);
        const again = await files.noteOpened(catalog.db, [ids[0]!]);
        expect([...again]).toEqual([[ids[0], 2]]);
      });

      it('keep what they were when they are claimed again', async () => {
        const { runId, source, entries, ids } = await claimed(1);
        await inTrx((trx) =>
          files.settle(trx, runId, [{ fileId: ids[0]!, state: 'stored', ruleHash: 'R', contentHash: 'h' }]),
        );
        const next = await startedRun();
        await inTrx((trx) => files.claim(trx, { runId: next, shard: 0, source, entries, manifest: 'm' }));
        expect(await files.shardFiles(catalog.db, next, 0)).toMatchObject([
          { state: 'pending', prior_state: 'stored', content_hash: 'h', rule_hash: 'R' },
        ]);
      });

      it('hold members of archives, which are no files of the shard', async () => {
        const { runId, source, ids } = await claimed(1);
        const members = {
          runId,
          shard: 0,
          source,
          parentFileId: ids[0]!,
          entries: [entry(`${ids[0]}-m1`), entry(`${ids[0]}-m2`)],
        };
        const again = () => inTrx((trx) => files.addMembers(trx, members));
        await again();
        await inTrx((trx) =>
          files.settle(trx, runId, [{ fileId: `${ids[0]}-m1`, state: 'stored', ruleHash: 'R' }]),
        );
        await again();
        expect(await files.shardFiles(catalog.db, runId, 0)).toHaveLength(1);
        expect(await files.byState(catalog.db, { source, state: 'stored', limit: 9 })).toMatchObject([
          { file_id: `${ids[0]}-m1`, parent_file_id: ids[0] },
        ]);
      });

      it('are adopted once, over nothing that is known', async () => {
        const { runId, source, entries } = await claimed(1);
        const adopted = [...entries, entry(`${source}-old`)];
        expect(await inTrx((trx) => files.adopt(trx, { runId: 'adopt', source, entries: adopted }))).toBe(1);
        expect(await inTrx((trx) => files.adopt(trx, { runId: 'adopt', source, entries: adopted }))).toBe(0);
        expect(await files.lookup(catalog.db, adopted, 'any', 'later')).toEqual(['new', 'unchanged']);
        expect(await files.lookup(catalog.db, adopted, 'any', runId)).toEqual(['claimed', 'unchanged']);
      });
    });

    describe('images', () => {
      it('have every column as given', async () => {
        const id = fresh();
        const given = image(id);
        const runId = await stored([given]);
        const [row] = await images.byIds(catalog.db, [id]);
        expect(row).toMatchObject({ ...given, state: 'stored', run_id: runId, shard: 0 });
      });

      it('are placed by one of many, and the others learn whether the pixels are the same', async () => {
        const uid = `2.25.${fresh()}`;
        const runId = await startedRun();
        const rivals = Array.from({ length: 6 }, (_, i) =>
          image(`${uid}-${i}`, { instance_uid: uid, pixel_hash: i === 5 ? 'other' : 'same' }),
        );
        const answers = await Promise.all(
          rivals.map((rival, shard) =>
            inTrx((trx) => images.place(trx, placing(runId, [rival], 400, shard))),
          ),
        );
        const rows = await images.byIds(
          catalog.db,
          rivals.map((r) => r.image_id),
        );
        expect(rows).toHaveLength(1);
        const outcomes = answers.flat().map((a) => a.outcome);
        expect(outcomes.filter((o) => o === 'placed')).toHaveLength(1);
        expect(rows[0]?.image_id).toBe(rivals[outcomes.indexOf('placed')]?.image_id);
        rivals.forEach((rival, i) => {
          if (outcomes[i] !== 'placed')
            expect(outcomes[i]).toBe(rival.pixel_hash === rows[0]?.pixel_hash ? 'same' : 'conflict');
        });
      });

      it('go to the same place when asked again, before and after they are stored', async () => {
        const ids = Array.from({ length: 5 }, () => fresh());
        const runId = await startedRun();
        const ask = () =>
          inTrx((trx) =>
            images.place(
              trx,
              placing(
                runId,
                ids.map((id) => image(id)),
                2,
              ),
            ),
          );
        const first = await ask();
        expect(await ask()).toEqual(first);
        expect(new Set(first.map((p) => p.container)).size).toBe(3);
        await inTrx((trx) => images.markStored(trx, ids));
        expect(await ask()).toEqual(first.map((p) => ({ ...p, state: 'stored' })));
        const held = await containers.list(catalog.db, { runId, limit: 10 });
        expect(held.map((c) => c.held)).toEqual([2, 2, 1]);
      });

      it('settle duplicates within one batch by their order', async () => {
        const uid = `2.25.${fresh()}`;
        const runId = await startedRun();
        const twin = (n: string, pixels: string) =>
          image(`${uid}-${n}`, { instance_uid: uid, pixel_hash: pixels });
        const batch = [twin('a', 'p'), twin('b', 'p'), twin('c', 'q')];
        const answers = await inTrx((trx) => images.place(trx, placing(runId, batch)));
        expect(answers.map((a) => a.outcome)).toEqual(['placed', 'same', 'conflict']);
      });

      it('fill containers of a shard without overflow, however many ask at once', async () => {
        const runId = await startedRun();
        const spec = {
          runId,
          shard: 1,
          kind: 'images',
          base: `c-${runId}`,
          mode: 'prefix',
          capacity: 7,
        } as const;
        const names = await Promise.all(
          [5, 5, 9, 1, 15].map((n) => inTrx((trx) => containers.allot(trx, spec, n))),
        );
        const counts = new Map<string, number>();
        for (const name of names.flat()) counts.set(name, (counts.get(name) ?? 0) + 1);
        expect([...counts.values()].sort()).toEqual([7, 7, 7, 7, 7]);
        expect(names.map((n) => n.length)).toEqual([5, 5, 9, 1, 15]);
      });

      it('with findings wait in a container of their own', async () => {
        const [plain, doubtful] = [fresh(), fresh()];
        await stored([image(plain), image(doubtful, { review: [{ code: 'TEXT' }] })]);
        const rows = new Map((await images.byIds(catalog.db, [plain, doubtful])).map((r) => [r.image_id, r]));
        expect(rows.get(plain)).toMatchObject({ state: 'stored', container: expect.stringMatching(/^img-/) });
        expect(rows.get(doubtful)).toMatchObject({
          state: 'review',
          container: expect.stringMatching(/^rev-/),
        });
      });

      it('of the same file are written again with new facts until they are stored', async () => {
        const id = fresh();
        const runId = await startedRun();
        await inTrx((trx) => images.place(trx, placing(runId, [image(id)])));
        await inTrx((trx) =>
          images.place(trx, placing(runId, [image(id, { profile: 'basic', png_hash: 'n' })])),
        );
        expect(await images.byIds(catalog.db, [id])).toMatchObject([
          { profile: 'basic', png_hash: 'n', state: 'placed' },
        ]);
        await inTrx((trx) => images.markStored(trx, [id]));
        await inTrx((trx) => images.place(trx, placing(runId, [image(id, { profile: 'x' })])));
        expect(await images.byIds(catalog.db, [id])).toMatchObject([{ profile: 'basic', state: 'stored' }]);
      });

      it('page by id and count by state', async () => {
        const ids = Array.from({ length: 5 }, () => fresh()).sort();
        const runId = await stored(ids.map((id, i) => image(id, { view_position: i === 0 ? 'AP' : 'PA' })));
        const page = (after?: string) => images.query(catalog.db, { runId, view: 'PA' }, { after, limit: 2 });
        const first = await page();
        const second = await page(first.at(-1)?.image_id);
        expect([...first, ...second].map((r) => r.image_id)).toEqual(ids.slice(1));
        expect(await page(second.at(-1)?.image_id)).toEqual([]);
        expect(await images.countByState(catalog.db, { runId })).toEqual({
          placed: 0,
          stored: 5,
          suboptimal: 0,
          review: 0,
          rejected: 0,
        });
      });
    });

    describe('studies', () => {
      it('have one patient: the first', async () => {
        const uid = `2.25.${fresh()}`;
        const claim = (patient: string, fileId: string) => ({
          studyUid: uid,
          patient,
          patientKnown: true,
          source: 's',
          fileId,
        });
        const first = await inTrx((trx) =>
          assignPatients(trx, [claim('P1', 'f1'), claim('P2', 'f2'), claim('P1', 'f3')]),
        );
        expect(first).toEqual([{ studyUid: uid, fileId: 'f2', patient: 'P1', other: 'P2' }]);
        const later = await inTrx((trx) => assignPatients(trx, [claim('P2', 'f2'), claim('P1', 'f4')]));
        expect(later).toEqual(first);
      });
    });

    describe('quality', () => {
      it('checks once a model version, and finds what lies wrong', async () => {
        const ids = Array.from({ length: 3 }, () => fresh()).sort();
        const runId = await stored(ids.map((id) => image(id)));
        const todo = (model: string) => quality.toCheck(catalog.db, model, { runId }, { limit: 10 });
        const verdict = (imageId: string, modelVersion: string, accepted: boolean) => ({
          imageId,
          modelVersion,
          accepted,
          score: 0.5,
          reason: accepted ? undefined : 'BLUR',
        });
        await inTrx((trx) =>
          quality.record(trx, [verdict(ids[0]!, 'm1', false), verdict(ids[1]!, 'm1', true)]),
        );
        await inTrx((trx) => quality.record(trx, [verdict(ids[0]!, 'm1', true)]));
        expect((await todo('m1')).map((r) => r.image_id)).toEqual([ids[2]]);
        expect(await todo('m2')).toHaveLength(3);
        const wrong = (model: string) => quality.misplaced(catalog.db, model, { runId }, { limit: 10 });
        expect(await wrong('m1')).toMatchObject([
          { image_id: ids[0], accepted: false, verdict_reason: 'BLUR', verdict_score: 0.5 },
        ]);
        const subopt = `sub-${runId}`;
        await inTrx(async (trx) => {
          await containers.ensure(trx, [{ name: subopt, kind: 'suboptimal', mode: 'prefix', capacity: 400 }]);
          await images.relocate(trx, [
            {
              imageId: ids[0]!,
              container: subopt,
              key: 'k',
              state: 'suboptimal',
              reason: 'BLUR',
              score: 0.5,
              modelVersion: 'm1',
            },
          ]);
        });
        expect(await wrong('m1')).toEqual([]);
        await inTrx((trx) => quality.record(trx, [verdict(ids[0]!, 'm2', true)]));
        expect(await wrong('m2')).toMatchObject([{ image_id: ids[0], accepted: true, state: 'suboptimal' }]);
      });
    });

    describe('reviews', () => {
      const doubtful = async () => {
        const id = fresh();
        await stored([image(id, { review: [{ code: 'TEXT' }] })]);
        return id;
      };
      it('are decided once', async () => {
        const id = await doubtful();
        const decide = (decision: 'approve' | 'reject') =>
          inTrx((trx) => reviews.decide(trx, { imageId: id, decision, by: 'ann' }));
        await decide('approve');
        await decide('approve');
        await expect(decide('reject')).rejects.toMatchObject({ code: 'REVIEW_DECIDED' });
        expect(await images.byIds(catalog.db, [id])).toMatchObject([{ state: 'stored' }]);
        expect((await reviews.unapplied(catalog.db, 1_000)).map((d) => d.image_id)).toContain(id);
        await inTrx((trx) => reviews.settleDecision(trx, id));
        expect((await reviews.unapplied(catalog.db, 1_000)).map((d) => d.image_id)).not.toContain(id);
      });
      it('keep an image in review until its mask is applied', async () => {
        const id = await doubtful();
        const rects = [{ x: 1, y: 2, width: 3, height: 4 }];
        await inTrx((trx) => reviews.decide(trx, { imageId: id, decision: 'mask', by: 'ann', rects }));
        expect(await reviews.decisionOn(catalog.db, id)).toMatchObject({
          decision: 'mask',
          rects,
          applied_at: null,
        });
        expect((await reviews.pending(catalog.db, { limit: 1_000 })).map((r) => r.image_id)).toContain(id);
      });
      it('do not mask beside the image', async () => {
        const id = await doubtful();
        const mask = (x: number, y: number) =>
          inTrx((trx) =>
            reviews.decide(trx, {
              imageId: id,
              decision: 'mask',
              by: 'ann',
              rects: [{ x, y, width: 9, height: 9 }],
            }),
          );
        await expect(mask(2_500, 0)).rejects.toMatchObject({ code: 'BAD_INPUT' });
        await expect(mask(0, 2_048)).rejects.toMatchObject({ code: 'BAD_INPUT' });
        await expect(mask(2_492, 2_039)).rejects.toMatchObject({ code: 'BAD_INPUT' });
        await mask(2_491, 2_039);
      });
      it('are not made on what is not in review', async () => {
        const id = fresh();
        await stored([image(id)]);
        const decide = (imageId: string) =>
          inTrx((trx) => reviews.decide(trx, { imageId, decision: 'reject', by: 'ann' }));
        await expect(decide(id)).rejects.toMatchObject({ code: 'REVIEW_DECIDED' });
        await expect(decide('nobody')).rejects.toMatchObject({ code: 'CATALOG_UNKNOWN' });
      });
    });

    describe('quarantine', () => {
      it('lists the latest first by page, counts by code, and gives files back to the next run', async () => {
        const { runId, source, ids, entries } = await claimed(5);
        const bad = (fileId: string, code: string) =>
          ({ fileId, state: 'quarantined', code, ruleHash: 'R' }) as const;
        await inTrx((trx) =>
          files.settle(
            trx,
            runId,
            ids.slice(0, 2).map((id) => bad(id, 'TRUNCATED')),
          ),
        );
        await inTrx((trx) =>
          files.settle(
            trx,
            runId,
            ids.slice(2).map((id) => bad(id, 'MALFORMED')),
          ),
        );
        const seen: string[] = [];
        let after: string | undefined;
        do {
          const page = await quarantine.list(catalog.db, { source }, { after, limit: 2 });
          seen.push(...page.files.map((f) => f.file_id));
          after = page.next;
        } while (after !== undefined);
        expect(seen).toEqual([...ids].reverse());
        expect(await quarantine.countByCode(catalog.db, { source })).toEqual([
          { code: 'MALFORMED', files: 3 },
          { code: 'TRUNCATED', files: 2 },
        ]);
        expect(await inTrx((trx) => quarantine.markForRetry(trx, { source, code: 'TRUNCATED' }))).toBe(2);
        expect(await inTrx((trx) => quarantine.markForRetry(trx, { fileIds: [ids[4]!, 'nobody'] }))).toBe(1);
        expect(await files.lookup(catalog.db, entries, 'R', 'later')).toEqual([
          'new',
          'new',
          'unchanged',
          'unchanged',
          'new',
        ]);
        expect(await files.lookup(catalog.db, entries.slice(0, 1), 'R', runId)).toEqual(['new']);
      });

      it('reaches a member through its archive', async () => {
        const { runId, source, ids, entries } = await claimed(1);
        const member = `${ids[0]}-m`;
        await inTrx(async (trx) => {
          await files.addMembers(trx, {
            runId,
            shard: 0,
            source,
            parentFileId: ids[0]!,
            entries: [entry(member)],
          });
          await files.settle(trx, runId, [
            { fileId: ids[0]!, state: 'opened', ruleHash: 'R' },
            { fileId: member, state: 'quarantined', code: 'TRUNCATED', ruleHash: 'R' },
          ]);
        });
        expect(await files.lookup(catalog.db, entries, 'R', 'later')).toEqual(['unchanged']);
        expect(await inTrx((trx) => quarantine.markForRetry(trx, { fileIds: [member] }))).toBe(1);
        expect(await files.lookup(catalog.db, entries, 'R', 'later')).toEqual(['new']);
      });
    });

    it('records who revealed what and why', async () => {
      await recordReveal(catalog.db, { who: 'ann', reason: 'recall', what: 'path', fileId: 'F1' });
      const rows = await catalog.db.selectFrom('reveals').selectAll().execute();
      expect(rows).toMatchObject([
        { who: 'ann', reason: 'recall', what: 'path', file_id: 'F1', at: expect.any(Date) },
      ]);
    });
  });
}
