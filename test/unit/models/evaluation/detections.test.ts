import { describe, expect, it } from 'vitest';
import { evaluateDetections } from '../../../../src/models/evaluation/detections.js';
import type { EvaluatedImage } from '../../../../src/models/evaluation/matching.js';

const BOX = [0, 0, 10, 10] as const;
const FAR = [50, 50, 60, 60] as const;
const truth = (classId: number, bbox: EvaluatedImage['truths'][number]['bbox'] = BOX) => ({ classId, bbox });
const found = (
  classId: number,
  confidence: number,
  bbox: EvaluatedImage['truths'][number]['bbox'] = BOX,
) => ({
  ...{ classId, confidence, bbox },
});

describe('evaluateDetections', () => {
  it('is 1 where every box is found, 0 where none is, null where there is none', async () => {
    const images = [
      { truths: [truth(0), truth(1)], predictions: [found(0, 0.9), found(2, 0.8)] },
      { truths: [truth(0)], predictions: [found(0, 0.7)] },
    ];
    const result = await evaluateDetections(['a', 'b', 'c'], images, { samples: 0 });
    expect(result.classes.map((c) => c.map50)).toEqual(
      [1, 0, null].map((v) => (v === 1 ? expect.closeTo(1, 12) : v)),
    );
    expect(result.map50).toBeCloseTo(0.5, 12);
    expect(result.classes.map((c) => [c.truths, c.predictions])).toEqual([
      [2, 2],
      [1, 0],
      [0, 1],
    ]);
    expect(result.intervals).toEqual({ map50: null, map50to95: null });
  });

  it('counts half a box at IoU 0.5 only', async () => {
    const images = [{ truths: [truth(0)], predictions: [found(0, 1, [0, 0, 10, 5])] }];
    const { map50, map50to95 } = await evaluateDetections(['a'], images, { samples: 0 });
    expect(map50).toBeCloseTo(1, 12);
    expect(map50to95).toBeCloseTo(0.1, 12);
  });

  it('takes the second detection of a box for wrong', async () => {
    const images = [
      { truths: [truth(0), truth(0, FAR)], predictions: [found(0, 0.9), found(0, 0.8), found(0, 0.7, FAR)] },
    ];
    // Precision 1 up to recall 0.5 (51 of 101 points), then 2 of 3.
    expect((await evaluateDetections(['a'], images, { samples: 0 })).map50).toBeCloseTo(
      (51 + 50 * (2 / 3)) / 101,
      9,
    );
  });

  it('is null without images, and without true boxes', async () => {
    expect(await evaluateDetections(['a'], [], {})).toMatchObject({
      images: 0,
      map50: null,
      map50to95: null,
    });
    const empty = [{ truths: [], predictions: [found(0, 0.5)] }];
    expect(await evaluateDetections(['a'], empty, { samples: 50 })).toMatchObject({
      map50: null,
      intervals: { map50: null },
    });
  });

  it('gives the same intervals for the same seed, around the measure, narrower with more images', async () => {
    const images = (count: number) =>
      Array.from({ length: count }, (_, i) => ({
        truths: [truth(0)],
        predictions: i % 3 === 0 ? [found(0, 0.3 + (i % 7) / 10, FAR)] : [found(0, 0.2 + (i % 5) / 10)],
      }));
    const few = await evaluateDetections(['a'], images(20), { seed: 3, samples: 300 });
    expect(await evaluateDetections(['a'], images(20), { seed: 3, samples: 300 })).toEqual(few);
    const many = await evaluateDetections(['a'], images(400), { seed: 3, samples: 300 });
    for (const { map50, intervals } of [few, many]) {
      expect(intervals.map50?.[0]).toBeLessThanOrEqual(map50 as number);
      expect(intervals.map50?.[1]).toBeGreaterThanOrEqual(map50 as number);
    }
    const width = ([low, high]: readonly [number, number]) => high - low;
    expect(width(many.intervals.map50 as [number, number])).toBeLessThan(
      width(few.intervals.map50 as [number, number]) / 2,
    );
  });
});
