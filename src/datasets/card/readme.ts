import { byLabel, type Described, describedAs } from './describe.js';

/**
 * The dataset card. Its head is what the Hugging Face hub and `load_dataset(FOLDER)` read: which files are which split.
 */
export function datasetCard(described: Described): string {
  const { dataset, version, splits, formats, classes, shape, quarantined, publication } = described;
  const { histogram, picture } = described;
  const total = (of: (split: (typeof splits)[number]) => number) =>
    splits.reduce((sum, split) => sum + of(split), 0);
  const names = byLabel(classes).map(([name]) => name);
  const columns = names.map((name) => name.replaceAll('|', '\\|'));
  const missing = Object.entries(quarantined);
  const head = [
    '---',
    `pretty_name: ${JSON.stringify(`${dataset} ${version}`)}`,
    ...(publication.license === undefined ? [] : [`license: ${JSON.stringify(publication.license)}`]),
    'task_categories:',
    '- image-classification',
    ...(formats.includes('parquet')
      ? [
          'configs:',
          '- config_name: default',
          '  data_files:',
          ...splits.flatMap(({ name }) => [`  - split: ${name}`, `    path: parquet/${name}/*.parquet`]),
        ]
      : []),
    '---',
  ];
  const body = `
# ${dataset} ${version}

${describedAs(described)}${publication.creator === undefined ? '' : ` By ${publication.creator}.`}

| split | images | examples | ${columns.join(' | ')} | patients | mean | std |
| --- |${' ---: |'.repeat(names.length + 5)}
${splits
  .map(
    (s) =>
      `| ${s.name} | ${s.images} | ${s.examples} | ${names.map((name) => s.classes[name] ?? 0).join(' | ')} | ${s.patients ?? 'unknown'} | ${fixed(s.mean)} | ${fixed(s.std)} |`,
  )
  .join('\n')}
| **all** | ${total((s) => s.images)} | ${total((s) => s.examples)} | ${names.map((name) => total((s) => s.classes[name] ?? 0)).join(' | ')} | | | |

Labels: ${byLabel(classes)
    .map(([name, label]) => `${name} = ${label}`)
    .join(', ')}. Mean and standard deviation are of grey levels (0 to 255) before normalisation. ${
    shape === undefined
      ? 'The images have several sizes: `image_shape` says which.'
      : `Every image is ${shape[0]} x ${shape[1]} x ${shape[2]} (rows, columns, channels).`
  }

![Images by class](plots/classes.svg)

![Sizes of the files](plots/sizes.svg)

## Left out

${
  missing.length === 0
    ? 'Nothing was quarantined.'
    : `Quarantined: ${missing.map(([code, count]) => `${count} ${code}`).join(', ')}.`
}
[preflight.html](preflight.html) says what was found before the dataset was written: duplicates, sizes, views, balance.

## Files

| | |
| --- | --- |
${[
  ...(formats.includes('tfrecord')
    ? [
        [
          'tfrecords/{split}/*.tfrecord',
          `\`tf.train.Example\`: \`image\` (float32 bytes, little-endian), \`label\`, \`image_shape\`, \`image_id\`${histogram === undefined ? '' : ', `histogram`'}`,
        ],
      ]
    : []),
  ...(formats.includes('parquet')
    ? [
        [
          'parquet/{split}/*.parquet',
          `\`image\` (float32 bytes, little-endian), \`label\`, \`image_shape\`, \`image_id\`, \`source\`, \`split\`, \`class_name\`${histogram === undefined ? '' : ', `histogram`'}${picture ? ', `picture` (PNG to look at)' : ''}`,
        ],
      ]
    : []),
  ['lineage.parquet', 'of every example: image, hash of its file, split, label, patient, source, shard'],
  ['metadata.json', 'parameters, counts, statistics, SHA-256 of every file'],
  ['croissant.json', 'Croissant 1.1'],
]
  .map(([path, what]) => `| \`${path}\` | ${what} |`)
  .join('\n')}
${formats.includes('tfrecord') ? tensorflow : ''}${formats.includes('parquet') ? huggingFace : ''}
Made by cxrflow ${described.codeVersion} with seed ${described.seed}.
`;
  return `${head.join('\n')}\n${body}`;
}

const tensorflow = `
\`\`\`python
import tensorflow as tf
features = {"image": tf.io.FixedLenFeature([], tf.string), "label": tf.io.FixedLenFeature([], tf.int64),
            "image_shape": tf.io.FixedLenFeature([3], tf.int64), "image_id": tf.io.FixedLenFeature([], tf.string)}
def parse(record):
    e = tf.io.parse_single_example(record, features)
    return tf.reshape(tf.io.decode_raw(e["image"], tf.float32), e["image_shape"]), e["label"]
train = tf.data.TFRecordDataset(tf.io.gfile.glob("tfrecords/train/*.tfrecord")).map(parse)
\`\`\`
`;

const huggingFace = `
\`\`\`python
from datasets import load_dataset
train = load_dataset("parquet", data_files="parquet/train/*.parquet", split="train")
\`\`\`
`;

function fixed(value: number | null): string {
  return value === null ? '' : value.toFixed(2);
}
