import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deviation, merge, momentsOf, NOTHING } from '../../../../src/imaging/steps/moments.js';

const values = fc.array(fc.float({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 200 });

describe('moments', () => {
  it('are mean, deviation, minimum and maximum', () => {
    fc.assert(
      fc.property(values, (list) => {
        const moments = momentsOf(Float32Array.from(list));
        const mean = list.reduce((a, b) => a + b) / list.length;
        const variance = list.reduce((sum, value) => sum + (value - mean) ** 2, 0) / list.length;
        expect(moments.mean).toBeCloseTo(mean, 5);
        expect(deviation(moments)).toBeCloseTo(Math.sqrt(variance), 4);
        expect([moments.min, moments.max]).toEqual([Math.min(...list), Math.max(...list)]);
      }),
    );
  });

  it('of parts, merged in order, are those of the whole', () => {
    fc.assert(
      fc.property(fc.array(values, { minLength: 1, maxLength: 8 }), (parts) => {
        const whole = momentsOf(Float32Array.from(parts.flat()));
        const merged = parts.map((part) => momentsOf(Float32Array.from(part))).reduce(merge, NOTHING);
        expect(merged.count).toBe(whole.count);
        expect([merged.min, merged.max]).toEqual([whole.min, whole.max]);
        expect(merged.mean).toBeCloseTo(whole.mean, 5);
        expect(deviation(merged)).toBeCloseTo(deviation(whole), 4);
      }),
    );
  });

  it('keep their digits far from zero', () => {
    const list = Float32Array.from({ length: 1000 }, (_, i) => 1e6 + (i % 2));
    expect(deviation(momentsOf(list))).toBeCloseTo(0.5, 9);
  });

  it('of nothing change nothing', () => {
    const some = momentsOf(Float32Array.of(1, 2, 4));
    expect(merge(some, NOTHING)).toEqual(some);
    expect(merge(NOTHING, some)).toEqual(some);
    expect(deviation(NOTHING)).toBe(0);
    expect(momentsOf(new Float32Array())).toEqual(NOTHING);
  });
});
