import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { suppress } from '../../../src/models/nms.js';

const candidate = fc.record({
  x: fc.integer({ min: 0, max: 60 }),
  y: fc.integer({ min: 0, max: 60 }),
  w: fc.integer({ min: 1, max: 40 }),
  h: fc.integer({ min: 1, max: 40 }),
  classId: fc.integer({ min: 0, max: 2 }),
  confidence: fc.float({ min: 0, max: 1, noNaN: true }),
});
type Candidate = { x: number; y: number; w: number; h: number; classId: number; confidence: number };

function iou(a: Candidate, b: Candidate): number {
  const w = Math.min(a.x + a.w, b.x + b.w) - Math.max(a.x, b.x);
  const h = Math.min(a.y + a.h, b.y + b.h) - Math.max(a.y, b.y);
  if (w <= 0 || h <= 0) return 0;
  return (w * h) / (a.w * a.h + b.w * b.h - w * h);
}

const run = (list: readonly Candidate[], threshold: number, limit = 300) =>
  suppress(
    {
      boxes: Float32Array.from(list.flatMap(({ x, y, w, h }) => [x, y, x + w, y + h])),
      confidences: Float32Array.from(list, ({ confidence }) => confidence),
      classIds: Int32Array.from(list, ({ classId }) => classId),
    },
    threshold,
    limit,
  );

describe('suppress', () => {
  it('keeps boxes of which no two of a class overlap by more, and for each left out a better one that does', () => {
    fc.assert(
      fc.property(
        fc.array(candidate, { maxLength: 30 }),
        fc.constantFrom(0, 0.3, 0.45, 0.7),
        (list, threshold) => {
          const kept = run(list, threshold);
          const at = (i: number) => list[i] as Candidate;
          const confidences = kept.map((i) => at(i).confidence);
          expect(confidences).toEqual([...confidences].sort((a, b) => b - a));
          for (const [k, i] of kept.entries())
            for (const j of kept.slice(k + 1))
              if (at(i).classId === at(j).classId) expect(iou(at(i), at(j))).toBeLessThanOrEqual(threshold);
          list.forEach((one, i) => {
            if (kept.includes(i)) return;
            const over = kept.some(
              (k) =>
                at(k).classId === one.classId &&
                at(k).confidence >= one.confidence &&
                iou(at(k), one) > threshold,
            );
            expect(over).toBe(true);
          });
        },
      ),
    );
  });

  it('keeps the most confident of a limit', () => {
    const apart = [0.2, 0.9, 0.5].map((confidence, i) => ({
      x: 50 * i,
      y: 0,
      w: 9,
      h: 9,
      classId: 0,
      confidence,
    }));
    expect(run(apart, 0.7, 2)).toEqual([1, 2]);
  });
});
