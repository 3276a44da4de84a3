import { readFileSync } from 'node:fs';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { readOnnx } from '../../../src/models/onnx-file.js';
import { headOf, withHead } from '../../../src/models/onnx-head.js';
import { openModel } from '../../../src/models/open-model.js';
import { classifierModel } from '../../support/onnx-graph.js';

const shipped = readFileSync(new URL('../../../models/film-classifier-1.onnx', import.meta.url));
const head = headOf(readOnnx(shipped));

describe('a new head', () => {
  it('is sigmoid(features x weight + bias) for its own classes', async () => {
    const session = await InferenceSession.create(shipped);
    const film = Float32Array.from({ length: 256 * 256 }, (_, i) => ((i * 7919) % 256) / 255);
    const images = { images: new Tensor('float32', film, [1, 1, 256, 256]) };
    const features = (await session.run(images))[head.features]?.data as Float32Array;
    const weight = Float32Array.from({ length: 2 * features.length }, (_, i) => Math.sin(i) / 10);
    const bias = Float32Array.of(0.25, -1.5);
    const model = withHead(shipped, head, { weight, bias, classes: ["it's", 'so'] });

    const opened = await openModel(model);
    expect(opened.declaration).toMatchObject({ task: 'multilabel', classes: ["it's", 'so'] });
    const prepared = { tensor: film, width: 256, height: 256 };
    const [answer] = await opened.infer([prepared]);
    const expected = [0, 1].map((k) => {
      const logit = features.reduce(
        (sum, f, i) => sum + f * (weight[k * features.length + i] as number),
        bias[k] as number,
      );
      return 1 / (1 + Math.exp(-logit));
    });
    const scores = (answer as { scores: readonly number[] }).scores;
    expected.forEach((score, k) => {
      expect(scores[k]).toBeCloseTo(score, 5);
    });
    await opened.close();
    await session.release();
  });

  it('can be replaced again, and leaves the rest of the file as it was', () => {
    const weights = {
      weight: new Float32Array(3 * 256),
      bias: new Float32Array(3),
      classes: ['a', 'b', 'c'],
    };
    const once = withHead(shipped, head, weights);
    expect(headOf(readOnnx(once))).toEqual(head);
    expect(withHead(once, head, weights)).toEqual(once);
    expect([...readOnnx(once).producers.keys()]).toEqual([...readOnnx(shipped).producers.keys()]);
  });

  it('is refused by a model that names none', () => {
    const other = classifierModel({ classes: ['a', 'b'], size: 32, metadata: { task: 'classify' } });
    expect(() => headOf(readOnnx(other))).toThrow(/MODEL_MISMATCH|cxrflow_head/);
  });
});
