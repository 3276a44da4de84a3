/** Objects lie as the run that made their container kept them, whatever the site is configured to do by now. */
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { applyReview } from '../../../../src/activities/io/apply-review.js';
import { placeOf } from '../../../../src/activities/io/places.js';
import { byIds, markStored, place } from '../../../../src/catalog/images.js';
import { type Catalog, openCatalog } from '../../../../src/catalog/open.js';
import { decide } from '../../../../src/catalog/reviews.js';
import { startRun } from '../../../../src/catalog/runs.js';
import { fileUri, openStore } from '../../../../src/storage/open.js';
import { image } from '../../../support/catalog/rows.js';

const root = mkdtempSync(join(tmpdir(), 'cxrflow-modes-'));
let catalog: Catalog;
beforeAll(async () => {
  catalog = await openCatalog({ kind: 'memory' });
}, 60_000);
afterAll(async () => {
  await catalog.close();
  rmSync(root, { recursive: true, force: true });
});

test.each(['prefix', 'bucket'] as const)('a review of a run with containers: %s', async (mode) => {
  const asked: string[] = [];
  const stores = { objects: openStore(fileUri(root)), store: (uri: string) => openStore(uri) };
  const runId = `w/${mode}`;
  const id = `I-${mode}`;
  await startRun(catalog.db, { runId, workflowType: 'ingest', workflowId: 'w', params: {} });
  const film = image(id, { rows: 4, columns: 4, review: [{ code: 'BURNED_IN_TEXT' }] });
  await catalog.transaction(async (trx) => {
    const bases = { images: `img-${mode}`, review: `review-${mode}` };
    await place(trx, { runId, shard: 0, bases, mode, capacity: 400, images: [film] });
    await markStored(trx, [id]);
  });
  const [held] = await byIds(catalog.db, [id]);
  const at = placeOf(stores, mode, held?.container ?? '', film.key);
  await at.store.ensure();
  const raw = { width: 4, height: 4, channels: 1 as const };
  await at.store.write(at.key, await sharp(Buffer.alloc(16, 200), { raw }).png().toBuffer());
  await at.store.write(at.key.replace('.png', '.json'), Buffer.from('{}'));
  await catalog.transaction((trx) => decide(trx, { imageId: id, decision: 'approve', by: 'tester' }));
  const tools = {
    ...{ catalog, prefix: 'img', maxImages: 400 },
    place: (kept: 'prefix' | 'bucket', container: string, key: string) => {
      asked.push(kept);
      return placeOf(stores, kept, container, key);
    },
  };
  await applyReview(tools, id);
  expect(new Set(asked)).toEqual(new Set([mode]));
  const [now] = await byIds(catalog.db, [id]);
  expect(now?.state).toBe('stored');
  expect(readdirSync(join(root, now?.container ?? ''))).toContain(film.key);
  expect(existsSync(join(root, held?.container ?? '', film.key))).toBe(false);
  const made = await catalog.db
    .selectFrom('containers')
    .select('mode')
    .where('name', '=', now?.container ?? '')
    .execute();
  expect(made).toEqual([{ mode }]);
});
