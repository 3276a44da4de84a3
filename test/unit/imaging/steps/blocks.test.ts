import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BLOCK } from '../../../../src/imaging/steps/kernel.js';
import { momentsOf } from '../../../../src/imaging/steps/moments.js';
import { normalise } from '../../../../src/imaging/steps/normalise.js';
import { packed, unpacked } from '../../../../src/imaging/steps/samples.js';

/** Around the ends of blocks, and of four numbers. */
const lengths = fc.oneof(
  fc.integer({ min: 1, max: 40 }),
  fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: -9, max: 9 })).map(([n, by]) => n * BLOCK + by),
);

/** So many numbers that `next` makes of chance. */
const pictures = (next: (chance: number) => number) =>
  fc.tuple(lengths, fc.integer()).map(([length, seed]) => {
    let state = seed;
    return Float32Array.from({ length }, () => {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0;
      return next(state / 2 ** 32);
    });
  });

const SOME = { numRuns: 40 };

const bytesOf = ({ buffer, byteOffset, byteLength }: Uint8Array | Uint16Array | Float32Array) =>
  new Uint8Array(buffer, byteOffset, byteLength);

describe('a picture block by block', () => {
  it('has the moments that all its numbers together have', () => {
    fc.assert(
      fc.property(
        pictures((chance) => 300 * chance - 20),
        (data) => {
          const moments = momentsOf(data);
          const mean = data.reduce((sum, value) => sum + value, 0) / data.length;
          const squares = data.reduce((sum, value) => sum + (value - mean) ** 2, 0);
          expect(moments.count).toBe(data.length);
          expect(moments.min).toBe(data.reduce((a, b) => Math.min(a, b)));
          expect(moments.max).toBe(data.reduce((a, b) => Math.max(a, b)));
          expect(Math.abs(moments.mean - mean)).toBeLessThan(1e-10);
          expect(Math.abs(moments.squares - squares)).toBeLessThan(1e-9 * (1 + squares));
        },
      ),
      SOME,
    );
  });

  it('is normalised number by number, in double precision', () => {
    fc.assert(
      fc.property(
        pictures((chance) => 300 * chance - 20),
        fc.constantFrom('min-max' as const, 'z-score' as const),
        (data, method) => {
          const own = { count: 1000, mean: 99.3, squares: 77_777, min: -3.7, max: 201.1 };
          const [from, by] =
            method === 'min-max' ? [-3.7, 201.1 - -3.7] : [99.3, Math.sqrt(own.squares / own.count)];
          const out = normalise({ width: data.length, height: 1, channels: 1, data }, { method }, own);
          expect(out.data).toEqual(data.map((value) => (value - from) / by));
        },
      ),
      SOME,
    );
  });

  it.each([
    ['one byte', 1, (chance: number) => Math.floor(256 * chance)],
    ['two bytes', 2, (chance: number) => Math.floor(65_281 * chance) / 256],
    ['four bytes', 4, (chance: number) => 255 * chance],
  ])('waits in %s a number, and comes back as it was', (_, bytes, next) => {
    fc.assert(
      fc.property(pictures(next), (data) => {
        fc.pre(bytes === 1 || data.length > 20);
        const samples = packed(data);
        expect(samples.BYTES_PER_ELEMENT).toBe(bytes);
        expect(unpacked(bytesOf(samples), data.length)).toEqual(data);
      }),
      SOME,
    );
  });

  it('waits as small as it can after one that could not', () => {
    for (const [bytes, small] of [
      [1, [5]],
      [1, [5, 6, 7]],
      [2, [1 / 256, ...Array(20).fill(3)]],
      [2, [1 / 256, ...Array(22).fill(3)]],
    ] as const) {
      packed(new Float32Array(BLOCK).fill(0.3));
      expect(packed(Float32Array.from(small)).BYTES_PER_ELEMENT).toBe(bytes);
    }
  });

  it('with one number in it that does not fit comes back as it was', () => {
    const below = [-1, -1 / 256, -Infinity];
    const above = [256, 256.01, 1e10, Infinity];
    const between = [0.5, 255.9, 1 / 256, 65_535 / 256, Number.NaN];
    fc.assert(
      fc.property(
        pictures((chance) => Math.floor(256 * chance)),
        fc.nat(),
        fc.constantFrom(...below, ...above, ...between),
        (data, at, odd) => {
          data[at % data.length] = odd;
          const samples = packed(data);
          expect(samples).not.toBeInstanceOf(Uint8Array);
          expect(unpacked(bytesOf(samples), data.length)).toEqual(data);
        },
      ),
    );
  });
});
