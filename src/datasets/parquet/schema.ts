import type { KeyValue, SchemaElement } from 'hyparquet';

export interface ParquetShape {
  /** Label of each class. */
  readonly classes: Readonly<Record<string, number>>;
  /** A column `picture` of PNGs. */
  readonly picture: boolean;
  /** A column `histogram`. */
  readonly histogram: boolean;
}

const TEXT = { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } } as const;

function list(name: string, type: 'INT64' | 'FLOAT'): SchemaElement[] {
  return [
    {
      name,
      repetition_type: 'OPTIONAL',
      num_children: 1,
      converted_type: 'LIST',
      logical_type: { type: 'LIST' },
    },
    { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
    { name: 'element', type, repetition_type: 'OPTIONAL' },
  ];
}

/** The columns in their order. None is ever empty, but `datasets` knows its own only among nullable ones. */
export function parquetSchema({ picture, histogram }: ParquetShape): SchemaElement[] {
  const nullable = { repetition_type: 'OPTIONAL' } as const;
  const columns: SchemaElement[][] = [
    [{ name: 'image', type: 'BYTE_ARRAY', ...nullable }],
    [{ name: 'label', type: 'INT64', ...nullable }],
    list('image_shape', 'INT64'),
    ...['image_id', 'source', 'split', 'class_name'].map((name) => [{ name, ...TEXT, ...nullable }]),
  ];
  if (picture)
    columns.push([
      { name: 'picture', ...nullable, num_children: 2 },
      { name: 'bytes', type: 'BYTE_ARRAY', ...nullable },
      { name: 'path', ...TEXT, ...nullable },
    ]);
  if (histogram) columns.push(list('histogram', 'FLOAT'));
  return [{ name: 'schema', num_children: columns.length }, ...columns.flat()];
}

/**
 * What Hugging Face `datasets` reads from the file's metadata to know the columns: without it, `picture` would be a
 * struct of bytes and `label` a bare number.
 */
export function huggingFaceMetadata(shape: ParquetShape): KeyValue {
  return { key: 'huggingface', value: JSON.stringify({ info: { features: huggingFaceFeatures(shape) } }) };
}

/** The features of `datasets`, as its `Features.to_dict()` writes them. */
export function huggingFaceFeatures({ classes, picture, histogram }: ParquetShape): Record<string, object> {
  const value = (dtype: string) => ({ dtype, _type: 'Value' });
  return {
    image: value('binary'),
    label: labelFeature(classes),
    image_shape: { feature: value('int64'), _type: 'Sequence' },
    image_id: value('string'),
    source: value('string'),
    split: value('string'),
    class_name: value('string'),
    ...(picture && { picture: { _type: 'Image' } }),
    ...(histogram && { histogram: { feature: value('float32'), _type: 'Sequence' } }),
  };
}

/** Names by label where each of 0 .. n-1 is one class; else the number is all there is. */
function labelFeature(classes: Readonly<Record<string, number>>): object {
  const names = Object.entries(classes).sort(([, a], [, b]) => a - b);
  const counted = names.every(([, label], i) => label === i);
  return counted
    ? { names: names.map(([name]) => name), _type: 'ClassLabel' }
    : { dtype: 'int64', _type: 'Value' };
}
