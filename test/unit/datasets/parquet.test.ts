import { parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { describe, expect, it } from 'vitest';
import type { DatasetExample } from '../../../src/datasets/example.js';
import { huggingFaceFeatures } from '../../../src/datasets/parquet/schema.js';
import { type ParquetOptions, parquetFile } from '../../../src/datasets/parquet/write.js';

const OPTIONS: ParquetOptions = {
  classes: { NORMAL: 0, PNEUMONIA: 1 },
  picture: true,
  histogram: true,
  rowsPerGroup: 3,
};
const rows = (count: number, pixels = 6): DatasetExample[] =>
  Array.from({ length: count }, (_, i) => ({
    imageId: `image-${i}`,
    label: i % 2,
    className: i % 2 === 0 ? 'NORMAL' : 'PNEUMONIA',
    split: 'val',
    source: `s3://bucket/${i}`,
    shape: [1, pixels, 1],
    tensor: Float32Array.from({ length: pixels }, (_, j) => i + j / 8),
    histogram: Float32Array.of(0.5, i),
    picture: Uint8Array.of(137, 80, i),
  }));

async function written(examples: Iterable<DatasetExample>, options = OPTIONS) {
  const chunks: Uint8Array[] = [];
  for await (const chunk of parquetFile(examples, options)) chunks.push(chunk);
  const file = Uint8Array.from(Buffer.concat(chunks)).buffer;
  return { file };
}

describe('parquetFile', () => {
  it('is read back row by row', async () => {
    const examples = rows(8);
    const { file } = await written(examples);
    const read = await parquetReadObjects({ file, utf8: false });
    expect(read).toHaveLength(examples.length);
    for (const [i, example] of examples.entries()) {
      const { image, picture, ...row } = read[i] as Record<string, never> & {
        image: Uint8Array;
        picture: { bytes: Uint8Array; path: string };
      };
      expect(row).toEqual({
        label: BigInt(example.label),
        image_shape: example.shape.map(BigInt),
        image_id: example.imageId,
        source: example.source,
        split: example.split,
        class_name: example.className,
        histogram: [...(example.histogram ?? [])],
      });
      expect([...new Float32Array(Uint8Array.from(image).buffer)]).toEqual([...example.tensor]);
      expect([...picture.bytes]).toEqual([...(example.picture ?? [])]);
      expect(picture.path).toBe(`${example.imageId}.png`);
    }
  });

  it.each([1, 2, 3, 4, 7])(
    'needs examples no longer than it says, with %i of them at a time',
    async (batch) => {
      // Large enough for pages that are not copied.
      const examples = rows(11, 2 ** 15);
      const { file } = await written(examples);
      let given: Float32Array[] = [];
      let pulled: Float32Array[] = [];
      function* lent() {
        for (let i = 0; i < examples.length; i += batch) {
          const some = examples.slice(i, i + batch).map((one) => ({ ...one, tensor: one.tensor.slice() }));
          yield* some;
          pulled.push(...some.map(({ tensor }) => tensor));
        }
      }
      const onWritten = () => {
        for (const tensor of pulled) tensor.fill(Number.NaN);
        given = [...given, ...pulled];
        pulled = [];
      };
      const again = await written(lent(), { ...OPTIONS, onWritten });
      expect(Buffer.compare(Buffer.from(again.file), Buffer.from(file))).toBe(0);
      expect(given.length).toBeGreaterThan(0);
    },
  );

  it('comes in row groups, one after the other, the same bytes each time', async () => {
    const { file } = await written(rows(8));
    expect((await parquetMetadataAsync(file)).row_groups.map(({ num_rows }) => Number(num_rows))).toEqual([
      3, 3, 2,
    ]);
    expect(Buffer.from((await written(rows(8))).file).equals(Buffer.from(file))).toBe(true);
  });

  it('holds no more than one row group, however large the pictures', async () => {
    let made = 0;
    function* large() {
      for (const row of rows(5, 2 ** 23)) {
        made++;
        yield row;
      }
    }
    const seen = new Set<number>();
    for await (const chunk of parquetFile(large(), { ...OPTIONS, rowsPerGroup: 4096 })) {
      seen.add(made);
      expect(chunk.length).toBeLessThan(100 * 2 ** 20);
    }
    // 32 MiB a picture: two make a group.
    expect([...seen]).toEqual([2, 4, 5]);
  });

  it('of no rows is a file of no rows', async () => {
    const { file } = await written([]);
    expect(Number((await parquetMetadataAsync(file)).num_rows)).toBe(0);
  });

  it('leaves out the columns that are switched off', async () => {
    const { file } = await written(rows(1), { ...OPTIONS, picture: false, histogram: false });
    const [row] = await parquetReadObjects({ file });
    expect(Object.keys(row ?? {})).toEqual([
      'image',
      'label',
      'image_shape',
      'image_id',
      'source',
      'split',
      'class_name',
    ]);
  });
});

describe('huggingFaceFeatures', () => {
  it('names labels where every number from 0 on is one class', () => {
    const label = (classes: Record<string, number>) => huggingFaceFeatures({ ...OPTIONS, classes }).label;
    expect(label({ B: 1, A: 0 })).toEqual({ names: ['A', 'B'], _type: 'ClassLabel' });
    for (const classes of [{ A: 0, B: 2 }, { A: 0, B: 1, C: 1 }, { A: 1 }])
      expect(label(classes)).toEqual({ dtype: 'int64', _type: 'Value' });
  });
});
