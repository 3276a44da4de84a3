import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isBlack, percentileStats } from '../../../src/imaging/black.js';

const TWELVE = [0, 4095] as const;
const pixels = fc.array(fc.integer({ min: 0, max: 4095 }), { minLength: 1, maxLength: 400 });

describe('percentileStats', () => {
  it('gives the nearest rank of the sorted values, as a share of the range', () => {
    fc.assert(
      fc.property(pixels, (values) => {
        const stats = percentileStats(Uint16Array.from(values), { range: TWELVE });
        const sorted = [...values].sort((a, b) => a - b);
        const at = (q: number) => (sorted[Math.ceil(q * sorted.length) - 1] as number) / 4095;
        expect(stats.p01).toBeCloseTo(at(0.01), 12);
        expect(stats.p50).toBeCloseTo(at(0.5), 12);
        expect(stats.p99).toBeCloseTo(at(0.99), 12);
        expect(stats.mean).toBeCloseTo(values.reduce((a, b) => a + b) / values.length / 4095, 9);
      }),
    );
  });

  it('is the same for a film and its negative under the other polarity', () => {
    fc.assert(
      fc.property(pixels, (values) => {
        const film = percentileStats(Uint16Array.from(values), { range: TWELVE });
        const negative = percentileStats(
          Uint16Array.from(values, (v) => 4095 - v),
          { range: TWELVE, inverted: true },
        );
        expect(negative.p01).toBe(film.p01);
        expect(negative.p50).toBe(film.p50);
        expect(negative.p99).toBe(film.p99);
        expect(negative.mean).toBeCloseTo(film.mean, 12);
      }),
    );
  });

  it('takes values with their counts as it takes the pixels', () => {
    fc.assert(
      fc.property(pixels, fc.constantFrom(1, 0.37), fc.boolean(), (stored, slope, inverted) => {
        const values = stored.map((value) => value * slope - 7);
        const counts = new Map<number, number>();
        for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
        const options = { range: [-7, 4095 * slope - 7], inverted } as const;
        const array = slope === 1 ? Int32Array.from(values) : Float64Array.from(values);
        expect(percentileStats([...counts], options)).toEqual(percentileStats(array, options));
      }),
    );
  });

  it('counts signed and rescaled values on their own range', () => {
    const stored = Int16Array.from([-2048, 0, 2047]);
    const plain = percentileStats(stored, { range: [-2048, 2047] });
    const rescaled = percentileStats(
      Float32Array.from(stored, (v) => v * 0.5 - 100),
      { range: [-1124, 923.5] },
    );
    expect(plain).toMatchObject({ p01: 0, p99: 1 });
    expect(rescaled.p50).toBeCloseTo(plain.p50, 4);
    expect(rescaled.mean).toBeCloseTo(plain.mean, 4);
  });
});

describe('isBlack', () => {
  const film = (make: (i: number) => number) => Uint16Array.from({ length: 10_000 }, (_, i) => make(i));
  const noise = film((i) => (i * 7919) % 41);
  const picture = film((i) => 200 + ((i * 7919) % 3000));

  it('finds an empty exposure under both polarities and keeps a picture', () => {
    for (const inverted of [false, true]) {
      const shown = (values: Uint16Array) => (inverted ? values.map((v) => 4095 - v) : values);
      const ask = (values: Uint16Array) =>
        isBlack(percentileStats(shown(values), { range: TWELVE, inverted }));
      expect(ask(noise)).toBe('dark');
      expect(ask(picture)).toBeUndefined();
    }
  });

  it('says why: nothing but padding, one value, below a mean', () => {
    const grey = film(() => 2000);
    expect(isBlack(percentileStats([], { range: TWELVE }))).toBe('empty');
    expect(isBlack(percentileStats(grey, { range: TWELVE }))).toBe('flat');
    const stats = percentileStats(picture, { range: TWELVE });
    expect(isBlack(stats, { p99: 0.05, spread: 0.02, mean: 0.9 })).toBe('mean');
    expect(isBlack(stats, { p99: 0.05, spread: 0.02, mean: 0.1 })).toBeUndefined();
  });

  it('draws the line exactly at the threshold', () => {
    const stats = { count: 1, p01: 0, p50: 0.02, p99: 0.05, mean: 0.02 };
    expect(isBlack(stats)).toBeUndefined();
    expect(isBlack({ ...stats, p99: 0.0499 })).toBe('dark');
    expect(isBlack({ ...stats, p01: 0.4, p99: 0.4199 })).toBe('flat');
  });
});
