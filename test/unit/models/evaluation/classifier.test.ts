import { describe, expect, it } from 'vitest';
import { type ClassifiedImage, evaluateClassifier } from '../../../../src/models/evaluation/classifier.js';

const NONE = { samples: 0 };
const one = (score: number, label: 0 | 1 | null): ClassifiedImage => ({ scores: [score], labels: [label] });

describe('evaluateClassifier', () => {
  it('measures what a small table says', async () => {
    const images = [one(0.9, 1), one(0.6, 0), one(0.6, 1), one(0.2, 0)];
    const { classes } = await evaluateClassifier('multilabel', ['a'], images, NONE);
    expect(classes[0]).toMatchObject({
      ...{ name: 'a', positives: 2, negatives: 2 },
      // Of four pairs three are right and one is a tie.
      auc: 3.5 / 4,
      ...{ precision: expect.closeTo(2 / 3, 12), recall: 1, f1: expect.closeTo(0.8, 12) },
      brier: expect.closeTo((0.01 + 0.36 + 0.16 + 0.04) / 4, 12),
    });
  });

  it('is null where a measure is not defined, and leaves it out of the mean', async () => {
    const images: ClassifiedImage[] = [
      { scores: [0.9, 0.1, 0.2], labels: [1, 0, null] },
      { scores: [0.2, 0.3, 0.7], labels: [0, 0, null] },
    ];
    const result = await evaluateClassifier('multilabel', ['a', 'b', 'c'], images, NONE);
    expect(result.classes.map((c) => c.auc)).toEqual([1, null, null]);
    expect(result.classes.map((c) => c.f1)).toEqual([1, null, null]);
    expect(result.classes.map((c) => c.brier === null)).toEqual([false, false, true]);
    expect(result).toMatchObject({ auc: 1, f1: 1, accuracy: null });
  });

  it('is null without images', async () => {
    for (const task of ['classify', 'multilabel'] as const)
      expect(await evaluateClassifier(task, ['a', 'b'], [])).toMatchObject({
        ...{ images: 0, auc: null, f1: null, brier: null, ece: null, accuracy: null },
        intervals: { auc: null },
      });
  });

  it('sees perfect calibration, and what confidence without reason costs', async () => {
    const calibrated = Array.from({ length: 100 }, (_, i) => one(0.7, i < 70 ? 1 : 0));
    expect((await evaluateClassifier('multilabel', ['a'], calibrated, NONE)).ece).toBeCloseTo(0, 12);
    const sure = Array.from({ length: 100 }, (_, i) => one(1, i < 70 ? 1 : 0));
    expect((await evaluateClassifier('multilabel', ['a'], sure, NONE)).ece).toBeCloseTo(0.3, 12);
  });

  it('gives the same intervals for the same seed, around the measure', async () => {
    const images = Array.from({ length: 60 }, (_, i) => ({
      scores: [((i * 7) % 11) / 11, 1 - ((i * 7) % 11) / 11],
      labels: (i % 3 === 0 ? [1, 0] : [0, 1]) as (0 | 1)[],
    }));
    const run = (seed: number) => evaluateClassifier('classify', ['a', 'b'], images, { seed, samples: 200 });
    expect(await run(5)).toEqual(await run(5));
    expect(await run(6)).not.toEqual(await run(5));
    const { auc, accuracy, intervals } = await run(5);
    for (const [value, interval] of [
      [auc, intervals.auc],
      [accuracy, intervals.accuracy],
    ] as const) {
      expect(interval?.[0]).toBeLessThanOrEqual(value as number);
      expect(interval?.[1]).toBeGreaterThanOrEqual(value as number);
    }
  });

  it.each<[string, ClassifiedImage]>([
    ['scores of another number', { scores: [1], labels: [1, 0] }],
    ['NaN', { scores: [Number.NaN, 0], labels: [1, 0] }],
    ['a score that is no probability', { scores: [1.2, 0], labels: [1, 0] }],
    ['two labels of a classifier', { scores: [0.5, 0.5], labels: [1, 1] }],
    ['no label', { scores: [0.5, 0.5], labels: [null, 0] }],
  ])('throws at %s', async (_, image) => {
    await expect(evaluateClassifier('classify', ['a', 'b'], [image])).rejects.toThrow(RangeError);
  });
});
