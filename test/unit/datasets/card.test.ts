import { expect, it } from 'vitest';
import { barsSvg } from '../../../src/datasets/card/bars.js';
import type { Described } from '../../../src/datasets/card/describe.js';
import { descriptions } from '../../../src/datasets/card/descriptions.js';
import { preflightHtml } from '../../../src/datasets/preflight/html.js';
import type { Preflight } from '../../../src/datasets/preflight/report.js';
import { warningsOf } from '../../../src/datasets/preflight/warnings.js';

const preflight: Preflight = {
  schema: 'cxrflow/preflight/1',
  dataset: 'chest-xray',
  version: 'v1.0',
  ok: true,
  counts: { found: 10, images: 8, ignored: 1, quarantined: 1, dropped: 0 },
  quarantined: { DECODE_FAILED: 1 },
  classBalance: {
    train: { NORMAL: 6, 'A<b>&"c"': 1 },
    val: { NORMAL: 0, 'A<b>&"c"': 0 },
    test: { NORMAL: 1, 'A<b>&"c"': 0 },
  },
  sizes: [{ size: '100 x 80', images: 8 }],
  width: { min: 100, max: 100 },
  height: { min: 80, max: 80 },
  formats: { jpeg: 8 },
  bits: { '8': 8 },
  views: { unknown: 8 },
  patients: { known: 0, acrossSplits: 0, imagesWithout: 8 },
  duplicates: { withinSplits: 1, acrossSplits: 0, conflictingLabels: 0 },
  alike: { withinSplits: 0, acrossSplits: 2 },
  examples: { duplicates: [], alike: [], patients: [] },
  leakage: { policy: 'stop', found: 0 },
  warnings: [],
};
const described: Omit<Described, 'quarantined'> & { preflight: Preflight } = {
  dataset: 'chest-xray',
  version: 'v1.0',
  classes: { 'A<b>&"c"': 1, NORMAL: 0 },
  shape: [224, 224, 1],
  formats: ['tfrecord'],
  picture: true,
  histogram: undefined,
  splits: [
    {
      ...{ name: 'train', images: 7, examples: 14, classes: { NORMAL: 6, 'A<b>&"c"': 1 }, patients: null },
      ...{ files: 1, bytes: 10, mean: 100, std: 20, shards: [{ examples: 14, bytes: 10 }] },
    },
  ],
  publication: {},
  codeVersion: '0.1.0',
  seed: 1,
  preflight,
};

it('descriptions are the same bytes for the same version, and say nothing of formats that are not there', () => {
  const once = descriptions(described);
  expect(descriptions(structuredClone(described))).toEqual(once);
  const text = once.map((file) => file.text).join('');
  expect(text).not.toContain('parquet/{split}');
  expect(JSON.parse(once.find(({ path }) => path === 'croissant.json')?.text ?? '')).toMatchObject({
    recordSet: [],
  });
  expect(once.find(({ path }) => path === 'tfrecords/label.labels.txt')?.text).toBe('NORMAL\nA<b>&"c"\n');
  expect(text).not.toContain('license');
});

it('names of classes are text in plots and pages, never markup', () => {
  const svg = barsSvg('<t>', [{ name: '<g>', bars: [{ name: '<script>"', value: 1 }] }]);
  expect(svg.match(/<script|<g>|<t>/g)).toBeNull();
  expect(preflightHtml(preflight)).not.toContain('<b>');
});

it('a bar is as long as its number, the longest as long as there is room', () => {
  const svg = barsSvg('t', [
    {
      name: 'g',
      bars: [
        { name: 'a', value: 50 },
        { name: 'b', value: 200 },
        { name: 'c', value: 0 },
      ],
    },
  ]);
  const widths = [...svg.matchAll(/<rect x="\d+" y="\d+" width="([\d.]+)"/g)].map(([, width]) =>
    Number(width),
  );
  expect(widths).toHaveLength(3);
  expect((widths[1] as number) / (widths[0] as number)).toBeCloseTo(4);
  expect(widths[2]).toBe(0);
});

it('warns of what a person should look at, and of nothing else', () => {
  expect(warningsOf(preflight)).toEqual([
    'The largest class has 7.0 times the images of the smallest.',
    'No image in the split val.',
    '1 file twice in one split.',
    '2 pairs of images in two splits look alike.',
    '1 file in quarantine.',
  ]);
  const fine: Preflight = {
    ...preflight,
    counts: { ...preflight.counts, quarantined: 0 },
    classBalance: {
      train: { NORMAL: 5, OTHER: 5 },
      val: { NORMAL: 1, OTHER: 1 },
      test: { NORMAL: 1, OTHER: 1 },
    },
    duplicates: { withinSplits: 0, acrossSplits: 0, conflictingLabels: 0 },
    alike: { withinSplits: 3, acrossSplits: 0 },
  };
  expect(warningsOf(fine)).toEqual([]);
  const bad = {
    ...fine,
    patients: { known: 2, acrossSplits: 1, imagesWithout: 0 },
    leakage: { policy: 'stop', found: 1 },
  };
  expect(warningsOf(bad)).toEqual(['Leakage: 0 files and 1 patient in more than one split.']);
});

it('flatten declares tensors as one row of numbers', () => {
  const dimensions = (about: object) => {
    const files = descriptions({ ...described, ...about });
    const { featuresDict } = JSON.parse(files.find(({ path }) => path.endsWith('features.json'))?.text ?? '');
    return featuresDict.features.image.tensor.shape.dimensions;
  };
  expect(dimensions({})).toEqual(['224', '224', '1']);
  expect(dimensions({ flat: true })).toEqual(['50176']);
  expect(dimensions({ shape: undefined })).toEqual(['-1', '-1', '-1']);
  expect(dimensions({ flat: true, shape: undefined })).toEqual(['-1']);
});
