import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resample } from '../../../../src/dicom/render/resample.js';
import type { Pixels } from '../../../../src/dicom/render/table.js';

const image = (width: number, height: number, source: Pixels, channels: 1 | 3 = 1) => ({
  width,
  height,
  channels,
  source,
});

describe('resample', () => {
  it('averages the area of an output pixel', () => {
    const source = Uint8Array.of(0, 10, 20, 30, 40, 50, 60, 70);
    expect([...resample(image(4, 2, source), { width: 2, height: 1 }, 8)]).toEqual([25, 45]);
  });

  it('weighs samples by how much of them is covered', () => {
    // Three samples to two: each output is one and a half samples wide.
    expect([...resample(image(3, 1, Uint8Array.of(0, 90, 240)), { width: 2, height: 1 }, 8)]).toEqual([
      30, 190,
    ]);
  });

  it('goes straight from centre to centre where it enlarges', () => {
    expect([...resample(image(2, 1, Uint8Array.of(0, 100)), { width: 4, height: 1 }, 8)]).toEqual([
      0, 25, 75, 100,
    ]);
    expect([...resample(image(1, 1, Uint8Array.of(7)), { width: 2, height: 2 }, 8)]).toEqual([7, 7, 7, 7]);
  });

  it('keeps colours apart', () => {
    const source = Uint8Array.of(10, 20, 30, 30, 40, 50);
    expect([...resample(image(2, 1, source, 3), { width: 1, height: 1 }, 8)]).toEqual([20, 30, 40]);
  });

  it('applies the table before it averages', () => {
    const table = Uint8Array.from({ length: 256 }, (_, i) => (i === 3 ? 200 : 100));
    const samples = { ...image(2, 1, Uint8Array.of(3, 4)), table };
    expect([...resample(samples, { width: 1, height: 1 }, 8)]).toEqual([150]);
  });

  it('leaves an even picture even, in 8 and 16 bits, at any size', () => {
    const side = fc.integer({ min: 1, max: 40 });
    const value = fc.integer({ min: 0, max: 65_535 });
    fc.assert(
      fc.property(side, side, side, side, value, (w, h, width, height, v) => {
        const source = new Uint16Array(w * h).fill(v);
        const out = resample(image(w, h, source), { width, height }, 16);
        expect(new Set(out)).toEqual(new Set([v]));
        expect(out.length).toBe(width * height);
      }),
    );
  });

  it('keeps the mean of a picture that it reduces', () => {
    const side = fc.integer({ min: 1, max: 12 });
    fc.assert(
      fc.property(
        side,
        side,
        fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 576, maxLength: 576 }),
        (w, h, v) => {
          const source = Uint8Array.from(v);
          const mean = (data: ArrayLike<number>) => Array.from(data).reduce((a, b) => a + b, 0) / data.length;
          const out = resample(image(24, 24, source), { width: w, height: h }, 8);
          expect(Math.abs(mean(out) - mean(source))).toBeLessThanOrEqual(0.5);
        },
      ),
    );
  });
});
