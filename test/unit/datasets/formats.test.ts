import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Box, LabelledBox } from '../../../src/datasets/boxes/rules.js';
import { type CocoImage, cocoJson } from '../../../src/datasets/coco.js';
import { moveBox, place } from '../../../src/datasets/fit.js';
import { dataYaml, readYoloLabels, yoloLabels } from '../../../src/datasets/yolo.js';

const size = fc.record({
  width: fc.integer({ min: 8, max: 4000 }),
  height: fc.integer({ min: 8, max: 4000 }),
});
/** A box inside of a size, from four numbers from 0 to 1. */
const share = fc.double({ min: 0, max: 1, noNaN: true });
const shares = fc.tuple(share, share, share, share);
function boxIn([a, b, c, d]: [number, number, number, number], s: { width: number; height: number }): Box {
  const [x0, x1] = [Math.min(a, c), Math.max(a, c)];
  const [y0, y1] = [Math.min(b, d), Math.max(b, d)];
  return [x0 * (s.width - 1), y0 * (s.height - 1), x1 * (s.width - 1) + 1, y1 * (s.height - 1) + 1];
}
const far = (a: Box, b: Box) => Math.max(...a.map((value, i) => Math.abs(value - (b[i] as number))));

async function coco(images: readonly CocoImage[], classes = ['x', 'y']) {
  let text = '';
  const source = async function* () {
    yield* images;
  };
  for await (const piece of cocoJson({ description: 'd', version: 'v1' }, classes, source)) text += piece;
  return JSON.parse(text) as {
    images: { id: number; file_name: string; width: number; height: number }[];
    annotations: {
      id: number;
      image_id: number;
      category_id: number;
      bbox: [number, number, number, number];
      area: number;
    }[];
    categories: { id: number; name: string }[];
  };
}

describe('letterbox and stretch', () => {
  it('centre the picture and move boxes along', () => {
    const placed = place({ width: 200, height: 100 }, { width: 100, height: 100 }, 'letterbox');
    expect(placed.inner).toEqual({ left: 0, top: 25, width: 100, height: 50 });
    expect(moveBox([0, 0, 200, 100], placed)).toEqual([0, 25, 100, 75]);
    expect(moveBox([50, 50, 100, 100], placed)).toEqual([25, 50, 50, 75]);
    const stretched = place({ width: 200, height: 100 }, { width: 100, height: 100 }, 'stretch');
    expect(moveBox([50, 50, 100, 100], stretched)).toEqual([25, 50, 50, 100]);
  });

  it('a box of the image stays inside of the picture; nothing moves without a size', () => {
    fc.assert(
      fc.property(size, size, shares, (from, to, at) => {
        const box = boxIn(at, from);
        expect(moveBox(box, place(from, undefined, 'letterbox'))).toEqual(box);
        for (const fit of ['letterbox', 'stretch'] as const) {
          const placed = place(from, to, fit);
          const { left, top, width, height } = placed.inner;
          const [x0, y0, x1, y1] = moveBox(box, placed);
          expect(x0).toBeGreaterThanOrEqual(left - 1e-6);
          expect(y0).toBeGreaterThanOrEqual(top - 1e-6);
          expect(x1).toBeLessThanOrEqual(left + width + 1e-6);
          expect(y1).toBeLessThanOrEqual(top + height + 1e-6);
          expect(left + width).toBeLessThanOrEqual(to.width);
          expect(top + height).toBeLessThanOrEqual(to.height);
        }
      }),
    );
  });
});

describe('YOLO and COCO', () => {
  it('a label line is class, centre and size, normalised; an image without findings has an empty file', () => {
    const boxes = [{ classId: 3, box: [10, 20, 30, 60] as const }];
    expect(yoloLabels(boxes, { width: 100, height: 200 })).toBe(
      '3 0.20000000 0.20000000 0.20000000 0.20000000\n',
    );
    expect(yoloLabels([], { width: 100, height: 200 })).toBe('');
  });

  it('COCO -> YOLO -> COCO moves no box by more than half a pixel', async () => {
    await fc.assert(
      fc.asyncProperty(size, fc.array(shares, { minLength: 1, maxLength: 5 }), async (s, ats) => {
        const boxes: LabelledBox[] = ats.map((at, i) => ({ classId: i % 2, box: boxIn(at, s) }));
        const first = await coco([{ fileName: 'a.png', ...s, boxes }]);
        const read = first.annotations.map(({ category_id, bbox: [x, y, w, h] }) => ({
          classId: category_id,
          box: [x, y, x + w, y + h] as const,
        }));
        const again = await coco([
          { fileName: 'a.png', ...s, boxes: readYoloLabels(yoloLabels(read, s), s) },
        ]);
        again.annotations.forEach(({ bbox: [x, y, w, h], category_id }, i) => {
          const { classId, box } = boxes[i] as LabelledBox;
          expect(category_id).toBe(classId);
          expect(far([x, y, x + w, y + h], box)).toBeLessThan(0.01);
        });
      }),
      { numRuns: 50 },
    );
  });

  it('COCO counts images and annotations from 1 and links them', async () => {
    const box = { classId: 1, box: [1, 2, 11, 22] as const };
    const made = await coco([
      { fileName: 'a.png', width: 50, height: 60, boxes: [] },
      { fileName: 'b.png', width: 50, height: 60, boxes: [box, box] },
    ]);
    expect(made.images.map(({ id, file_name }) => [id, file_name])).toEqual([
      [1, 'a.png'],
      [2, 'b.png'],
    ]);
    expect(made.annotations.map(({ id, image_id }) => [id, image_id])).toEqual([
      [1, 2],
      [2, 2],
    ]);
    expect(made.annotations[0]).toMatchObject({ bbox: [1, 2, 10, 20], area: 200, category_id: 1 });
    expect(made.categories.map(({ id, name }) => [id, name])).toEqual([
      [0, 'x'],
      [1, 'y'],
    ]);
  });

  it('is valid without images', async () =>
    expect(await coco([])).toMatchObject({ images: [], annotations: [] }));

  it('data.yaml names the splits as trainers do, and the rest by its own name', () => {
    const splits = ['training', 'validation', 'test', 'staging', 'canary', 'production'];
    expect(parse(dataYaml(splits, ['a: b', 'no']))).toEqual({
      path: '',
      train: 'training/images',
      val: 'validation/images',
      test: 'test/images',
      staging: 'staging/images',
      canary: 'canary/images',
      production: 'production/images',
      nc: 2,
      names: { 0: 'a: b', 1: 'no' },
    });
  });
});
