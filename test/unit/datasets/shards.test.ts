import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ExampleName,
  exampleId,
  orderKey,
  planShards,
  shardName,
} from '../../../src/datasets/shards.js';

const names = fc.uniqueArray(
  fc.record({
    imageId: fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 1 }),
    copy: fc.integer({ min: 0, max: 3 }),
  }),
  {
    selector: exampleId,
    maxLength: 60,
  },
);

const ordered = (examples: readonly ExampleName[], seed: number) =>
  examples.toSorted((a, b) => (orderKey(seed, a) < orderKey(seed, b) ? -1 : 1));

describe('orderKey', () => {
  it('differs where examples do', () => {
    fc.assert(
      fc.property(names, fc.nat(), (examples, seed) => {
        expect(new Set(examples.map((example) => orderKey(seed, example))).size).toBe(examples.length);
      }),
    );
  });

  it('gives another order with another seed, and mixes what was listed apart', () => {
    const examples = Array.from({ length: 1000 }, (_, i) => ({ imageId: `image-${i}`, copy: 0 }));
    const order = ordered(examples, 1);
    expect(ordered(examples, 2)).not.toEqual(order);
    const early = order.slice(0, 500).filter(({ imageId }) => Number(imageId.slice(6)) < 500).length;
    // Five standard deviations of the hypergeometric distribution.
    expect(Math.abs(early - 250)).toBeLessThan(40);
  });
});

describe('planShards', () => {
  it('covers all examples once, in order, in even files within the size', () => {
    fc.assert(
      fc.property(
        fc.nat(5000),
        fc.integer({ min: 1, max: 1000 }),
        fc.integer({ min: 1, max: 100_000 }),
        (examples, bytes, size) => {
          const shards = planShards(examples, bytes, size);
          expect(shards.flatMap(({ from, to }) => [from, to])).toEqual(
            shards.flatMap((_, i) => [
              i === 0 ? 0 : shards[i - 1]?.to,
              i === shards.length - 1 ? examples : shards[i + 1]?.from,
            ]),
          );
          const lengths = shards.map(({ from, to }) => to - from);
          for (const length of lengths) expect(length * bytes <= size || length === 1).toBe(true);
          if (lengths.length > 0) expect(Math.max(...lengths) - Math.min(...lengths)).toBeLessThanOrEqual(1);
          expect(shards.every(({ index, count }, i) => index === i && count === shards.length)).toBe(true);
          expect(shards.length === 0).toBe(examples === 0);
        },
      ),
    );
  });

  it('names files so that they sort and say how many there are', () => {
    expect(shardName('train', { index: 3, count: 42, from: 0, to: 1 }, 'tfrecord')).toBe(
      'train-00003-of-00042.tfrecord',
    );
  });
});
