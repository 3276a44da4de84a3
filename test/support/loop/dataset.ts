import { stringify } from 'csv-stringify/sync';
import { publishVersion } from '../../../src/activities/versions/publish.js';
import { writeVersionFile } from '../../../src/activities/versions/write.js';
import { recordVersion } from '../../../src/catalog/dataset-versions.js';
import type { Catalog } from '../../../src/catalog/open.js';
import { sha256 } from '../../../src/datasets/version/canonical.js';
import { type VersionFile, versionManifest } from '../../../src/datasets/version/manifest.js';
import { uriOf } from '../../../src/storage/open.js';
import type { ObjectStore } from '../../../src/storage/port.js';
import { seeded } from '../random.js';
import { CELL_CLASSES, type CellFinding, cellLabel, cellPicture } from './cells.js';

export interface CellImage {
  readonly imageId: string;
  readonly patient: string;
  readonly split: string;
  readonly findings: readonly CellFinding[];
  /** Of the marked cells; every second image is a hard one. */
  readonly contrast: number;
}

export const HARD = 0.2;
export const EASY = 0.45;

/** Images by split, each of a patient of its own; every second one is harder to read. */
export function cellImages(
  sizes: Readonly<Record<string, number>>,
  classes: readonly (0 | 1)[] = [0, 1],
): CellImage[] {
  const random = seeded(7);
  return Object.entries(sizes).flatMap(([split, n]) =>
    Array.from({ length: n }, (_, i): CellImage => {
      const classId = classes[i % classes.length] as 0 | 1;
      return {
        imageId: `${split}-${i}`,
        patient: `P-${split}-${i}`,
        split,
        findings: [{ classId, cell: Math.floor(random() * 16) }],
        contrast: i % 4 < 2 ? EASY : HARD,
      };
    }),
  );
}

/** Publishes a detection dataset as `detectionDataset` does, and enters it into the catalog. */
export async function publishCells(
  catalog: Catalog,
  store: ObjectStore,
  {
    dataset,
    version,
    images,
    classes = CELL_CLASSES,
  }: {
    readonly dataset: string;
    readonly version: string;
    readonly images: readonly CellImage[];
    readonly classes?: readonly string[];
  },
): Promise<void> {
  const files: VersionFile[] = [];
  const prefix = `${version}/`;
  const put = async (path: string, body: string | Uint8Array) =>
    files.push(await writeVersionFile(store, prefix, path, () => Buffer.from(body)));
  for (const [i, { imageId, split, findings, contrast }] of images.entries()) {
    await put(`organized/${split}/images/${imageId}.png`, await cellPicture(findings, contrast, i));
    await put(`organized/${split}/labels/${imageId}.txt`, findings.map(cellLabel).join(''));
  }
  const rows = images.map(({ imageId, patient, split }) => [imageId, patient, split]);
  await put('splits.csv', stringify([['image_id', 'patient', 'split'], ...rows]));
  const splits = [...new Set(images.map(({ split }) => split))];
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const count = (split: string, classId: number) =>
    images.filter((image) => image.split === split && image.findings.some((f) => f.classId === classId))
      .length;
  const manifest = versionManifest({
    dataset,
    version,
    kind: 'detectionDataset',
    parents: [],
    parameters: {},
    seed: 1,
    codeVersion: 'test',
    inputs: { items: images.length, bytes, sha256: sha256('cells') },
    counts: { found: images.length, done: images.length, skipped: 0, ignored: 0, quarantined: 0 },
    quarantined: {},
    classes,
    labels: Object.fromEntries(classes.map((name, id) => [name, id])),
    splits: Object.fromEntries(
      splits.map((split) => {
        const n = images.filter((image) => image.split === split).length;
        const byClass = Object.fromEntries(classes.map((name, id) => [name, count(split, id)]));
        return [
          split,
          {
            images: n,
            examples: n,
            classes: byClass,
            patients: n,
            files: 2 * n,
            bytes: 0,
            mean: null,
            std: null,
          },
        ];
      }),
    ),
    files,
    mean: null,
    std: null,
    details: {},
  });
  const manifestHash = await publishVersion(store, prefix, manifest);
  await recordVersion(
    catalog,
    {
      uri: uriOf(store.root, version),
      root: store.root,
      dataset,
      version,
      kind: manifest.kind,
      manifestHash,
      parametersHash: manifest.parametersHash,
      inputsHash: manifest.inputs.sha256,
      codeVersion: 'test',
      seed: 1,
      images: images.length,
      bytes,
      splits: manifest.classBalance,
      parents: [],
    },
    images.map(({ patient, split }) => ({ patient, split, images: 1 })),
  );
}
