import { describe, expect, it } from 'vitest';
import { type Examples, trainHead } from '../../../../src/models/trainers/train-head.js';
import { createRandom } from '../../../../src/samples/random.js';

const LENGTH = 3;
const OPTIONS = { length: LENGTH, classes: 2, epochs: 150, learningRate: 0.05, decay: 1e-4 };
const quietly = async () => {};

/** Class 0: feature 0 (80 to 120) above `above`; class 1: feature 1 below -0.5. Feature 2 never changes. */
function examples(rows: number, seed: number, above = 100): Examples {
  const random = createRandom(seed);
  const features = new Float32Array(rows * LENGTH);
  const present = new Float32Array(rows * 2);
  for (let row = 0; row < rows; row++) {
    const [a, b] = [random.between(80, 120), random.between(-1, 0)];
    features.set([a, b, 7], row * LENGTH);
    present.set([Number(a > above), Number(b < -0.5)], row * 2);
  }
  return { features, present };
}

const training = examples(400, 1);
const validation = examples(200, 2);

/** The share of examples and classes that the weights get right. */
function accuracy(weight: Float32Array, bias: Float32Array, { features, present }: Examples): number {
  let right = 0;
  present.forEach((truth, at) => {
    const [row, k] = [Math.floor(at / 2), at % 2];
    let logit = bias[k] as number;
    for (let i = 0; i < LENGTH; i++)
      logit += (weight[k * LENGTH + i] as number) * (features[row * LENGTH + i] as number);
    right += Number(logit > 0 === (truth === 1));
  });
  return right / present.length;
}

describe('trainHead', () => {
  it('finds what tells the classes apart, on features of any scale', async () => {
    const { weight, bias } = await trainHead(training, validation, OPTIONS, quietly);
    expect(accuracy(weight, bias, validation)).toBeGreaterThan(0.97);
    expect(weight[2]).toBeCloseTo(0, 6);
  });

  it('gives the same weights for the same examples', async () => {
    const first = await trainHead(training, validation, OPTIONS, quietly);
    expect(await trainHead(training, validation, OPTIONS, quietly)).toEqual(first);
  });

  it('keeps the epoch that is best on the validation examples, and tells of each', async () => {
    // Labels the other way round: every epoch makes it worse.
    const against = { ...validation, present: validation.present.map((value) => 1 - value) };
    const losses: number[] = [];
    const head = await trainHead(training, against, OPTIONS, async (epoch, loss) => {
      expect(epoch).toBe(losses.length + 1);
      losses.push(loss);
    });
    expect(losses).toHaveLength(OPTIONS.epochs);
    expect(head.loss).toBe(Math.min(...losses));
    expect(losses.at(-1)).toBeGreaterThan(head.loss);
  });

  it('learns a class that one example in forty has', async () => {
    const rare = examples(800, 3, 119);
    const { weight, bias } = await trainHead(rare, rare, { ...OPTIONS, epochs: 400 }, quietly);
    const logits = Array.from({ length: 800 }, (_, row) =>
      rare.features
        .subarray(row * LENGTH, (row + 1) * LENGTH)
        .reduce((sum, value, i) => sum + value * (weight[i] as number), bias[0] as number),
    );
    const positive = logits.filter((_, row) => rare.present[row * 2] === 1);
    expect(positive.length).toBeGreaterThan(10);
    expect(positive.filter((logit) => logit > 0).length / positive.length).toBeGreaterThan(0.8);
  });
});
