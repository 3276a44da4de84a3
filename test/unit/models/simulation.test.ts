import fc from 'fast-check';
import { expect, it } from 'vitest';
import { seededOrder } from '../../../src/models/simulation/order.js';
import { latencyOf } from '../../../src/models/simulation/percentiles.js';
import { sharesOf } from '../../../src/workflows/shares.js';

it('an order depends on seed and ids, not on how they were listed', () => {
  fc.assert(
    fc.property(fc.array(fc.string()), fc.integer(), (ids, seed) => {
      const order = seededOrder(ids, seed);
      expect(order).toEqual(seededOrder([...ids].reverse(), seed));
      expect(new Set(order)).toEqual(new Set(ids));
      expect(order.length).toBe(new Set(ids).size);
    }),
  );
  const ids = Array.from({ length: 50 }, (_, i) => `image-${i}`);
  expect(seededOrder(ids, 1)).not.toEqual(seededOrder(ids, 2));
});

it('stages share all images, as their workers are', () => {
  const load = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 9 });
  fc.assert(
    fc.property(fc.nat(2000), load, (images, workers) => {
      const shares = sharesOf(images, workers);
      const all = workers.reduce((a, b) => a + b, 0);
      expect(shares.reduce((a, b) => a + b, 0)).toBe(images);
      shares.forEach((n, i) => {
        expect(Math.abs(n - (images * (workers[i] as number)) / all)).toBeLessThanOrEqual(1);
      });
    }),
  );
});

it('percentiles of 1 to 101 are what they say', () => {
  const all = Array.from({ length: 101 }, (_, i) => 101 - i);
  expect(latencyOf(all)).toEqual({ n: 101, p50: 51, p90: 91, p95: 96, p99: 100, max: 101 });
  expect(latencyOf([1, 2]).p50).toBe(1.5);
  expect(latencyOf([])).toEqual({ n: 0, p50: null, p90: null, p95: null, p99: null, max: null });
});
