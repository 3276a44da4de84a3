import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toColour } from '../../../../src/imaging/steps/colour.js';
import { denoise } from '../../../../src/imaging/steps/denoise.js';
import { histogram } from '../../../../src/imaging/steps/histogram.js';
import { momentsOf } from '../../../../src/imaging/steps/moments.js';
import { normalise } from '../../../../src/imaging/steps/normalise.js';
import { type Picture, pictureOf } from '../../../../src/imaging/steps/picture.js';
import { expectGolden, golden } from './golden.js';

const row = (values: readonly number[]): Picture => ({
  width: values.length,
  height: 1,
  channels: 1,
  data: Float32Array.from(values),
});
const greys = fc.array(fc.float({ min: 0, max: 255, noNaN: true }), { minLength: 2, maxLength: 60 });

describe('normalise', () => {
  const of = (values: readonly number[], method: 'min-max' | 'z-score') => {
    const picture = row(values);
    return normalise(picture, { method }, momentsOf(picture.data)).data;
  };

  it('min-max goes from 0 to 1, z-score has mean 0 and deviation 1', () => {
    fc.assert(
      fc.property(
        greys.filter((list) => Math.max(...list) - Math.min(...list) > 0.1),
        (list) => {
          const unit = momentsOf(of(list, 'min-max'));
          expect([unit.min, unit.max]).toEqual([0, 1]);
          const scored = momentsOf(of(list, 'z-score'));
          expect(scored.mean).toBeCloseTo(0, 4);
          expect(scored.squares / scored.count).toBeCloseTo(1, 4);
        },
      ),
    );
  });

  it('a picture of one value becomes zeros', () => {
    for (const method of ['min-max', 'z-score'] as const)
      expect([...of([9, 9, 9], method)]).toEqual([0, 0, 0]);
  });

  it('goes by the statistics it is given', () => {
    const train = { count: 4, mean: 100, squares: 400, min: 0, max: 200 };
    expect([...normalise(row([0, 100, 300]), { method: 'min-max' }, train).data]).toEqual([0, 0.5, 1.5]);
    expect([...normalise(row([90, 120]), { method: 'z-score' }, train).data]).toEqual([-1, 2]);
    expect([...normalise(row([90, 120]), { method: 'none' }, train).data]).toEqual([90, 120]);
  });
});

describe('toColour', () => {
  it('is the luma of Pillow', async () => {
    await expectGolden(toColour(pictureOf(await golden('rgb')), 'grey'), 'luma');
  });

  it('of grey in three channels is that grey', async () => {
    const grey = pictureOf(await golden('grey'));
    const rgb = toColour(grey, 'rgb');
    expect(rgb.channels).toBe(3);
    for (const [i, value] of toColour(rgb, 'grey').data.entries())
      expect(value).toBeCloseTo(grey.data[i] ?? 0, 3);
    expect(toColour(grey, 'grey')).toBe(grey);
    expect(toColour(rgb, 'rgb')).toBe(rgb);
  });
});

describe('denoise', () => {
  const gaussian = { method: 'gaussian', sigma: 1.5, size: 3 } as const;

  it('is what SciPy does', async () => {
    const grey = pictureOf(await golden('grey'));
    await expectGolden(denoise(grey, gaussian), 'gaussian');
    for (const size of [3, 5])
      await expectGolden(denoise(grey, { method: 'median', sigma: 1, size }), `median-${size}`);
  });

  it('keeps what has one value, and channels apart', () => {
    const data = Float32Array.from({ length: 6 * 4 * 3 }, (_, i) => [10, 20, 30][i % 3] ?? 0);
    for (const options of [gaussian, { ...gaussian, method: 'median', size: 9 }] as const)
      for (const [i, value] of denoise({ width: 6, height: 4, channels: 3, data }, options).data.entries())
        expect(value).toBeCloseTo(data[i] ?? 0, 4);
  });
});

describe('histogram', () => {
  it('counts every value once, in the part it lies in', () => {
    fc.assert(
      fc.property(greys, fc.integer({ min: 1, max: 40 }), (list, bins) => {
        const picture = row(list);
        const shares = histogram(picture, { bins });
        const [low, high] = [Math.min(...picture.data), Math.max(...picture.data)];
        const [from, to] = low < high ? [low, high] : [low - 0.5, low + 0.5];
        const edges = Array.from({ length: bins + 1 }, (_, i) => from + (i * (to - from)) / bins);
        const expected = Array.from({ length: bins }, (_, bin) =>
          [...picture.data].filter(
            (v) => v >= (edges[bin] ?? 0) && (v < (edges[bin + 1] ?? 0) || (bin === bins - 1 && v === to)),
          ),
        ).map((inside) => Math.fround(inside.length / list.length));
        expect([...shares]).toEqual(expected);
        expect(shares.reduce((a, b) => a + b)).toBeCloseTo(1, 5);
      }),
    );
  });

  it('leaves out what lies outside the range', () => {
    expect([...histogram(row([-1, 0, 0.5, 1, 2]), { bins: 2, range: [0, 1] })]).toEqual(
      [1, 2].map((n) => Math.fround(n / 5)),
    );
  });
});
