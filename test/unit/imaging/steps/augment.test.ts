import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { augment, changeOf, flip, rotate } from '../../../../src/imaging/steps/augment.js';
import { type Picture, pictureOf } from '../../../../src/imaging/steps/picture.js';
import { expectGolden, golden } from './golden.js';

const LIMITS = { rotation: 10, flip: true, brightness: 0.2 };
const copies = fc.record({ seed: fc.nat(), imageId: fc.string(), copy: fc.integer({ min: 1, max: 100 }) });
const side = fc.integer({ min: 1, max: 12 });
const pictures: fc.Arbitrary<Picture> = fc
  .tuple(side, side, fc.constantFrom(1, 3))
  .chain(([width, height, channels]) =>
    fc
      .float32Array({
        minLength: width * height * channels,
        maxLength: width * height * channels,
        min: 0,
        max: 1,
        noNaN: true,
      })
      .map((data) => ({ width, height, channels: channels as 1 | 3, data })),
  );

describe('changeOf', () => {
  it('stays within the limits and is the same each time', () => {
    fc.assert(
      fc.property(copies, (copy) => {
        const change = changeOf(copy, LIMITS);
        expect(Math.abs(change.angle)).toBeLessThanOrEqual(LIMITS.rotation);
        expect(Math.abs(change.brighter)).toBeLessThanOrEqual(LIMITS.brightness);
        expect(changeOf({ ...copy }, LIMITS)).toEqual(change);
        expect(changeOf(copy, { ...LIMITS, flip: false })).toEqual({ ...change, flipped: false });
      }),
    );
  });

  it('spreads evenly: halves flipped, half turned left, half brighter', () => {
    const changes = Array.from({ length: 4000 }, (_, n) =>
      changeOf({ seed: 1, imageId: `image-${n >> 2}`, copy: 1 + (n & 3) }, LIMITS),
    );
    const share = (is: (change: (typeof changes)[number]) => boolean) =>
      changes.filter(is).length / changes.length;
    // Five standard deviations of 4000 throws.
    for (const half of [share((c) => c.flipped), share((c) => c.angle < 0), share((c) => c.brighter < 0)])
      expect(Math.abs(half - 0.5)).toBeLessThan(0.04);
    expect(Math.abs(share((c) => Math.abs(c.angle) < 2.5) - 0.25)).toBeLessThan(0.035);
    expect(new Set(changes.map((c) => c.angle)).size).toBe(changes.length);
  });
});

describe('augment', () => {
  it('turns and mirrors as SciPy and NumPy do', async () => {
    const grey = pictureOf(await golden('grey'));
    await expectGolden(rotate(grey, 12, Math.min(...grey.data)), 'rotated');
    await expectGolden(flip(grey), 'flipped');
  });

  it('without a change gives the picture', () => {
    fc.assert(
      fc.property(pictures, (picture) => {
        expect(augment(picture, { angle: 0, flipped: false, brighter: 0 })).toEqual(picture);
        expect(flip(flip(picture))).toEqual(picture);
      }),
    );
  });

  it('never leaves the range of the picture', () => {
    const changes = fc.record({
      angle: fc.double({ min: -180, max: 180, noNaN: true }),
      flipped: fc.boolean(),
      brighter: fc.double({ min: -1, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(pictures, changes, (picture, change) => {
        const [low, high] = [Math.min(...picture.data), Math.max(...picture.data)];
        const { data } = augment(picture, change);
        expect(data).toHaveLength(picture.data.length);
        for (const value of data) {
          expect(value).toBeGreaterThanOrEqual(low - 1e-6);
          expect(value).toBeLessThanOrEqual(high + 1e-6);
        }
      }),
    );
  });

  it('half a turn is both mirrors', () => {
    fc.assert(
      fc.property(pictures, (picture) => {
        const { data } = rotate(picture, 180, 0);
        const { channels } = picture;
        const pixels = picture.width * picture.height;
        for (let i = 0; i < data.length; i++) {
          const from = (pixels - 1 - Math.floor(i / channels)) * channels + (i % channels);
          expect(data[i]).toBeCloseTo(picture.data[from] ?? 0, 5);
        }
      }),
    );
  });
});
