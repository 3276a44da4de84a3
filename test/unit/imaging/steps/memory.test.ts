import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { floats, KeptMemory } from '../../../../src/imaging/steps/memory.js';

describe('memory of a thread', () => {
  it('gives nothing to two at once', () => {
    fc.assert(
      fc.property(fc.array(fc.array(fc.nat(40), { maxLength: 8 }), { maxLength: 6 }), (rounds) => {
        const memory = new KeptMemory(400);
        for (const lengths of rounds) {
          memory.again();
          const taken = lengths.map((length, i) => floats(memory, length).fill(i));
          for (const [i, one] of taken.entries()) {
            expect(one).toHaveLength(lengths[i] ?? -1);
            expect(one.every((value) => value === i)).toBe(true);
          }
        }
      }),
    );
  });

  it('is taken again as soon as it is known how much is needed, and no more than allowed is kept', () => {
    const memory = new KeptMemory(1000);
    const take = (length: number) => {
      memory.again();
      return floats(memory, length).buffer;
    };
    take(100);
    const kept = take(100);
    expect(take(100)).toBe(kept);
    expect(take(50)).toBe(kept);
    take(1000);
    expect(take(1000)).not.toBe(take(1000));
  });
});
