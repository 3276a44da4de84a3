import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Described } from '../../src/datasets/card/describe.js';
import { descriptions } from '../../src/datasets/card/descriptions.js';
import type { DatasetExample } from '../../src/datasets/example.js';
import { parquetFile } from '../../src/datasets/parquet/write.js';
import type { Preflight } from '../../src/datasets/preflight/report.js';
import { shardName } from '../../src/datasets/shards.js';
import { imageRecord } from '../../src/datasets/tfrecord/image-example.js';
import { LINEAGE, type LineageRow, lineageParquet } from '../../src/datasets/version/lineage.js';
import { previewPng } from '../../src/imaging/steps/preview.js';
import { seeded } from '../support/random.js';
import { temporaryFolder } from '../support/servers/process.js';
import { runDatasetsPython } from './python.js';

const CLASSES = { NORMAL: 0, PNEUMONIA: 1 };
/** Examples of each shard, by split. */
const SHARDS = { train: [3, 2], test: [2] };
const [HEIGHT, WIDTH] = [6, 5];

interface Read {
  readonly tfds: {
    readonly version: string;
    readonly names: readonly string[];
    readonly splits: Record<string, readonly [string, number, number[], number][]>;
    readonly examples: Record<string, number>;
  };
  readonly hub: Record<string, readonly [string, number, number[]][]>;
  readonly croissant: {
    readonly version: string;
    readonly errors: readonly string[];
    readonly records: Record<string, readonly [string, number][]>;
  };
  readonly lineage: readonly Record<string, unknown>[];
}

const random = seeded(5);
const examples = Object.entries(SHARDS).flatMap(([split, shards]) =>
  shards.flatMap((count, shard) => Array.from({ length: count }, (_, i) => example(split, shard, i))),
);

function example(split: string, shard: number, position: number) {
  const label = (shard + position) % 2;
  const name = label === 1 ? 'PNEUMONIA' : 'NORMAL';
  const tensor = Float32Array.from({ length: HEIGHT * WIDTH }, random);
  const imageId = `${split}-${shard}-${position}`;
  const written: DatasetExample = {
    imageId,
    label,
    className: name,
    split,
    source: 'sha256:0',
    shape: [HEIGHT, WIDTH, 1],
    tensor,
  };
  return { split, shard, position, written };
}

let folder: string;
let read: Read;

async function put(path: string, content: Uint8Array | string): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), content);
}

async function all(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return Buffer.concat(parts);
}

async function* lineage(): AsyncGenerator<LineageRow> {
  for (const { split, shard, position, written } of examples) {
    const { imageId, label, className, source } = written;
    const patient = split === 'train' ? 'PAAAA' : undefined;
    yield {
      exampleId: imageId,
      imageId,
      copy: 0,
      hash: 'ab',
      split,
      label,
      className,
      patient,
      source,
      shard,
      position,
    };
  }
}

beforeAll(async () => {
  folder = join(temporaryFolder('dataset-version'), 'v1.2');
  const splits: Described['splits'][number][] = [];
  for (const [name, counts] of Object.entries(SHARDS)) {
    const shards: { examples: number; bytes: number }[] = [];
    for (const [shard, count] of counts.entries()) {
      const mine = examples
        .filter((one) => one.split === name && one.shard === shard)
        .map((one) => one.written);
      const range = { index: shard, count: counts.length, from: 0, to: count };
      const records = Buffer.concat(mine.flatMap(imageRecord));
      await put(`tfrecords/${name}/${shardName(name, range, 'tfrecord')}`, records);
      const rows = await Promise.all(
        mine.map(async (one) => {
          const picture = { width: WIDTH, height: HEIGHT, channels: 1 as const, data: one.tensor };
          return { ...one, picture: await previewPng(picture) };
        }),
      );
      const options = { classes: CLASSES, picture: true, histogram: false, rowsPerGroup: 2 };
      await put(
        `parquet/${name}/${shardName(name, range, 'parquet')}`,
        await all(parquetFile(rows, options)),
      );
      shards.push({ examples: count, bytes: records.length });
    }
    const images = counts.reduce((sum, n) => sum + n, 0);
    const facts = {
      images,
      examples: images,
      classes: {},
      patients: null,
      files: 2,
      bytes: 1,
      mean: 1,
      std: 1,
    };
    splits.push({ name, shards, ...facts });
  }
  const preflight: Pick<Preflight, 'sizes' | 'quarantined'> = {
    sizes: [{ size: '5 x 6', images: 7 }],
    quarantined: {},
  };
  const described = {
    ...{ dataset: 'chest-xray', version: 'v1.2', classes: CLASSES, shape: [HEIGHT, WIDTH, 1] as const },
    ...{ formats: ['tfrecord', 'parquet'], picture: true, histogram: undefined, splits, seed: 1 },
    ...{ publication: { license: 'CC0-1.0', datePublished: '2026-01-31' }, codeVersion: '0.1.0' },
    preflight: preflight as Preflight,
  };
  for (const { path, text } of descriptions(described)) await put(path, text);
  await put(LINEAGE, await all(lineageParquet(lineage())));
  read = JSON.parse(await runDatasetsPython('dataset_version.py', folder)) as Read;
});

const of = (split: string) => examples.filter((one) => one.split === split).map(({ written }) => written);
const idsAndLabels = (split: string) => of(split).map(({ imageId, label }) => [imageId, label]);

describe('a version of two formats', () => {
  it('opens in TensorFlow Datasets by what lies beside the TFRecords', () => {
    expect(read.tfds).toMatchObject({
      version: '1.2.0',
      names: ['NORMAL', 'PNEUMONIA'],
      examples: { train: 5, test: 2 },
    });
    for (const split of Object.keys(SHARDS)) {
      const rows = read.tfds.splits[split] ?? [];
      expect(rows.map(([id, label]) => [id, label])).toEqual(idsAndLabels(split));
      for (const [i, [, , shape, sum]] of rows.entries()) {
        expect(shape).toEqual([HEIGHT, WIDTH, 1]);
        expect(sum).toBeCloseTo(of(split)[i]?.tensor.reduce((total, v) => total + v, 0) ?? Number.NaN, 4);
      }
    }
  });

  it('opens in Hugging Face datasets by the head of its card', () => {
    expect(Object.keys(read.hub).sort()).toEqual(['test', 'train']);
    for (const split of Object.keys(SHARDS))
      expect(read.hub[split]).toEqual(
        of(split).map(({ imageId, label }) => [imageId, label, [WIDTH, HEIGHT]]),
      );
  });

  it('is Croissant 1.1 without errors, and its records are the examples', () => {
    expect(read.croissant.errors).toEqual([]);
    expect(read.croissant.version).toContain('1.1');
    for (const split of Object.keys(SHARDS))
      expect(read.croissant.records[split]).toEqual(idsAndLabels(split));
  });

  it('has the lineage of every example, in order, and no patient where none is known', () => {
    expect(read.lineage.map((row) => [row.example_id, row.split, row.shard, row.position])).toEqual(
      examples.map(({ written, split, shard, position }) => [written.imageId, split, shard, position]),
    );
    expect(new Set(read.lineage.map(({ patient }) => patient))).toEqual(new Set(['PAAAA', null]));
  });
});
