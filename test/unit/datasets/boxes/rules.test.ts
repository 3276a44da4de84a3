import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cleanReading } from '../../../../src/datasets/boxes/rules.js';

const SIZE = { width: 100, height: 50 };
const clean = (...boxes: [number, number, number, number][]) =>
  cleanReading(
    { reader: 'R1', contradictions: 0, boxes: boxes.map((box, i) => ({ line: i + 2, classId: 1, box })) },
    SIZE,
  );

describe('cleanReading', () => {
  it.each([
    ['a sound box', [1, 2, 30, 40], [1, 2, 30, 40], {}],
    ['reversed', [30, 40, 1, 2], [1, 2, 30, 40], { reversed: 1 }],
    ['reversed in one axis', [30, 2, 1, 40], [1, 2, 30, 40], { reversed: 1 }],
    ['over the edges', [-5, -5, 200, 200], [0, 0, 100, 50], { clipped: 1 }],
    ['both', [120, 10, 90, 20], [90, 10, 100, 20], { clipped: 1, reversed: 1 }],
  ] as const)('%s', (_, given, expected, fixes) => {
    const { reading, fixes: found, problems } = clean([...given]);
    expect(problems).toEqual([]);
    expect(reading.boxes).toEqual([{ classId: 1, box: expected }]);
    expect(found).toEqual({ reversed: 0, clipped: 0, duplicates: 0, contradictions: 0, ...fixes });
  });

  it.each([
    ['outside', [100, 10, 120, 20], 'BOX_OUTSIDE'],
    ['outside above', [10, -20, 20, 0], 'BOX_OUTSIDE'],
    ['a line', [10, 10, 10, 20], 'BOX_DEGENERATE'],
    ['half a pixel', [10, 10, 10.5, 20], 'BOX_DEGENERATE'],
    ['half a pixel left by clipping', [99.5, 10, 120, 20], 'BOX_DEGENERATE'],
  ] as const)('leaves out a box that is %s', (_, given, code) => {
    const { reading, problems } = clean([...given]);
    expect(reading.boxes).toEqual([]);
    expect(problems).toEqual([{ line: 2, code }]);
  });

  it('keeps one of two equal boxes, also where only clipping makes them equal', () => {
    const { reading, fixes } = clean([90, 10, 100, 20], [90, 10, 110, 20], [90, 10, 99, 20]);
    expect(reading.boxes).toHaveLength(2);
    expect(fixes).toMatchObject({ duplicates: 1, clipped: 1 });
  });

  it('whatever comes, what stays is inside and at least a pixel; every box is kept, dropped or doubled', () => {
    const corner = fc.double({ min: -300, max: 300, noNaN: true });
    fc.assert(
      fc.property(fc.array(fc.tuple(corner, corner, corner, corner), { maxLength: 20 }), (boxes) => {
        const { reading, fixes, problems } = clean(...boxes);
        for (const { box } of reading.boxes) {
          expect(box[0]).toBeGreaterThanOrEqual(0);
          expect(box[1]).toBeGreaterThanOrEqual(0);
          expect(box[2]).toBeLessThanOrEqual(SIZE.width);
          expect(box[3]).toBeLessThanOrEqual(SIZE.height);
          expect(Math.min(box[2] - box[0], box[3] - box[1])).toBeGreaterThanOrEqual(1);
        }
        expect(reading.boxes.length + problems.length + fixes.duplicates).toBe(boxes.length);
      }),
    );
  });
});
