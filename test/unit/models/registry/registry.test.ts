import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FEATURE_COUNT, FEATURES_VERSION } from '../../../../src/imaging/quality/features.js';
import { modelReference, referenceText } from '../../../../src/models/registry/reference.js';
import { identityOf, inspectModel } from '../../../../src/models/registry/registrable.js';
import { detectorModel } from '../../../support/onnx-graph.js';

const QUALITY = { featureCount: FEATURE_COUNT, featuresVersion: FEATURES_VERSION };

describe('modelReference', () => {
  it('reads a name, and a name with a version', () => {
    expect(modelReference('nodules')).toEqual({ name: 'nodules' });
    expect(modelReference('cxr.v2-x_1@v12')).toEqual({ name: 'cxr.v2-x_1', version: 12 });
    expect(modelReference(referenceText('a', 3))).toEqual({ name: 'a', version: 3 });
  });

  it.each(['', 'Nodules', 'a@3', 'a@v0', 'a@v', 'a@v1@v2', '../a', 'a b', '-a', 'x'.repeat(64)])(
    'refuses %s',
    (text) => {
      expect(() => modelReference(text)).toThrow(expect.objectContaining({ code: 'BAD_INPUT' }));
    },
  );
});

describe('identityOf', () => {
  const parts = { sha256: 'a', declared: { task: 'detect' }, card: 'c', metrics: { x: 1, y: 2 } } as const;

  it('does not depend on the order of keys', () => {
    expect(identityOf({ ...parts, metrics: { y: 2, x: 1 } })).toBe(identityOf(parts));
  });

  it('changes with every part', () => {
    const others = [
      { ...parts, sha256: 'b' },
      { ...parts, declared: {} },
      { ...parts, card: 'd' },
      { ...parts, metrics: { x: 1 } },
      { ...parts, dataset: 'v1.0' },
      { ...parts, parent: 'v1.0' },
    ];
    const identities = [parts, ...others].map(identityOf);
    expect(new Set(identities).size).toBe(identities.length);
  });
});

describe('inspectModel', () => {
  it('knows the quality model from one of images', async () => {
    const shipped = readFileSync(new URL('../../../../models/quality-svm-1.onnx', import.meta.url));
    expect((await inspectModel(shipped, {}, QUALITY)).declaration).toMatchObject({
      ...{ task: 'quality', featuresVersion: FEATURES_VERSION },
    });
    const detector = detectorModel({ classes: ['a'], width: 64, height: 64, layout: 'raw' });
    expect((await inspectModel(detector, {}, QUALITY)).declaration).toMatchObject({
      task: 'detect',
      classes: ['a'],
    });
  });
});
