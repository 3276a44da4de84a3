import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { imageStatistics } from '../../../../src/models/drift/image-statistics.js';
import { kolmogorov, ksTest } from '../../../../src/models/drift/ks.js';
import { driftMarkdown } from '../../../../src/models/drift/markdown.js';
import { histogram, psi, quantileEdges } from '../../../../src/models/drift/psi.js';
import { driftReport, type Population } from '../../../../src/models/drift/report.js';

const numbers = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 60 });
const counts = fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 5, maxLength: 5 });

describe('PSI', () => {
  it('of a distribution against itself is 0, and grows from there', () => {
    fc.assert(
      fc.property(counts, counts, (a, b) => {
        expect(
          psi(
            a,
            a.map((n) => n * 3),
          ),
        ).toBeCloseTo(0, 12);
        expect(psi(a, b)).toBeGreaterThanOrEqual(-1e-12);
        expect(psi(a, b)).toBeCloseTo(psi(b, a), 9);
      }),
    );
  });

  it('by hand: shares 0.5, 0.5 against 0.8, 0.2', () => {
    expect(psi([1, 1], [4, 1])).toBeCloseTo(0.3 * Math.log(1.6) - 0.3 * Math.log(0.4), 12);
  });

  it('stays finite where a class is new', () => {
    expect(psi([10, 0], [5, 5])).toBeGreaterThan(1);
    expect(psi([10, 0], [5, 5])).toBeLessThan(10);
  });

  it('bins hold all values, and about equal parts of the reference', () => {
    fc.assert(
      fc.property(numbers, numbers, (a, b) => {
        const edges = quantileEdges(a, 10);
        expect(histogram(b, edges).reduce((x, y) => x + y, 0)).toBe(b.length);
        if (new Set(a).size === a.length)
          for (const n of histogram(a, edges)) expect(Math.abs(n - a.length / 10)).toBeLessThan(2);
      }),
    );
  });
});

describe('KS', () => {
  it('is the largest distance of the two step functions, wherever it is', () => {
    const below = (values: readonly number[], at: number) =>
      values.filter((v) => v <= at).length / values.length;
    fc.assert(
      fc.property(numbers, numbers, (a, b) => {
        const distance = Math.max(...[...a, ...b].map((at) => Math.abs(below(a, at) - below(b, at))));
        expect(ksTest(a, b).statistic).toBeCloseTo(distance, 12);
      }),
    );
  });

  it('says 1 of what cannot be told apart, and 0 of what never meets', () => {
    const same = Array.from({ length: 200 }, (_, i) => i);
    expect(ksTest(same, same)).toEqual({ statistic: 0, p: 1 });
    const { statistic, p } = ksTest(
      same,
      same.map((n) => n + 1000),
    );
    expect(statistic).toBe(1);
    expect(p).toBeLessThan(1e-80);
  });

  it('both series of the distribution meet', () => {
    for (const t of [0.5, 0.9, 0.999999, 1, 1.000001, 1.5])
      expect(Math.abs(kolmogorov(t) - kolmogorov(t + 1e-7))).toBeLessThan(1e-6);
  });
});

describe('image statistics', () => {
  it('are those of the pixels', () => {
    const bytes = fc.uint8Array({ minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(bytes, (levels) => {
        const parts = [...levels].map((n) => n / 255).sort((a, b) => a - b);
        const mean = parts.reduce((a, b) => a + b, 0) / parts.length;
        const variance = parts.reduce((sum, v) => sum + (v - mean) ** 2, 0) / parts.length;
        const found = imageStatistics(levels, 255);
        expect(found.mean).toBeCloseTo(mean, 9);
        expect(found.std ** 2).toBeCloseTo(variance, 9);
        const atLeast = (p: number) => parts[Math.max(0, Math.ceil(p * parts.length - 1e-9) - 1)];
        expect(found.p50).toBe(atLeast(0.5));
        expect(found.p99).toBe(atLeast(0.99));
      }),
    );
  });
});

describe('the drift report', () => {
  const classes = ['A | B', 'C'];
  const about = { dataset: 'd', version: 'v1', modelVersion: 'm', classes };
  const image = (mean: number) => ({ mean, std: 0.1, p01: 0, p50: mean, p99: 1 });
  const population = (shift: number): Population => ({
    classCounts: [50, 50],
    confidences: Array.from({ length: 100 }, (_, i) => i / 200 + shift),
    images: Array.from({ length: 100 }, (_, i) => image(i / 400 + shift)),
  });

  it('finds none where there is none, and what moved where something did', () => {
    const calm = driftReport(about, population(0), population(0));
    expect([calm.classMix.drift, calm.confidence.drift, calm.images.mean.drift]).toEqual([
      'none',
      'none',
      'none',
    ]);
    const moved = driftReport(about, population(0), { ...population(0.4), classCounts: [99, 1] });
    expect([moved.classMix.drift, moved.confidence.drift, moved.images.mean.drift]).toEqual([
      'large',
      'large',
      'large',
    ]);
    expect(moved.images.std.drift).toBe('none');
  });

  it('takes what chance does to few images for none, and names what is no chance', () => {
    const every = (n: number, step: number): Population => ({
      classCounts: [n, n],
      confidences: Array.from({ length: n }, (_, i) => ((i * step) % n) / n),
      images: [],
    });
    const half = (n: number): Population => ({
      ...every(n, 1),
      confidences: every(n, 1).confidences.map((c) => c / 2),
    });
    // Four values leave most tenths empty: PSI by itself would be large.
    const few = driftReport(about, every(40, 1), every(4, 1)).confidence;
    expect(few.psi).toBeGreaterThan(0.25);
    expect(few.drift).toBe('none');
    expect(driftReport(about, every(40, 1), half(40)).confidence.drift).toBe('large');
  });

  it('is null, not NaN, where there is nothing to compare', () => {
    const nothing = { classCounts: [], confidences: [], images: [] };
    const report = driftReport(about, population(0), nothing);
    expect(report.confidence).toMatchObject({ psi: null, ks: null, drift: 'unknown' });
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  });

  it('can be read by a person, whatever the classes are called', () => {
    const text = driftMarkdown(driftReport(about, population(0), population(0.4)));
    expect(text).toContain('| brightness | 100 |');
    expect(text).toContain('| A   B | 50 | 50 |');
  });
});
