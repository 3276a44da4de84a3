import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DatasetExample } from '../../src/datasets/example.js';
import { parquetFile } from '../../src/datasets/parquet/write.js';
import { imageRecord } from '../../src/datasets/tfrecord/image-example.js';
import { previewPng } from '../../src/imaging/steps/preview.js';
import { runDatasetsPython } from './python.js';

interface Row {
  readonly label: number;
  readonly image_id: string;
  readonly image_shape: readonly number[];
  readonly source: string;
  readonly split: string;
  readonly class_name: string;
  readonly image: readonly number[];
  readonly histogram: readonly number[];
}
interface Seen {
  readonly tfrecord: readonly {
    readonly id: string;
    readonly label: number;
    readonly shape: readonly number[];
    readonly values: readonly number[];
    readonly features: readonly string[];
  }[];
  readonly parquet: {
    readonly rows: readonly Row[];
    readonly schema: Readonly<Record<string, string>>;
    readonly groups: readonly number[];
  };
  readonly huggingFace: {
    readonly features: Readonly<Record<string, string>>;
    readonly names: readonly string[] | null;
    readonly pictures: readonly { size: readonly number[]; mode: string; values: readonly number[] }[];
  };
}

const CLASSES = { NORMAL: 0, PNEUMONIA: 1 };
const [WIDTH, HEIGHT] = [7, 5];

/** Values that float32 holds and that are not whole. */
async function example(index: number): Promise<DatasetExample> {
  const tensor = Float32Array.from({ length: WIDTH * HEIGHT }, (_, i) => Math.fround((i * 7 + index) / 300));
  const picture = { width: WIDTH, height: HEIGHT, channels: 1, data: tensor } as const;
  return {
    imageId: `P${index}é`,
    label: index % 2,
    className: index % 2 === 0 ? 'NORMAL' : 'PNEUMONIA',
    split: 'train',
    source: `sha256:${index}`,
    shape: [HEIGHT, WIDTH, 1],
    tensor,
    histogram: Float32Array.of(0.25, 0.75),
    picture: await previewPng(picture),
  };
}

describe('image datasets', () => {
  let folder = '';
  let examples: DatasetExample[] = [];
  let seen: Seen;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'cxrflow-datasets-'));
    examples = await Promise.all(Array.from({ length: 11 }, (_, index) => example(index)));
    writeFileSync(
      join(folder, 'train-00000-of-00001.tfrecord'),
      Buffer.concat(examples.flatMap(imageRecord)),
    );
    const options = { classes: CLASSES, picture: true, histogram: true, rowsPerGroup: 4 };
    const chunks: Uint8Array[] = [];
    for await (const chunk of parquetFile(examples, options)) chunks.push(chunk);
    writeFileSync(join(folder, 'train-00000-of-00001.parquet'), Buffer.concat(chunks));
    seen = JSON.parse(await runDatasetsPython('image_datasets.py', folder)) as Seen;
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('TensorFlow parses the TFRecords with the usual lines', () => {
    expect(seen.tfrecord.map(({ features: _, ...row }) => row)).toEqual(
      examples.map(({ imageId: id, label, shape, tensor }) => ({ id, label, shape, values: [...tensor] })),
    );
    for (const { features } of seen.tfrecord)
      expect(features).toEqual(['histogram', 'image', 'image_id', 'image_shape', 'label']);
  });

  it('pyarrow reads the Parquet', () => {
    expect(seen.parquet.rows).toEqual(
      examples.map((row) => ({
        image: [...row.tensor],
        label: row.label,
        image_shape: row.shape,
        image_id: row.imageId,
        source: row.source,
        split: row.split,
        class_name: row.className,
        histogram: [...(row.histogram ?? [])],
      })),
    );
    expect(seen.parquet.schema).toMatchObject({ image: 'binary', label: 'int64', image_id: 'string' });
    expect(seen.parquet.groups).toEqual([Math.ceil(examples.length / 4)]);
  });

  it('Hugging Face datasets opens it as images with named labels', () => {
    const { features, names, pictures } = seen.huggingFace;
    expect(features).toMatchObject({ picture: 'Image', label: 'ClassLabel', image: 'Value' });
    expect(names).toEqual(Object.keys(CLASSES));
    pictures.forEach((picture, index) => {
      const values = examples[index]?.tensor ?? new Float32Array();
      const [low, high] = [Math.min(...values), Math.max(...values)];
      expect(picture.size).toEqual([WIDTH, HEIGHT]);
      expect(picture.mode).toBe('L');
      for (const [i, grey] of picture.values.entries()) {
        const exact = (255 * ((values[i] ?? 0) - low)) / (high - low);
        expect(Math.abs(grey - exact)).toBeLessThan(0.500001);
      }
      expect(picture.values).toHaveLength(values.length);
    });
    expect(pictures).toHaveLength(examples.length);
  });
});
