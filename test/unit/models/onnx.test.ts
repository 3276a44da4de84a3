import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { loadQualityModel } from '../../../src/models/onnx.js';
import { readOnnx } from '../../../src/models/onnx-file.js';
import { type TinyModel, tinyModel } from '../../support/onnx.js';

const EDITION = { featureCount: 3, featuresVersion: 'test-1' };
const model = (change: Partial<TinyModel> = {}) =>
  tinyModel({ features: 3, metadata: { features_version: 'test-1' }, ...change });
const refusal = (bytes: Uint8Array) =>
  loadQualityModel(bytes, EDITION).then(
    () => 'accepted',
    (error: { code: string; detail: string }) => `${error.code}: ${error.detail}`,
  );

describe('loadQualityModel', () => {
  it('scores a batch row by row, by the probability of the accepted class', async () => {
    const loaded = await loadQualityModel(model(), EDITION);
    const rows = [
      [0, 0, 9],
      [2, -1, 0],
      [-3, 1, 0],
    ].map((row) => Float32Array.from(row));
    const verdicts = await loaded.predict(rows);
    rows.forEach(([a, b], i) => {
      const expected = Math.exp(b as number) / (Math.exp(a as number) + Math.exp(b as number));
      expect(verdicts[i]?.score).toBeCloseTo(expected, 6);
    });
    expect(verdicts.map((v) => v.accepted)).toEqual([true, false, true]);
    expect(await loaded.predict([])).toEqual([]);
    await loaded.close();
  });

  it('takes threshold and accepted label from the metadata', async () => {
    const metadata = {
      features_version: 'test-1',
      threshold: '0.9',
      accept_label: 'ok',
      labels: 'bad,poor,ok',
    };
    const loaded = await loadQualityModel(model({ classes: 3, metadata }), EDITION);
    const [even, sure] = await loaded.predict([Float32Array.of(0, 0, 0), Float32Array.of(0, 0, 5)]);
    expect(even?.score).toBeCloseTo(1 / 3, 6);
    expect([even?.accepted, sure?.accepted]).toEqual([false, true]);
    await loaded.close();
  });

  it('names a version by the bytes of the file', async () => {
    const bytes = model();
    const loaded = await loadQualityModel(bytes, EDITION);
    expect(createHash('sha256').update(bytes).digest('hex')).toMatch(new RegExp(`^${loaded.version}`));
    expect(loaded.version).toHaveLength(12);
    expect(loaded.provider).toBe('cpu');
    await loaded.close();
  });

  it.each([
    ['another number of features', model({ features: 4 }), /expected .*\[N, 3\], found .*4\]/],
    ['doubles', model({ inputType: 'double' }), /expected one input float32 .* found features float64/],
    ['a fixed batch', model({ rows: 1 }), /N free/],
    ['maps instead of a tensor', model({ zipmap: true }), /"zipmap": False/],
    [
      'another edition of the features',
      model({ metadata: { features_version: 'x-2' } }),
      /test-1, found x-2/,
    ],
    ['no edition at all', model({ metadata: {} }), /features_version test-1, found none/],
    ['more classes than labels', model({ classes: 3 }), /expected 2 probability columns, found 3/],
    [
      'a threshold that is none',
      model({ metadata: { features_version: 'test-1', threshold: '50%' } }),
      /threshold of 0 to 1/,
    ],
    ['something else', Buffer.from('PK not a model'), /cannot load these 14 bytes/],
    ['nothing', new Uint8Array(0), /cannot load these 0 bytes/],
  ])('refuses %s at load', async (_, bytes, text) => {
    const answer = await refusal(bytes);
    expect(answer).toMatch(/^MODEL_INVALID: /);
    expect(answer).toMatch(text);
  });

  it('refuses a row of another length', async () => {
    const loaded = await loadQualityModel(model(), EDITION);
    await expect(loaded.predict([new Float32Array(2)])).rejects.toThrow(RangeError);
    await loaded.close();
  });
});

describe('readOnnx', () => {
  it('reads what was written, and nothing where nothing was', () => {
    const metadata = { a: '1', 'ü b': 'zwei', empty: '' };
    expect(Object.fromEntries(readOnnx(tinyModel({ features: 1, metadata })).metadata)).toEqual(metadata);
    expect(readOnnx(tinyModel({ features: 1 })).metadata.size).toBe(0);
  });
});
