import { byLabel, type Described, describedAs } from './describe.js';

/**
 * What `tfds.builder_from_directory` wants beside TFRecord files: `dataset_info.json` (DatasetInfo of
 * tensorflow_datasets/core/proto/dataset_info.proto, as JSON) and `features.json`, and the class names as
 * `label.labels.txt`. The folder is `tfrecords/`; the template says that each split has a folder in it.
 */
export function tfdsFiles(described: Described): Readonly<Record<string, string>> {
  const names = byLabel(described.classes).map(([name]) => name);
  return {
    'dataset_info.json': json(datasetInfo(described)),
    'features.json': json(features(described)),
    ...(counted(described) && { 'label.labels.txt': names.map((name) => `${name}\n`).join('') }),
  };
}

function datasetInfo(described: Described) {
  const { dataset, version, splits } = described;
  const name = dataset.replaceAll('-', '_');
  return {
    name,
    description: describedAs(described),
    // TFDS takes no other form; the version's own name is in metadata.json.
    version:
      /^v?(\d+)\.(\d+)(?:\.(\d+))?$/
        .exec(version)
        ?.slice(1)
        .map((n) => n ?? '0')
        .join('.') ?? '1.0.0',
    fileFormat: 'tfrecord',
    moduleName: '',
    splits: splits.map((split) => ({
      name: split.name,
      filepathTemplate: '{SPLIT}/{SPLIT}-{SHARD_X_OF_Y}.{FILEFORMAT}',
      numBytes: String(split.shards.reduce((sum, { bytes }) => sum + bytes, 0)),
      shardLengths: split.shards.map(({ examples }) => String(examples)),
    })),
  };
}

const FEATURE = 'tensorflow_datasets.core.features';

function features(described: Described) {
  const { shape, flat, histogram } = described;
  const whole = shape ?? [-1, -1, -1];
  const dimensions = !flat ? whole : [shape === undefined ? -1 : shape.reduce((a, b) => a * b)];
  const image = {
    pythonClassName: `${FEATURE}.tensor_feature.Tensor`,
    tensor: tensor('float32', dimensions.map(String), 'bytes'),
  };
  const label = counted(described)
    ? {
        pythonClassName: `${FEATURE}.class_label_feature.ClassLabel`,
        classLabel: { numClasses: String(Object.keys(described.classes).length) },
      }
    : { pythonClassName: `${FEATURE}.scalar.Scalar`, tensor: tensor('int64', [], 'none') };
  return {
    pythonClassName: `${FEATURE}.features_dict.FeaturesDict`,
    featuresDict: {
      features: {
        image,
        label,
        image_shape: {
          pythonClassName: `${FEATURE}.tensor_feature.Tensor`,
          tensor: tensor('int64', ['3'], 'none'),
        },
        image_id: { pythonClassName: `${FEATURE}.text_feature.Text`, text: {} },
        ...(histogram !== undefined && {
          histogram: {
            pythonClassName: `${FEATURE}.tensor_feature.Tensor`,
            tensor: tensor('float32', [String(histogram)], 'none'),
          },
        }),
      },
    },
  };
}

function tensor(dtype: string, dimensions: readonly string[], encoding: string) {
  return { shape: dimensions.length > 0 ? { dimensions } : {}, dtype, encoding };
}

/** A ClassLabel counts from 0 without gaps. */
function counted({ classes }: Described): boolean {
  return byLabel(classes).every(([, label], i) => label === i);
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
