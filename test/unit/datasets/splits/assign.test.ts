import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assignSplits, type Unit } from '../../../../src/datasets/splits/assign.js';
import { DETECTION_SPLITS, splitSizes } from '../../../../src/datasets/splits/sizes.js';

const unit = (id: string, images = 1, classes: Record<string, number> = {}): Unit => ({
  id,
  images,
  classes: new Map(Object.entries(classes)),
});
const singles = (n: number) => Array.from({ length: n }, (_, i) => unit(`u${i}`));
const options = { splits: DETECTION_SPLITS, seed: 1, stratify: false };

function sizesOf(units: readonly Unit[], assigned: ReadonlyMap<string, string>): Record<string, number> {
  const sizes: Record<string, number> = Object.fromEntries(
    Object.keys(DETECTION_SPLITS).map((name) => [name, 0]),
  );
  for (const { id, images } of units) {
    const split = assigned.get(id) as string;
    sizes[split] = (sizes[split] ?? 0) + images;
  }
  return sizes;
}

describe('splitSizes', () => {
  it('are those of VinDr at 15,000', () =>
    expect(splitSizes(DETECTION_SPLITS, 15_000)).toEqual(DETECTION_SPLITS));

  it('are the largest remainders', () => {
    // Quotas of 20: 15.33, 1, 1, 1.33, 0.67, 0.67.
    expect(Object.values(splitSizes(DETECTION_SPLITS, 20))).toEqual([15, 1, 1, 1, 1, 1]);
    expect(splitSizes({ a: 1, b: 1, c: 1 }, 2)).toEqual({ a: 1, b: 1, c: 0 });
  });

  it('add up, and none is a whole image off its quota', () => {
    const splits = fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.integer({ min: 0, max: 20_000 }), {
      minKeys: 1,
    });
    fc.assert(
      fc.property(splits, fc.nat(200_000), (spec, total) => {
        const whole = Object.values(spec).reduce((a, b) => a + b, 0);
        fc.pre(whole > 0);
        const sizes = splitSizes(spec, total);
        expect(Object.values(sizes).reduce((a, b) => a + b, 0)).toBe(total);
        for (const [name, size] of Object.entries(sizes))
          expect(Math.abs(size - (total * (spec[name] ?? 0)) / whole)).toBeLessThan(1);
      }),
    );
  });
});

describe('assignSplits', () => {
  it('is exact with one image a patient, at 15,000', () => {
    const units = singles(15_000);
    expect(sizesOf(units, assignSplits(units, options))).toEqual(DETECTION_SPLITS);
  });

  it('loses no unit, whatever they are, and is exact with one image a unit', () => {
    const some = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 6 }), { maxLength: 120 });
    fc.assert(
      fc.property(some, fc.nat(), fc.boolean(), (ids, seed, stratify) => {
        const units = ids.map((id, i) =>
          unit(id, 1, i % 3 === 0 ? { x: 1, y: 1 } : i % 3 === 1 ? { y: 1 } : {}),
        );
        const assigned = assignSplits(units, { ...options, seed, stratify });
        expect(sizesOf(units, assigned)).toEqual(splitSizes(DETECTION_SPLITS, ids.length));
      }),
    );
  });

  it('comes as near as units of several images allow', () => {
    const units = Array.from({ length: 600 }, (_, i) => unit(`p${i}`, 1 + (i % 4)));
    const sizes = sizesOf(units, assignSplits(units, options));
    // A quarter of the patients has one image: they fill what the others leave.
    expect(sizes).toEqual(
      splitSizes(
        DETECTION_SPLITS,
        units.reduce((n, { images }) => n + images, 0),
      ),
    );
    const pairs = Array.from({ length: 300 }, (_, i) => unit(`p${i}`, 2));
    const wanted = splitSizes(DETECTION_SPLITS, 600);
    for (const [name, size] of Object.entries(sizesOf(pairs, assignSplits(pairs, options))))
      expect(Math.abs(size - (wanted[name] ?? 0))).toBeLessThanOrEqual(2);
  });

  it('spreads patients of many images over the splits instead of giving them all to the largest', () => {
    const units = Array.from({ length: 2000 }, (_, i) => unit(`p${i}`, i < 400 ? 5 : 1));
    const assigned = assignSplits(units, options);
    const large = units.slice(0, 400).filter(({ id }) => assigned.get(id) === 'training').length;
    expect(large / 400).toBeGreaterThan(0.7);
    expect(large / 400).toBeLessThan(0.83);
  });

  it('depends on the seed and on nothing else', () => {
    const units = singles(300);
    const one = assignSplits(units, options);
    expect(new Map([...assignSplits([...units].reverse(), options)].sort())).toEqual(
      new Map([...one].sort()),
    );
    const other = assignSplits(units, { ...options, seed: 2 });
    const moved = units.filter(({ id }) => one.get(id) !== other.get(id)).length;
    expect(moved).toBeGreaterThan(30);
  });

  it('keeps remembered splits, and fills up the others', () => {
    const before = assignSplits(singles(200), options);
    const units = singles(300);
    const after = assignSplits(units, { ...options, seed: 99, remembered: before });
    for (const [id, split] of before) expect(after.get(id)).toBe(split);
    expect(sizesOf(units, after)).toEqual(splitSizes(DETECTION_SPLITS, 300));
  });

  it('stratified, every split has its share of every class, rare ones too', () => {
    const units = Array.from({ length: 3000 }, (_, i) =>
      unit(`u${i}`, 1, {
        ...(i % 2 ? { common: 1 } : {}),
        ...(i % 30 === 0 ? { rare: 1 } : {}),
        ...(i % 7 === 0 ? { some: 1 } : {}),
      }),
    );
    const assigned = assignSplits(units, { ...options, stratify: true });
    const sizes = splitSizes(DETECTION_SPLITS, 3000);
    expect(sizesOf(units, assigned)).toEqual(sizes);
    for (const label of ['common', 'rare', 'some']) {
      const having = units.filter(({ classes }) => classes.has(label));
      for (const [name, size] of Object.entries(sizes)) {
        const here = having.filter(({ id }) => assigned.get(id) === name).length;
        expect(Math.abs(here - (having.length * size) / 3000), `${label} in ${name}`).toBeLessThanOrEqual(2);
      }
    }
  });
});
