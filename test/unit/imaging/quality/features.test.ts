import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { areaAverage, halve } from '../../../../src/imaging/quality/area.js';
import { FEATURE_COUNT, FEATURE_NAMES, qualityFeatures } from '../../../../src/imaging/quality/features.js';

const images = fc
  .record({ width: fc.integer({ min: 1, max: 70 }), height: fc.integer({ min: 1, max: 70 }) })
  .chain(({ width, height }) =>
    fc.record({
      width: fc.constant(width),
      height: fc.constant(height),
      data: fc.uint8Array({ minLength: width * height, maxLength: width * height }),
      maxValue: fc.constant(255),
    }),
  );
const mean = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => a + b, 0) / values.length;
const named = (image: Parameters<typeof qualityFeatures>[0]) => {
  const vector = qualityFeatures(image);
  return (name: (typeof FEATURE_NAMES)[number]) => vector[FEATURE_NAMES.indexOf(name)] as number;
};
const checkers = (size: number, square: number) =>
  Uint8Array.from({ length: size * size }, (_, i) =>
    (Math.floor((i % size) / square) + Math.floor(i / size / square)) % 2 ? 255 : 0,
  );

describe('areaAverage', () => {
  it('keeps the mean of every image, larger or smaller than its squares', () => {
    fc.assert(
      fc.property(images, (image) => {
        expect(mean(areaAverage(image, 32))).toBeCloseTo(mean(image.data) / 255, 9);
        expect(mean(halve(areaAverage(image, 32), 32))).toBeCloseTo(mean(image.data) / 255, 9);
      }),
      { numRuns: 40 },
    );
  });

  it('weighs a cut pixel by the share that is covered', () => {
    const three = { width: 3, height: 1, data: Uint8Array.from([0, 30, 90]), maxValue: 100 };
    const [left, right] = areaAverage(three, 2);
    expect(left).toBeCloseTo((0 + 30 * 0.5) / 1.5 / 100, 12);
    expect(right).toBeCloseTo((30 * 0.5 + 90) / 1.5 / 100, 12);
  });
});

describe('qualityFeatures', () => {
  it('is a finite vector for every image', () => {
    fc.assert(
      fc.property(images, (image) => {
        const features = qualityFeatures(image);
        expect(features).toHaveLength(FEATURE_COUNT);
        expect(features.every(Number.isFinite)).toBe(true);
      }),
      { numRuns: 15 },
    );
  });

  it('does not depend on how large the pixels are or on their depth', () => {
    const small = checkers(64, 8);
    const large = Uint16Array.from({ length: 256 * 256 }, (_, i) => {
      const [x, y] = [Math.floor((i % 256) / 4), Math.floor(i / 256 / 4)];
      return (small[y * 64 + x] as number) * 10;
    });
    const a = qualityFeatures({ width: 64, height: 64, data: small, maxValue: 255 });
    const b = qualityFeatures({ width: 256, height: 256, data: large, maxValue: 2550 });
    b.forEach((v, i) => {
      expect(v, FEATURE_NAMES[i]).toBeCloseTo(a[i] as number, 5);
    });
  });

  it('says what its names say', () => {
    const flat = named({ width: 9, height: 5, data: new Uint8Array(45).fill(102), maxValue: 255 });
    expect(flat('mean')).toBeCloseTo(0.4, 6);
    expect(flat('std')).toBeCloseTo(0, 6);
    expect(flat('entropy')).toBe(0);
    expect(flat('symmetry')).toBe(0);
    const board = named({ width: 512, height: 512, data: checkers(512, 64), maxValue: 255 });
    expect(board('clipped_low')).toBeCloseTo(0.5, 6);
    expect(board('clipped_high')).toBeCloseTo(0.5, 6);
    expect(board('symmetry')).toBeCloseTo(-1, 6);
    const fine = named({ width: 512, height: 512, data: checkers(512, 1), maxValue: 255 });
    expect(fine('mean')).toBeCloseTo(0.5, 6);
    expect(fine('clipped_low')).toBe(0);
    expect(fine('fine_noise')).toBeGreaterThan(fine('noise') + 3);
  });

  it('refuses data that does not fill the image', () => {
    expect(() => qualityFeatures({ width: 4, height: 4, data: new Uint8Array(15), maxValue: 255 })).toThrow(
      RangeError,
    );
  });
});
