import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { claim, lookup, settle } from '../../../src/catalog/files.js';
import { byIds, markStored, place } from '../../../src/catalog/images.js';
import { type Catalog, openCatalog } from '../../../src/catalog/open.js';
import { startRun } from '../../../src/catalog/runs.js';
import { loadKeyring } from '../../../src/privacy/keyring.js';
import { fileId, sealPath } from '../../../src/privacy/seal.js';
import { cxrflow } from '../../support/catalog/cli.js';
import { image } from '../../support/catalog/rows.js';

const PATH = 'DOE^JANE/scan 1.dcm';
const key = randomBytes(32).toString('hex');
const { pathKey } = loadKeyring({ CXRFLOW_PSEUDONYM_KEY: key }, { mayCreate: false });
const bad = fileId(pathKey, 'nas', PATH);
let root: string;
let env: Record<string, string>;

async function inCatalog<T>(work: (catalog: Catalog) => Promise<T>): Promise<T> {
  const catalog = await openCatalog({ kind: 'pglite', folder: join(root, 'data') });
  try {
    return await work(catalog);
  } finally {
    await catalog.close();
  }
}
const run = (args: readonly string[], over: Readonly<Record<string, string>> = {}) =>
  cxrflow(args, { ...env, ...over });

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'cxrflow-test-commands-'));
  env = { CXRFLOW_DATA: join(root, 'data'), CXRFLOW_PSEUDONYM_KEY: key, DATABASE_URL: '' };
  await inCatalog((catalog) =>
    catalog.transaction(async (trx) => {
      const runId = 'w/1';
      await startRun(trx, { runId, workflowType: 'ingest', workflowId: 'w', params: {} });
      const entries = [
        { fileId: bad, size: 7, version: 'v', sealedPath: sealPath(pathKey, Buffer.from(PATH)) },
      ];
      await claim(trx, { runId, shard: 0, source: 'nas', entries, manifest: 'm' });
      await settle(trx, runId, [
        { fileId: bad, state: 'quarantined', code: 'TRUNCATED', reason: 'ends at byte 7', ruleHash: 'R' },
      ]);
      const facts = { rows: 20, columns: 30, review: [{ code: 'BURNED_IN_TEXT' }] };
      const images = ['I1', 'I2', 'I3'].map((id) => image(id, facts));
      const bases = { images: 'images-x', review: 'review-x' };
      const placed = await place(trx, { runId, shard: 0, bases, mode: 'prefix', capacity: 400, images });
      await markStored(
        trx,
        images.map((i) => i.image_id),
      );
      for (const at of placed) await putObjects(at);
    }),
  );
});

/** Picture and metadata of an image, where its row says. */
async function putObjects({ container, key }: { container: string; key: string }): Promise<void> {
  const folder = join(root, 'data', 'objects', container);
  await mkdir(folder, { recursive: true });
  const grey = { create: { width: 30, height: 20, channels: 3, background: '#808080' } } as const;
  await sharp(grey).toColourspace('b-w').png().toFile(join(folder, key));
  await writeFile(join(folder, key.replace(/\.png$/, '.json')), '{}');
}

afterAll(() => rm(root, { recursive: true, force: true }));

