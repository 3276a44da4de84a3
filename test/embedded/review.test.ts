/** From a film with a name in its pixels to the decision of a person, and to what that does to objects and rows. */
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { applyReview, type ReviewTools } from '../../src/activities/io/apply-review.js';
import { byIds, type ImageRow } from '../../src/catalog/images.js';
import { decide, decisionOn } from '../../src/catalog/reviews.js';
import { type Attached, attach } from '../../src/client/attach.js';
import { loadConfig } from '../../src/config/load.js';
import { writeSamples } from '../../src/samples/write-samples.js';
import { openStore } from '../../src/storage/open.js';
import type { ObjectStore } from '../../src/storage/port.js';
import { cxrflow } from '../support/catalog/cli.js';
import { type Running, running } from '../support/cli.js';
import { files } from '../support/privacy/left.js';

const root = mkdtempSync(join(tmpdir(), 'cxrflow-review-'));
const objects = join(root, 'data', 'objects');
const env: Record<string, string> = {
  CXRFLOW_DATA: join(root, 'data'),
  CXRFLOW_KEYRING: join(root, 'keyring.json'),
  CXRFLOW_LOG_LEVEL: 'warn',
  DATABASE_URL: '',
  TEMPORAL_ADDRESS: '',
  CXRFLOW_STORAGE: '',
};
const run = (...args: string[]) => cxrflow(['review', ...args, '--json'], env);

let up: Running;
let place: Attached;
let waiting: readonly { readonly imageId: string; readonly container: string; readonly key: string }[];

const image = async (id: string): Promise<ImageRow> => {
  const [row] = await byIds(place.catalog.db, [id]);
  if (row === undefined) throw new Error(`no image ${id}`);
  return row;
};
const idOf = (n: number): string => waiting[n]?.imageId ?? '';
/** Every object of an image, wherever it lies. */
const placesOf = (key: string): string[] =>
  [...files(objects)]
    .filter((path) => path.endsWith(`/${key}`))
    .map((path) => path.slice(objects.length + 1));
const sha = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');

/** One picture and one metadata object, at the place of the row, with its hash, among the images. */
async function standsOnce(id: string): Promise<void> {
  const { container, key, png_hash, png_bytes, state } = await image(id);
  expect(state).toBe('stored');
  expect(container).toMatch(/^images-/);
  expect(placesOf(key)).toEqual([`${container}/${key}`]);
  const json = key.replace(/png$/, 'json');
  expect(placesOf(json)).toEqual([`${container}/${json}`]);
  const path = join(objects, container, key);
  expect(sha(path)).toBe(png_hash);
  const about = JSON.parse(readFileSync(join(objects, container, json), 'utf8'));
  expect(about).toMatchObject({ pngHash: png_hash, pngBytes: png_bytes });
}

beforeAll(async () => {
  const source = join(root, 'source');
  mkdirSync(source);
  const old = new Date('2024-01-15T08:00:00Z');
  for (const seed of [1, 2, 3, 4]) {
    const folder = join(root, `samples-${seed}`);
    const { files } = await writeSamples(folder, { studies: 2, seed, size: { rows: 640, columns: 512 } });
    const { path } = files.find(({ kind }) => kind === 'burned-in') ?? { path: '' };
    copyFileSync(join(folder, path), join(source, `${seed}.dcm`));
    utimesSync(join(source, `${seed}.dcm`), old, old);
  }
  up = await running(['up', '--port', '0'], { ...process.env, ...env });
  const answer = await cxrflow(['start', 'ingest', '--wait', '--json', '--set', `source=${source}`], env);
  expect(answer.json, answer.stderr).toMatchObject({ done: 4, review: 4, suboptimal: 0 });
  place = await attach(loadConfig({ env: { ...process.env, ...env } }));
  waiting = ((await run('list')).json as { images: typeof waiting }).images;
});

afterAll(async () => {
  await place?.close();
  if (up?.child.exitCode === null) await up.end('SIGTERM');
  rmSync(root, { recursive: true, force: true });
});

test('a name in the pixels holds an image, and only that', async () => {
  expect(waiting).toHaveLength(4);
  for (const { container, key } of waiting) {
    expect(container).toMatch(/^review-/);
    expect(placesOf(key)).toEqual([`${container}/${key}`]);
  }
  expect((await run('show', idOf(0))).json).toMatchObject({
    state: 'review',
    findings: [{ code: 'BURNED_IN_TEXT' }],
    decision: null,
  });
});

