import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { place, toPicture } from '../../../src/models/placement.js';
import { type InputPlan, prepare } from '../../../src/models/prepare.js';
import { resample } from '../../../src/models/resample.js';
import type { Picture, Preparation } from '../../../src/models/types.js';

const PLAIN: Preparation = {
  ...{ fit: 'stretch', antialias: false, order: 'rgb', divisor: 255 },
  ...{ mean: [0, 0, 0], std: [1, 1, 1] },
};
const plan = (change: Partial<InputPlan>, how: Partial<Preparation> = {}): InputPlan => ({
  ...{ width: 2, height: 2, channels: 3, layout: 'nchw' },
  ...change,
  prepare: { ...PLAIN, ...how },
});
const red: Picture = {
  ...{ width: 2, height: 2, channels: 3 },
  data: Uint8Array.from({ length: 12 }, (_, i) => [200, 100, 50][i % 3] as number),
};
const grey = (width: number, height: number, level: number): Picture => ({
  ...{ width, height, channels: 1 },
  data: new Uint8Array(width * height).fill(level),
});
/** Levels again, to the nearest. */
const levels = (tensor: Float32Array) => Array.from(tensor, (v) => Math.round(v * 255));

describe('prepare', () => {
  it('puts channels in the order and layout of the model', () => {
    const planes = (r: number, g: number, b: number) => [r, r, r, r, g, g, g, g, b, b, b, b];
    expect(levels(prepare(red, plan({})).tensor)).toEqual(planes(200, 100, 50));
    expect(levels(prepare(red, plan({}, { order: 'bgr' })).tensor)).toEqual(planes(50, 100, 200));
    expect(levels(prepare(red, plan({ layout: 'nhwc' })).tensor)).toEqual(Array.from(red.data));
    expect(levels(prepare(grey(2, 2, 7), plan({})).tensor)).toEqual(planes(7, 7, 7));
  });

  it('makes grey of colour by ITU-R BT.601', () => {
    const luma = Math.round(0.299 * 200 + 0.587 * 100 + 0.114 * 50);
    expect(levels(prepare(red, plan({ channels: 1 })).tensor)).toEqual([luma, luma, luma, luma]);
  });

  it('takes mean and standard deviation of each channel', () => {
    const how = { mean: [0.5, 0.25, 0], std: [0.5, 2, 1] };
    const { tensor } = prepare(red, plan({}, how));
    const wanted = [(200 / 255 - 0.5) / 0.5, (100 / 255 - 0.25) / 2, 50 / 255];
    wanted.forEach((value, c) => {
      for (let i = 0; i < 4; i++) expect(tensor[c * 4 + i]).toBeCloseTo(value, 6);
    });
    expect(prepare(red, plan({}, { divisor: 1 })).tensor[0]).toBe(200);
  });

  it('takes 16 bits for what white is in them', () => {
    const picture = (maxValue?: number): Picture => ({
      ...{ width: 2, height: 2, channels: 1, data: Uint16Array.of(0, 1000, 4095, 65_535) },
      ...(maxValue && { maxValue }),
    });
    const one = plan({ channels: 1 });
    expect(levels(prepare(picture(), one).tensor)).toEqual([0, 4, 16, 255]);
    expect(levels(prepare(picture(4095), one).tensor)).toEqual([0, 62, 255, 255]);
  });

  it('pads what a letterbox leaves empty with 114, halves rounded as in Ultralytics', () => {
    const { tensor } = prepare(
      grey(3, 1, 9),
      plan({ width: 6, height: 7, channels: 1 }, { fit: 'letterbox' }),
    );
    // 6 x 2 pixels of the picture; of 5 empty rows 2 lie above: round(2.5 - 0.1).
    const row = (level: number) => Array.from({ length: 6 }, () => level);
    expect(levels(tensor)).toEqual([114, 114, 9, 9, 114, 114, 114].flatMap(row));
  });

  it('cuts the middle out of a crop', () => {
    const columns = Uint8Array.of(10, 20, 30, 40);
    const picture: Picture = {
      width: 4,
      height: 2,
      channels: 1,
      data: Uint8Array.of(...columns, ...columns),
    };
    const { tensor } = prepare(picture, plan({ channels: 1 }, { fit: 'crop', antialias: true }));
    expect(levels(tensor)).toEqual([20, 30, 20, 30]);
  });
});

describe('resample', () => {
  const size = fc.integer({ min: 1, max: 40 });

  it('keeps an even level, whatever the sizes', () => {
    fc.assert(
      fc.property(
        size,
        size,
        size,
        size,
        fc.integer({ min: 0, max: 255 }),
        fc.boolean(),
        (a, b, c, d, level, anti) => {
          const { data } = grey(a, b, level);
          const out = resample({ width: a, height: b, channels: 1, data: data as Uint8Array }, c, d, anti);
          expect(out).toHaveLength(c * d);
          // OpenCV's two shifts may lose one level.
          for (const v of out) expect(Math.abs(v - level)).toBeLessThanOrEqual(anti ? 0 : 1);
        },
      ),
    );
  });

  it('stays between the darkest and the brightest level', () => {
    const pixels = fc.uint8Array({ minLength: 12, maxLength: 12 });
    fc.assert(
      fc.property(pixels, size, size, fc.boolean(), (data, w, h, anti) => {
        const out = resample({ width: 4, height: 3, channels: 1, data }, w, h, anti);
        expect(Math.min(...out)).toBeGreaterThanOrEqual(Math.min(...data) - (anti ? 0 : 1));
        expect(Math.max(...out)).toBeLessThanOrEqual(Math.max(...data));
      }),
    );
  });
});

describe('toPicture', () => {
  it('undoes place: a box of the picture comes back where it was', () => {
    const size = fc.integer({ min: 20, max: 3000 });
    const part = fc.double({ min: 0.3, max: 0.7, noNaN: true });
    const fits = fc.constantFrom<Preparation['fit']>('letterbox', 'stretch', 'crop');
    fc.assert(
      fc.property(size, size, fits, part, part, (width, height, how, a, b) => {
        const input = { width: 320, height: 256, channels: 1 } as const;
        const placed = place({ width, height }, input, how);
        const [x, y] = [width * Math.min(a, b), height * Math.min(a, b)];
        const [right, bottom] = [width * Math.max(a, b), height * Math.max(a, b)];
        const across = (v: number) => (v * placed.width) / width + placed.left;
        const down = (v: number) => (v * placed.height) / height + placed.top;
        const back = toPicture([across(x), down(y), across(right), down(bottom)], { width, height }, placed);
        [x, y, right, bottom].forEach((value, k) => {
          expect(back[k]).toBeCloseTo(value, 6);
        });
      }),
    );
  });

  it('clips what lies outside', () => {
    const picture = { width: 100, height: 50 };
    const placed = place(picture, { width: 200, height: 200, channels: 1 }, 'letterbox');
    expect(toPicture([-50, -50, 500, 500], picture, placed)).toEqual([0, 0, 100, 50]);
  });
});