describe('quarantine', () => {
  it('lists what and why, and no path', async () => {
    const { code, json, stdout, stderr } = await run(['quarantine', 'list', '--json']);
    expect(code).toBe(0);
    expect(json).toMatchObject({
      codes: [{ code: 'TRUNCATED', files: 1 }],
      files: [{ fileId: bad, code: 'TRUNCATED', reason: 'ends at byte 7', source: 'nas' }],
      next: null,
    });
    expect(stdout + stderr).not.toMatch(/DOE|scan/);
  });

  it('reveals a path for a reason only, and records it', async () => {
    const refused = await run(['quarantine', 'show', bad, '--reveal']);
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('REASON_REQUIRED') });
    expect(refused.stdout).not.toContain('DOE');
    const shown = await run(['quarantine', 'show', bad, '--reveal', '--reason', 'call the ward', '--json']);
    expect(shown).toMatchObject({ code: 0, json: { path: PATH, hint: expect.any(String) } });
    const reveals = await inCatalog(({ db }) => db.selectFrom('reveals').selectAll().execute());
    expect(reveals).toMatchObject([{ reason: 'call the ward', what: 'path', file_id: bad }]);
  });

  it('reveals nothing with another key', async () => {
    const other = { CXRFLOW_PSEUDONYM_KEY: randomBytes(32).toString('hex') };
    await run(['quarantine', 'show', bad, '--reveal', '--reason', 'first use binds the key']);
    const { code, stderr, stdout } = await run(
      ['quarantine', 'show', bad, '--reveal', '--reason', 'x'],
      other,
    );
    expect(code).not.toBe(0);
    expect(stderr).toContain('KEY_MISMATCH');
    expect(stdout).not.toContain('DOE');
  });

  it('gives files back to the next run, but not all of them by mistake', async () => {
    expect(await run(['quarantine', 'retry'])).toMatchObject({ code: 2 });
    expect(await run(['quarantine', 'retry', '--code', 'TRUNCATED', '--json'])).toMatchObject({
      code: 0,
      json: { marked: 1 },
    });
    const again = await inCatalog(({ db }) =>
      lookup(db, [{ fileId: bad, size: 7, version: 'v' }], 'R', 'next'),
    );
    expect(again).toEqual(['new']);
  });
});

describe('review', () => {
  it('lists findings and records decisions', async () => {
    expect(await run(['review', 'list', '--json'])).toMatchObject({
      json: { images: [{ imageId: 'I1', findings: [{ code: 'BURNED_IN_TEXT' }] }, {}, {}], next: null },
    });
    expect(await run(['review', 'approve', 'I1', '--reason', 'side marker'])).toMatchObject({ code: 0 });
    expect(await run(['review', 'reject', 'I2'])).toMatchObject({ code: 0 });
    expect(await run(['review', 'mask', 'I3', '--rect', '0,0,10,20', '--rect', '5,6,7,8'])).toMatchObject({
      code: 0,
    });
    expect(await run(['review', 'reject', 'I1'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('REVIEW_DECIDED'),
    });
    expect(await run(['review', 'mask', 'I3', '--rect', '0,0,10'])).toMatchObject({ code: 2 });
    const rows = await inCatalog(({ db }) => byIds(db, ['I1', 'I2', 'I3']));
    expect(rows.map((r) => r.state)).toEqual(['stored', 'rejected', 'stored']);
    expect(await run(['review', 'show', 'I3', '--json'])).toMatchObject({
      json: {
        decision: {
          decision: 'mask',
          rects: [
            { x: 0, y: 0, width: 10, height: 20 },
            { x: 5, y: 6, width: 7, height: 8 },
          ],
        },
      },
    });
  });
});

describe('catalog adopt', () => {
  it('records tagged files once, under the names that a run would look up', async () => {
    const nas = join(root, 'nas');
    await mkdir(join(nas, '2019_processed'), { recursive: true });
    for (const name of ['2019_processed/a.dcm', 'b_processed.dcm', 'c.dcm'])
      await writeFile(join(nas, name), 'x');
    const source = pathToFileURL(nas).href;
    const adopt = (...more: string[]) => run(['catalog', 'adopt', '--source', source, '--json', ...more]);
    expect((await adopt('--dry-run')).json).toMatchObject({ found: 3, tagged: 2, adopted: 0 });
    expect((await adopt()).json).toMatchObject({ found: 3, tagged: 2, adopted: 2 });
    expect((await adopt()).json).toMatchObject({ found: 3, tagged: 2, adopted: 0 });
    const rows = await inCatalog(({ db }) =>
      db.selectFrom('files').select(['file_id', 'state']).where('code', '=', 'ADOPTED').execute(),
    );
    const expected = ['2019_processed/a.dcm', 'b_processed.dcm'].map((k) => fileId(pathKey, source, k));
    expect(rows.map((r) => r.file_id).sort()).toEqual(expected.sort());
    expect(rows.every((r) => r.state === 'stored')).toBe(true);
  });
});