test('approved it stands among the images as it is', async () => {
  const before = await image(idOf(0));
  expect(await run('approve', idOf(0), '--reason', 'a marker')).toMatchObject({ code: 0 });
  await standsOnce(idOf(0));
  expect((await image(idOf(0))).png_hash).toBe(before.png_hash);
  expect(await run('approve', idOf(0))).toMatchObject({ code: 0 });
  await standsOnce(idOf(0));
});

test('rejected it is deleted, and its row says so', async () => {
  const { key } = await image(idOf(1));
  for (let again = 0; again < 2; again++) {
    expect(await run('reject', idOf(1))).toMatchObject({ code: 0 });
    expect((await image(idOf(1))).state).toBe('rejected');
    expect(placesOf(key)).toEqual([]);
    expect(placesOf(key.replace(/png$/, 'json'))).toEqual([]);
  }
});

test('masked it is black there, the same elsewhere, and the unmasked picture is gone', async () => {
  const { container, key, columns, rows } = await image(idOf(2));
  const raw = async (path: string) => sharp(path).toColourspace('b-w').raw().toBuffer();
  const before = await raw(join(objects, container, key));
  // The second ends at the edge.
  const rects = [
    [100, 10, 300, 60],
    [columns - 5, rows - 7, 5, 7],
  ] as const;
  const args = rects.flatMap((rect) => ['--rect', rect.join(',')]);
  expect(await run('mask', idOf(2), ...args)).toMatchObject({ code: 0 });
  await standsOnce(idOf(2));
  const now = await image(idOf(2));
  const path = join(objects, now.container, now.key);
  const after = await raw(path);
  expect(after.length).toBe(before.length);
  let changed = 0;
  for (let at = 0; at < after.length; at++) {
    const [px, py] = [at % columns, Math.floor(at / columns)];
    const inside = rects.some(([x, y, w, h]) => px >= x && px < x + w && py >= y && py < y + h);
    if (inside ? after[at] !== 0 : after[at] !== before[at]) changed++;
  }
  expect(changed).toBe(0);
  expect(await run('mask', idOf(2), ...args)).toMatchObject({ code: 0 });
  expect(sha(path)).toBe(now.png_hash);
  const other = await run('mask', idOf(2), '--rect', '0,0,5,5');
  expect(other).toMatchObject({ code: 2, json: { error: { code: 'REVIEW_DECIDED' } } });
});

describe('ended at any step', () => {
  /** The store, until its n-th change, which does not happen. */
  function failing(store: ObjectStore, left: { changes: number }): ObjectStore {
    const step = () => {
      if (left.changes-- === 0) throw new Error('killed');
    };
    return {
      ...store,
      write: async (...args) => {
        step();
        return store.write(...args);
      },
      delete: async (key) => {
        step();
        return store.delete(key);
      },
    };
  }

  test('a mask is finished by a repeat, and no picture is lost meanwhile', async () => {
    const id = idOf(3);
    const { key } = await image(id);
    const store = openStore(`file://${objects}`);
    const { catalog } = place;
    const rects = [{ x: 100, y: 10, width: 300, height: 60 }];
    await catalog.transaction((trx) => decide(trx, { imageId: id, decision: 'mask', by: 'tester', rects }));
    let ended = 0;
    for (let changes = 0; changes < 3; changes++) {
      const left = { changes };
      const tools: ReviewTools = {
        catalog,
        prefix: 'images',
        maxImages: 400,
        place: (_mode, container, at) => ({ store: failing(store, left), key: `${container}/${at}` }),
      };
      await applyReview(tools, id).catch(() => ended++);
      const { container, png_hash } = await image(id);
      expect(sha(join(objects, container, key))).toBe(png_hash);
    }
    expect(ended).toBe(3);
    // Both were written, the first of the old ones was deleted, and the row follows the new ones.
    expect((await image(id)).state).toBe('stored');
    expect(placesOf(key)).toHaveLength(2);
    expect((await decisionOn(catalog.db, id))?.applied_at).toBeNull();
    expect(await run('apply')).toMatchObject({ code: 0, json: { applied: 1, images: [id] } });
    await standsOnce(id);
    expect((await decisionOn(catalog.db, id))?.applied_at).not.toBeNull();
    expect(await run('apply')).toMatchObject({ code: 0, json: { applied: 0 } });
  });
});

test('at the end nothing waits, and nothing is left where it waited', async () => {
  expect((await run('list')).json).toMatchObject({ images: [] });
  const left = [...files(objects)].filter((path) => path.includes('/review-'));
  expect(left).toEqual([]);
});
