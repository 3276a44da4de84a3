/** What the catalog promises of annotations, held on every engine. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as files from '../../../src/catalog/annotation-files.js';
import * as staging from '../../../src/catalog/annotation-staging.js';
import * as waiting from '../../../src/catalog/annotation-waiting.js';
import { boxes, labels } from '../../../src/catalog/annotations.js';
import * as images from '../../../src/catalog/images.js';
import type { Catalog } from '../../../src/catalog/open.js';
import * as quarantine from '../../../src/catalog/quarantine.js';
import * as runs from '../../../src/catalog/runs.js';
import { image } from './rows.js';

export function annotationsSuite(engine: string, open: () => Promise<Catalog>): void {
  describe(`annotations on ${engine}`, () => {
    let catalog: Catalog;
    let source: string;
    const ids = ['IA', 'IB', 'IC', 'ID'];
    beforeAll(async () => {
      catalog = await open();
      await store(ids);
    }, 120_000);
    afterAll(() => catalog?.close());

    async function store(imageIds: readonly string[]): Promise<void> {
      const runId = `w/${randomUUID()}`;
      await runs.startRun(catalog.db, { runId, workflowType: 'ingest', workflowId: 'w', params: {} });
      await catalog.transaction(async (trx) => {
        await images.place(trx, {
          ...{ runId, shard: 0, mode: 'prefix', capacity: 400 },
          bases: { images: `img-${runId}`, review: `rev-${runId}` },
          images: imageIds.map((id) => image(id)),
        });
        await images.markStored(trx, imageIds);
      });
    }

    const AT = '2024-05-01T10:00:00.000Z';
    type Made = Partial<staging.StagedRecord> & { readonly position: number };
    const label = (
      position: number,
      imageId: string,
      value: 1 | 0 | -1 | null,
      over: Partial<Made> = {},
    ): Made => ({
      ...{ position, imageId, value, kind: 'label', className: `Edema ${source}`, reader: 'R1' },
      ...{ content: `label/${over.reader ?? 'R1'}`, ...over },
    });
    const box = (position: number, imageId: string, corners: [number, number, number, number]): Made => ({
      ...{ position, imageId, kind: 'box', className: `Nodule ${source}`, classId: 8, reader: 'R1' },
      ...{ box: corners, content: corners.join() },
    });
    const bad = (
      fileId: string,
      position: number,
      code = 'CLASS_UNKNOWN',
      over: Partial<Made> = {},
    ): Made => ({
      ...{ position, state: 'quarantined', code, reason: 'because', recordId: `${fileId}-${position}` },
      ...{ sealedPath: Buffer.from('sealed').toString('base64'), ...over },
    });

    /** A file as a run reads it: staged in two batches, then published. */
    async function read(fileId: string, contentHash: string, made: readonly Made[], modifiedAt = AT) {
      const file = { fileId, source, contentHash };
      const records = made.map((record) => ({
        ...{ state: 'applied' as const, recordId: `${fileId}-${record.position}`, readAt: modifiedAt },
        ...record,
      }));
      const { revision, sameContent } = await catalog.transaction((trx) =>
        staging.beginStaging(trx, { ...file, rules: 'rules' }),
      );
      const half = Math.ceil(records.length / 2);
      for (const part of [records.slice(0, half), records.slice(half)])
        await catalog.transaction((trx) =>
          staging.stage(
            trx,
            { ...file, rules: 'rules' },
            revision,
            part,
            part.at(-1)?.position ?? records.length,
          ),
        );
      return catalog.transaction((trx) =>
        files.publish(trx, { ...file, format: 'csv', modifiedAt, runId: 'run', sameContent }),
      );
    }
    const quarantined = async () =>
      (await quarantine.list(catalog.db, { source }, { limit: 100 })).files.map(
        ({ file_id, code, parent_file_id }) => [file_id, code, parent_file_id],
      );
    const fresh = () => {
      source = `annotations:${randomUUID().slice(0, 8)}`;
      return `F${source}`;
    };

    it('shows what was published with its provenance, and nothing of what is staged', async () => {
      const file = fresh();
      const staged = { fileId: file, source, contentHash: 'a', rules: 'rules' };
      const { revision } = await catalog.transaction((trx) => staging.beginStaging(trx, staged));
      await catalog.transaction((trx) =>
        staging.stage(
          trx,
          staged,
          revision,
          [{ ...label(1, 'IA', 1), state: 'applied', recordId: 'x', readAt: AT }],
          1,
        ),
      );
      expect(await labels(catalog.db, { className: `Edema ${source}` })).toEqual([]);
      expect(await read(file, 'a', [label(1, 'IA', 1), box(2, 'IA', [1, 2, 3.5, 4]), bad(file, 3)])).toEqual({
        records: 3,
        applied: 2,
        skipped: 0,
        quarantined: 1,
      });
      const provenance = { fileId: file, reader: 'R1', readAt: new Date(AT), runId: 'run' };
      expect(await labels(catalog.db, { className: `Edema ${source}` })).toMatchObject([
        { imageId: 'IA', label: `Edema ${source}`, value: 1, position: 1, ...provenance },
      ]);
      expect(await boxes(catalog.db, { imageIds: ['IA'], className: `Nodule ${source}` })).toMatchObject([
        { imageId: 'IA', classId: 8, box: [1, 2, 3.5, 4], position: 2, ...provenance },
      ]);
      expect(await quarantined()).toEqual([[`${file}-3`, 'CLASS_UNKNOWN', file]]);
    });

    it('replaces what a corrected file said, whole', async () => {
      const file = fresh();
      await read(file, 'a', [label(1, 'IA', 1), label(2, 'IB', 1), bad(file, 3)]);
      expect(await read(file, 'b', [label(1, 'IA', 0), bad(file, 2), label(3, 'IC', 1)])).toEqual({
        ...{ records: 3, applied: 2, skipped: 0, quarantined: 1 },
      });
      expect(
        (await labels(catalog.db, { className: `Edema ${source}` })).map((l) => [l.imageId, l.value]),
      ).toEqual([
        ['IA', 0],
        ['IC', 1],
      ]);
      expect(await quarantined()).toEqual([[`${file}-2`, 'CLASS_UNKNOWN', file]]);
    });

    it('counts of the same bytes read again only what is new', async () => {
      const file = fresh();
      await read(file, 'a', [label(1, 'IA', 1), bad(file, 2)]);
      expect(await read(file, 'a', [label(1, 'IA', 1), label(2, 'IB', -1)])).toEqual({
        ...{ records: 2, applied: 1, skipped: 1, quarantined: 0 },
      });
      expect(await quarantined()).toEqual([]);
    });

    it('goes on where a killed attempt was, and starts anew on other bytes', async () => {
      const file = fresh();
      const bytes = (contentHash: string) => ({ fileId: file, source, contentHash, rules: 'r' });
      const begin = (contentHash: string) =>
        catalog.transaction((trx) => staging.beginStaging(trx, bytes(contentHash)));
      const one = { ...label(1, 'IA', 1), state: 'applied' as const, recordId: 'x', readAt: AT };
      expect(await begin('a')).toMatchObject({ revision: 1, records: 0 });
      const stage = (contentHash: string) =>
        catalog.transaction((trx) => staging.stage(trx, bytes(contentHash), 1, [one], 1));
      for (let twice = 0; twice < 2; twice++) await stage('a');
      await expect(stage('b')).rejects.toMatchObject({ code: 'LEASE_LOST' });
      expect(await begin('a')).toMatchObject({ revision: 1, records: 1, sameContent: false });
      expect(await staging.stagedFiles(catalog.db, source)).toEqual([file]);
      expect(await begin('b')).toMatchObject({ revision: 1, records: 0 });
      await catalog.transaction((trx) => staging.dropStaging(trx, file));
      expect(await staging.stagedFiles(catalog.db, source)).toEqual([]);
    });

    it('says a box once that two files hold, and of a label the latest value', async () => {
      const file = fresh();
      await read(file, 'a', [box(1, 'IA', [1, 1, 2, 2]), label(2, 'IA', 1)]);
      await read(
        `${file}-later`,
        'b',
        [box(1, 'IA', [1, 1, 2, 2]), label(2, 'IA', 0)],
        '2025-01-01T00:00:00Z',
      );
      expect(await boxes(catalog.db, { className: `Nodule ${source}` })).toHaveLength(1);
      expect(await labels(catalog.db, { className: `Edema ${source}` })).toMatchObject([
        { value: 0, fileId: `${file}-later` },
      ]);
    });

    it('finds images by label, by value and by reader, a page of images at a time', async () => {
      const file = fresh();
      await read(file, 'a', [
        label(1, 'IA', 1),
        label(2, 'IB', 0),
        label(3, 'IC', null),
        label(4, 'IC', 1, { reader: 'R2' }),
        label(5, 'ID', -1),
      ]);
      const className = `Edema ${source}`;
      const of = async (filter: object, page?: { after?: string; images: number }) =>
        (await labels(catalog.db, { className, ...filter }, page)).map((l) => l.imageId);
      expect(await of({ values: [1] })).toEqual(['IA', 'IC']);
      expect(await of({ values: [0, null] })).toEqual(['IB', 'IC']);
      expect(await of({ reader: 'R2' })).toEqual(['IC']);
      expect(await of({}, { images: 3 })).toEqual(['IA', 'IB', 'IC', 'IC']);
      expect(await of({}, { after: 'IC', images: 3 })).toEqual(['ID']);
    });

    it('finds images by any of their names, if they are stored', async () => {
      const found = await waiting.imagesByRef(catalog.db, ['IA', '2.25.IB', 'F-IC', 'IZ', 'F-Z', '2.25.9']);
      expect([...found].map(([ref, facts]) => [ref, facts.map((f) => f.image_id)]).sort()).toEqual([
        ['2.25.IB', ['IB']],
        ['F-IC', ['IC']],
        ['IA', ['IA']],
      ]);
      expect(found.get('IA')).toMatchObject([{ rows: 2048, columns: 2500 }]);
    });

    it('releases records that waited, each once', async () => {
      const file = fresh();
      const late = `I${randomUUID()}`;
      const waits = (position: number, ref: string) =>
        bad(file, position, 'IMAGE_UNKNOWN', {
          ...{
            refs: [ref],
            kind: 'label',
            className: `Edema ${source}`,
            value: 1,
            content: 'c',
            reader: 'R1',
          },
        });
      await read(file, 'a', [label(1, 'IA', 1), waits(2, late), waits(3, 'INEVER')]);
      const page = await waiting.waitingRecords(catalog.db, source, undefined, 10);
      expect(page.map((r) => [r.position, r.refs])).toEqual([
        [2, [late]],
        [3, ['INEVER']],
      ]);
      expect(
        await waiting.waitingRecords(catalog.db, source, { fileId: file, position: 2 }, 10),
      ).toHaveLength(1);
      await store([late]);
      const released = page.slice(0, 1).map((r) => ({
        ...{ fileId: r.file_id, revision: r.revision, position: r.position, recordId: r.record_id },
        ...{ imageId: late, state: 'applied' as const },
      }));
      const counts = async () => [
        ...(await catalog.transaction((trx) => waiting.release(trx, 'run2', released))),
      ];
      expect(await counts()).toEqual([[file, 1]]);
      expect(await counts()).toEqual([]);
      expect(await labels(catalog.db, { imageIds: [late] })).toMatchObject([{ value: 1, position: 2 }]);
      expect(await quarantined()).toEqual([[`${file}-3`, 'IMAGE_UNKNOWN', file]]);
      expect(await files.heldRecords(catalog.db, [file], 'run2')).toEqual(new Map([[file, 2]]));
      expect(await files.heldRecords(catalog.db, [file], 'run3')).toEqual(new Map([[file, 3]]));
    });

    it('knows copies, and what a revision has already', async () => {
      const file = fresh();
      await read(file, 'a', [label(1, 'IA', 1)]);
      const copy = { fileId: 'FX', source, contentHash: 'a' };
      expect(await files.copyOf(catalog.db, copy)).toBe(file);
      expect(await files.copyOf(catalog.db, { ...copy, fileId: file })).toBeUndefined();
      expect(await files.copyOf(catalog.db, { ...copy, contentHash: 'b' })).toBeUndefined();
      expect(await files.contentOf(catalog.db, file)).toBe('a');
      const asked = ['IA', 'IB'].map((imageId) => ({ imageId, content: 'label/R1' }));
      expect(await staging.known(catalog.db, file, 1, asked)).toEqual(new Map([['IA/label/R1', 1]]));
    });
  });
}
