import { setImmediate as tick } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ahead } from '../../../src/activities/ahead.js';

it('gives results in the order of the items, never more than the limit under way', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat(5), { maxLength: 30 }),
      fc.integer({ min: 1, max: 6 }),
      async (waits, limit) => {
        let running = 0;
        let most = 0;
        const work = async (index: number) => {
          most = Math.max(most, ++running);
          for (let i = 0; i < (waits[index] ?? 0); i++) await tick();
          running -= 1;
          return index;
        };
        const seen: number[] = [];
        for await (const result of ahead(waits.keys(), limit, work)) seen.push(result);
        expect(seen).toEqual([...waits.keys()]);
        expect(most).toBeLessThanOrEqual(limit);
      },
    ),
    { numRuns: 30 },
  );
});

it('throws a failure where its result would have been, after what runs has ended', async () => {
  let ended = 0;
  const work = async (i: number) => {
    await tick();
    if (i === 2) throw new Error('third');
    for (let n = 0; n < 5; n++) await tick();
    ended += 1;
    return i;
  };
  const seen: number[] = [];
  const all = async () => {
    for await (const i of ahead([0, 1, 2, 3, 4, 5], 3, work)) seen.push(i);
  };
  await expect(all()).rejects.toThrow('third');
  expect(seen).toEqual([0, 1]);
  // 0, 1, and what had been begun behind the one that failed.
  expect(ended).toBe(4);
});

it('begins nothing more when the reader stops', async () => {
  const begun: number[] = [];
  const work = async (n: number) => {
    begun.push(n);
    return n;
  };
  for await (const i of ahead([0, 1, 2, 3, 4, 5, 6, 7], 2, work)) if (i === 1) break;
  expect(begun.length).toBeLessThanOrEqual(4);
});
