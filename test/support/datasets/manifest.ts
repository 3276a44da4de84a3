import type { VersionManifest, versionManifest } from '../../../src/datasets/version/manifest.js';

type Parts = Parameters<typeof versionManifest>[0];

const split = { images: 0, examples: 0, patients: null, files: 1, bytes: 10, mean: 100, std: 20 };

/** A small manifest with two files. */
export function manifestParts(files: VersionManifest['files'] = FILES): Parts {
  return {
    dataset: 'chest-xray',
    version: 'v1.0',
    kind: 'chestXrayProcessing',
    parents: [],
    parameters: { steps: { resize: { width: 224 } } },
    seed: 7,
    codeVersion: '0.1.0',
    inputs: { items: 4, bytes: 400, sha256: 'b'.repeat(64) },
    counts: { found: 4, done: 4, skipped: 0, ignored: 0, quarantined: 0 },
    quarantined: {},
    classes: ['NORMAL', 'PNEUMONIA'],
    labels: { NORMAL: 0, PNEUMONIA: 1 },
    splits: {
      train: { ...split, images: 3, examples: 3, classes: { NORMAL: 2, PNEUMONIA: 1 } },
      test: { ...split, images: 1, examples: 1, classes: { NORMAL: 1, PNEUMONIA: 0 } },
    },
    mean: 100,
    std: 20,
    files,
    details: {},
  };
}

const FILES = [
  { path: 'tfrecords/train/train-00000-of-00001.tfrecord', bytes: 10, sha256: 'c'.repeat(64) },
  { path: 'README.md', bytes: 5, sha256: 'd'.repeat(64) },
];
