import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AgreementBuilder, cohen, fleiss } from '../../../src/datasets/agreement.js';
import { fuse } from '../../../src/datasets/boxes/fusion.js';
import { iou } from '../../../src/datasets/boxes/iou.js';
import type { Box, CleanReading } from '../../../src/datasets/boxes/rules.js';

const reading = (reader: string, ...boxes: [number, Box][]): CleanReading => ({
  reader,
  boxes: boxes.map(([classId, box]) => ({ classId, box })),
});

describe('fusion', () => {
  const a: Box = [0, 0, 10, 10];
  const b: Box = [2, 0, 12, 10];

  it('is the mean of boxes that meet, of at least two readers, within a class', () => {
    expect(fuse([reading('R1', [0, a]), reading('R2', [0, b])])).toEqual([
      { classId: 0, box: [1, 0, 11, 10] },
    ]);
    expect(fuse([reading('R1', [0, a], [0, b]), reading('R2')])).toEqual([]);
    expect(fuse([reading('R1', [0, a]), reading('R2', [1, b])])).toEqual([]);
  });

  it('does not join boxes at the threshold or below it', () => {
    const half: Box = [0, 0, 10, 4];
    expect(iou(a, half)).toBeCloseTo(0.4, 12);
    expect(fuse([reading('R1', [0, a]), reading('R2', [0, half])])).toEqual([]);
    expect(fuse([reading('R1', [0, a]), reading('R2', [0, [0, 0, 10, 4.01]])])).toHaveLength(1);
  });

  it('gives nothing that one reader alone drew, and no box outside of those it came from', () => {
    const corner = fc.integer({ min: 0, max: 60 });
    const box = fc.tuple(corner, corner, fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 40 }));
    const boxes = fc.array(box, { maxLength: 8 });
    fc.assert(
      fc.property(boxes, boxes, boxes, (...lists) => {
        const readings = lists.map((list, i) =>
          reading(`R${i}`, ...list.map(([x, y, w, h]): [number, Box] => [0, [x, y, x + w, y + h]])),
        );
        const all = readings.flatMap((r) => r.boxes);
        for (const { box: fused } of fuse(readings)) {
          for (const i of [0, 1, 2, 3]) {
            const values = all.map((each) => each.box[i] as number);
            expect(fused[i]).toBeGreaterThanOrEqual(Math.min(...values) - 1e-9);
            expect(fused[i]).toBeLessThanOrEqual(Math.max(...values) + 1e-9);
          }
        }
        expect(fuse(readings.slice(0, 1))).toEqual([]);
      }),
    );
  });
});

describe('agreement', () => {
  it('kappa of tables worked by hand', () => {
    // po = 0.7, pe = 0.5 * 0.6 + 0.5 * 0.4 = 0.5.
    expect(cohen(100, 40, 10, 20)).toBeCloseTo(0.4, 12);
    expect(cohen(10, 0, 0, 0)).toBeNull();
    expect(cohen(10, 10, 0, 0)).toBeNull();
    expect(cohen(0, 0, 0, 0)).toBeNull();
    expect(cohen(10, 5, 0, 0)).toBe(1);
    // Two of three on half of the images, none on the others: p = 1/3, P = (1/3 + 1) / 2, Pe = 5/9.
    expect(
      fleiss(
        3,
        new Map([
          [2, 5],
          [0, 5],
        ]),
      ),
    ).toBeCloseTo((2 / 3 - 5 / 9) / (4 / 9), 12);
    expect(fleiss(3, new Map([[0, 5]]))).toBeNull();
    expect(fleiss(1, new Map([[1, 5]]))).toBeNull();
  });

  it('looks at images that both have read, at all for Fleiss, and at as many as most have', () => {
    const builder = new AgreementBuilder(['x']);
    const box: Box = [0, 0, 10, 10];
    builder.add([reading('R1', [0, box]), reading('R2', [0, [0, 0, 10, 5]]), reading('R3')]);
    builder.add([reading('R1'), reading('R2')]);
    builder.add([reading('R2', [0, box]), reading('R3', [0, box])]);
    builder.add([reading('R1')]);
    const { readers, images, pairs, fleiss: all, fleissPerImage } = builder.result();
    expect([readers, images]).toEqual([['R1', 'R2', 'R3'], 4]);
    expect(pairs.map(({ readers: names, n }) => [names.join(), n])).toEqual([
      ['R1,R2', 2],
      ['R1,R3', 1],
      ['R2,R3', 2],
    ]);
    expect(pairs[0]).toMatchObject({
      meanIou: 0.5,
      matched: 1,
      classes: [{ both: 1, first: 0, second: 0, kappa: 1 }],
    });
    expect(pairs[1]).toMatchObject({ meanIou: null, classes: [{ both: 0, first: 1 }] });
    expect(all).toMatchObject({ ratings: 3, n: 1 });
    expect(fleissPerImage).toMatchObject({ ratings: 2, n: 2 });
  });

  it('does not depend on the order of images and readers, and stays within -1 and 1', () => {
    const saw = fc.array(fc.boolean(), { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(fc.array(saw, { minLength: 1, maxLength: 30 }), (images) => {
        const box: [number, Box] = [0, [0, 0, 1, 1]];
        const build = (order: readonly boolean[][], turn: boolean) => {
          const builder = new AgreementBuilder(['x']);
          for (const image of order) {
            const all = image.map((seen, i) => reading(`R${i}`, ...(seen ? [box] : [])));
            builder.add(turn ? [...all].reverse() : all);
          }
          return builder.result();
        };
        const result = build(images, false);
        expect(build([...images].reverse(), true)).toEqual(result);
        for (const { classes } of [...result.pairs, result.fleiss])
          for (const { kappa } of classes)
            if (kappa !== null) expect(Math.abs(kappa)).toBeLessThanOrEqual(1 + 1e-12);
      }),
    );
  });
});
