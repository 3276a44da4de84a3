import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { placeOf, type ResizeOptions, resize } from '../../../../src/imaging/steps/resize.js';
import { expectGolden, golden } from './golden.js';

const BASE: ResizeOptions = {
  width: 24,
  height: 20,
  fit: 'stretch',
  filter: 'bilinear',
  antialias: true,
  pad: 30,
};
const FILTERS = ['box', 'bilinear', 'bicubic', 'lanczos'] as const;
const side = fc.integer({ min: 1, max: 40 });
const pictures = fc
  .tuple(side, side, fc.constantFrom(1, 3))
  .chain(([width, height, channels]) =>
    fc
      .uint8Array({ minLength: width * height * channels, maxLength: width * height * channels })
      .map((data) => ({ width, height, channels: channels as 1 | 3, data, maxValue: 255 })),
  );

describe('resize', () => {
  it.each(FILTERS)('is what Pillow does: %s, smaller and larger', async (filter) => {
    const grey = await golden('grey');
    await expectGolden(resize(grey, { ...BASE, filter }), `down-${filter}`);
    await expectGolden(resize(grey, { ...BASE, filter, width: 100, height: 90 }), `up-${filter}`);
  });

  it('keeps channels apart', async () => {
    await expectGolden(resize(await golden('rgb'), BASE), 'down-rgb');
  });

  it('puts a letterbox around what keeps its aspect', async () => {
    const letterbox = { ...BASE, fit: 'letterbox', width: 40, height: 40 } as const;
    await expectGolden(resize(await golden('grey'), letterbox), 'letterbox');
  });

  it('keeps a picture of one value, whatever the filter and size', () => {
    fc.assert(
      fc.property(
        side,
        side,
        side,
        side,
        fc.constantFrom(...FILTERS),
        fc.boolean(),
        (w, h, width, height, filter, antialias) => {
          const image = {
            width: w,
            height: h,
            channels: 1,
            data: new Uint8Array(w * h).fill(77),
            maxValue: 255,
          } as const;
          const { data } = resize(image, { ...BASE, width, height, filter, antialias });
          expect(data).toHaveLength(width * height);
          for (const value of data) expect(value).toBeCloseTo(77, 3);
        },
      ),
    );
  });

  it('mirrors with its picture', () => {
    fc.assert(
      fc.property(
        pictures,
        side,
        side,
        fc.constantFrom('bilinear', 'bicubic', 'lanczos'),
        (image, width, height, filter) => {
          const { width: w, height: h, channels } = image;
          const mirrored = image.data.map((_, i) => {
            const [pixel, c] = [Math.floor(i / channels), i % channels];
            const [row, column] = [Math.floor(pixel / w), pixel % w];
            return image.data[((h - 1 - row) * w + (w - 1 - column)) * channels + c] ?? 0;
          });
          const options = { ...BASE, width, height, filter: filter as 'bilinear' };
          const there = resize(image, options).data;
          const back = resize({ ...image, data: mirrored }, options).data;
          for (let i = 0; i < there.length; i++) {
            const [pixel, c] = [Math.floor(i / channels), i % channels];
            expect(back[(width * height - 1 - pixel) * channels + c]).toBeCloseTo(there[i] ?? 0, 3);
          }
        },
      ),
      { numRuns: 50 },
    );
  });

  it('reads 16 bits as grey levels of 255', () => {
    fc.assert(
      fc.property(pictures, side, side, (image, width, height) => {
        const wide = {
          ...image,
          data: Uint16Array.from(image.data, (value) => value * 257),
          maxValue: 65_535,
        };
        const [eight, sixteen] = [image, wide].map((it) => resize(it, { ...BASE, width, height }).data);
        for (const [i, value] of (eight ?? []).entries()) expect(sixteen?.[i]).toBeCloseTo(value, 3);
      }),
      { numRuns: 50 },
    );
  });
});

describe('placeOf', () => {
  it('fits, centred, and fills one side', () => {
    fc.assert(
      fc.property(side, side, side, side, (w, h, width, height) => {
        const place = placeOf({ width: w, height: h }, { ...BASE, fit: 'letterbox', width, height });
        expect(place.width === width || place.height === height).toBe(true);
        expect(Math.abs(width - place.width - 2 * place.left)).toBeLessThanOrEqual(1);
        expect(Math.abs(height - place.height - 2 * place.top)).toBeLessThanOrEqual(1);
        expect(place.width * place.height).toBeGreaterThan(0);
        // Aspect to within half a pixel of the shorter side.
        const scale = Math.min(width / w, height / h);
        expect(Math.abs(place.width - Math.max(1, w * scale))).toBeLessThanOrEqual(0.5);
        expect(Math.abs(place.height - Math.max(1, h * scale))).toBeLessThanOrEqual(0.5);
      }),
    );
  });

  it('goes by the size in the file where the image was decoded smaller', () => {
    const image = {
      width: 10,
      height: 10,
      channels: 1,
      data: new Uint8Array(100).fill(9),
      maxValue: 255,
    } as const;
    const letterbox = { ...BASE, fit: 'letterbox', width: 10, height: 10, pad: 0 } as const;
    const { data } = resize({ ...image, full: { width: 400, height: 200 } }, letterbox);
    expect(data.filter((value) => value > 8.9)).toHaveLength(10 * 5);
  });
});
