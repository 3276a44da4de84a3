/** What the catalog promises of dataset versions, on every engine. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as versions from '../../../src/catalog/dataset-versions.js';
import type { Catalog } from '../../../src/catalog/open.js';
import * as quarantine from '../../../src/catalog/quarantine.js';
import { clearItems, datasetSource, quarantineItems } from '../../../src/catalog/quarantine-items.js';

export function versionsSuite(engine: string, open: () => Promise<Catalog>): void {
  describe(`dataset versions on ${engine}`, () => {
    let catalog: Catalog;
    beforeAll(async () => {
      catalog = await open();
    }, 120_000);
    afterAll(() => catalog?.close());

    const place = () => `s3://bucket/${randomUUID()}/processed`;
    const made = (
      root: string,
      version: string,
      over: Partial<versions.NewVersion> = {},
    ): versions.NewVersion => ({
      uri: `${root}/${version}`,
      root,
      dataset: 'chest-xray',
      version,
      kind: 'chestXrayProcessing',
      source: 'nas',
      manifestHash: `m-${version}`,
      parametersHash: 'p',
      inputsHash: 'i',
      codeVersion: '0.1.0',
      seed: 2 ** 31 - 1,
      images: 5_000_000_000,
      bytes: 5_000_000_000_000,
      splits: { train: { NORMAL: 1 } },
      parents: [],
      runId: 'w/1',
      ...over,
    });
    const patient = (name: string, split = 'train', images = 1) => ({ patient: name, split, images });

    it('a recorded version is there whole, and is the current one', async () => {
      const root = place();
      const name = `P-${randomUUID()}`;
      await versions.recordVersion(catalog, made(root, 'v1.0'), [
        patient(name, 'train', 2),
        patient(name, 'val'),
      ]);
      const current = await versions.currentVersion(catalog.db, root);
      expect(current).toMatchObject({
        version: 'v1.0',
        images: 5_000_000_000,
        seed: 2 ** 31 - 1,
        splits: { train: { NORMAL: 1 } },
      });
      expect(await versions.versionsOfPatient(catalog.db, name)).toEqual([
        { uri: `${root}/v1.0`, dataset: 'chest-xray', version: 'v1.0', split: 'train', images: 2 },
        { uri: `${root}/v1.0`, dataset: 'chest-xray', version: 'v1.0', split: 'val', images: 1 },
      ]);
    });

    it('recording twice is recording once; nor does it move the pointer again', async () => {
      const root = place();
      const name = `P-${randomUUID()}`;
      const id = await versions.recordVersion(catalog, made(root, 'v1.0'), [patient(name)]);
      await versions.recordVersion(catalog, made(root, 'v1.1'), []);
      expect(await versions.recordVersion(catalog, made(root, 'v1.0'), [patient(name)])).toBe(id);
      expect((await versions.currentVersion(catalog.db, root))?.version).toBe('v1.1');
      expect(await versions.movesOf(catalog.db, root)).toHaveLength(2);
      expect(await versions.versionsOfPatient(catalog.db, name)).toHaveLength(1);
    });

    it('one whose patients were never all written is not there, and is written anew', async () => {
      const root = place();
      const name = `P-${randomUUID()}`;
      async function* breaking() {
        for (let i = 0; i < 1_500; i++) yield patient(`${name}-${i}`);
        throw new Error('the worker died');
      }
      await expect(versions.recordVersion(catalog, made(root, 'v1.0'), breaking())).rejects.toThrow('died');
      expect(await versions.currentVersion(catalog.db, root)).toBeUndefined();
      const listed = await versions.listVersions(catalog.db);
      expect(listed.some((version) => version.root === root)).toBe(false);
      expect(await versions.versionsOfPatient(catalog.db, `${name}-0`)).toEqual([]);
      await versions.recordVersion(catalog, made(root, 'v1.0'), [patient(`${name}-0`)]);
      expect(await versions.versionsOfPatient(catalog.db, `${name}-0`)).toMatchObject([{ images: 1 }]);
      expect(await versions.versionsOfPatient(catalog.db, `${name}-1`)).toEqual([]);
    });

    it('a pointer moves back and forth, and every move is kept', async () => {
      const root = place();
      const first = await versions.recordVersion(catalog, made(root, 'v1.0'), []);
      await versions.recordVersion(catalog, made(root, 'v1.1'), []);
      const by = { who: 'anna', reason: 'labels' };
      await catalog.transaction((trx) => versions.point(trx, root, first, by));
      await catalog.transaction((trx) => versions.point(trx, root, first, by));
      expect((await versions.currentVersion(catalog.db, root))?.version).toBe('v1.0');
      const moves = await versions.movesOf(catalog.db, root);
      expect(
        moves.map(({ from_version, to_version, who, reason }) => [from_version, to_version, who, reason]),
      ).toEqual([
        ['v1.1', 'v1.0', 'anna', 'labels'],
        ['v1.0', 'v1.1', 'w/1', 'published'],
        [null, 'v1.0', 'w/1', 'published'],
      ]);
      const current = (await versions.listVersions(catalog.db)).filter((v) => v.root === root && v.current);
      expect(current.map(({ version }) => version)).toEqual(['v1.0']);
    });

    it('inputs in quarantine are listed with their reason, once, until a run has none', async () => {
      const source = datasetSource(`nas-${randomUUID()}`);
      const item = {
        fileId: `F-${randomUUID()}`,
        sealedPath: Buffer.from([0, 255]),
        size: 1,
        version: '1',
        code: 'NO_LABEL',
        reason: 'no folder of a class',
      };
      const put = (runId: string) => quarantineItems(catalog.db, { runId, source, items: [item, item] });
      await put('w/1');
      await put('w/2');
      const { files } = await quarantine.list(catalog.db, { source }, { limit: 10 });
      expect(files).toMatchObject([
        { file_id: item.fileId, code: 'NO_LABEL', run_id: 'w/2', sealed_path: item.sealedPath },
      ]);
      await clearItems(catalog.db, source, 'w/2');
      expect((await quarantine.list(catalog.db, { source }, { limit: 10 })).files).toHaveLength(1);
      await clearItems(catalog.db, source, 'w/3');
      expect((await quarantine.list(catalog.db, { source }, { limit: 10 })).files).toEqual([]);
    });
  });
}
