import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ALIKE_BITS,
  bandsOf,
  bitsOf,
  distance,
  looksOf,
  type Plane,
} from '../../../../src/datasets/preflight/looks.js';
import { Survey, type Surveyed } from '../../../../src/datasets/preflight/survey.js';
import { sha256 } from '../../../../src/datasets/version/canonical.js';
import { seeded } from '../../../support/random.js';

/** A picture of broad shapes, another one for each seed. */
function plane(seed: number, side = 96): Plane {
  const random = seeded(seed);
  const spots = Array.from({ length: 12 }, () => [random(), random(), 0.05 + random() * 0.2, random() * 200]);
  const data = new Float32Array(side * side);
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++)
      for (const [cx = 0, cy = 0, r = 1, grey = 0] of spots)
        data[y * side + x] =
          (data[y * side + x] as number) +
          grey * Math.exp(-(((x / side - cx) / r) ** 2) - ((y / side - cy) / r) ** 2);
  return { width: side, height: side, channels: 1, data };
}

const apart = (a: string, b: string) => distance(bitsOf(a), bitsOf(b));

describe('looks', () => {
  it('changes little with size, noise and brightness, and much from picture to picture', () => {
    const random = seeded(1);
    for (let seed = 0; seed < 20; seed++) {
      const looks = looksOf(plane(seed));
      const noisy = plane(seed);
      const data = Float32Array.from(noisy.data, (v) => 0.8 * v + 20 + random() * 3);
      expect(apart(looks, looksOf(plane(seed, 160)))).toBeLessThanOrEqual(ALIKE_BITS);
      expect(apart(looks, looksOf({ ...noisy, data }))).toBeLessThanOrEqual(ALIKE_BITS);
      expect(apart(looks, looksOf(plane(seed + 100)))).toBeGreaterThan(4 * ALIKE_BITS);
    }
  });

  it('is there for pictures smaller than its grid, and for flat ones', () => {
    expect(looksOf({ width: 1, height: 1, channels: 1, data: [7] })).toBe('0'.repeat(64));
    expect(looksOf({ width: 3, height: 2, channels: 1, data: [0, 9, 0, 9, 0, 9] })).toMatch(/^[0-9a-f]{64}$/);
  });

  it('two hashes that differ in no more than the bits that count as alike share a band', () => {
    const hex = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes));
    const bits = fc.uniqueArray(fc.nat(255), { maxLength: ALIKE_BITS });
    fc.assert(
      fc.property(hex, bits, (bytes, flipped) => {
        const other = Buffer.from(bytes);
        for (const bit of flipped) other[bit >> 3] = (other[bit >> 3] as number) ^ (1 << (bit & 7));
        const [a, b] = [bytes.toString('hex'), other.toString('hex')];
        expect(apart(a, b)).toBe(flipped.length);
        const bands = bandsOf(b);
        expect(bandsOf(a).some((band, i) => band === bands[i])).toBe(true);
      }),
    );
  });
});

const image = (imageId: string, split: string, over: Partial<Surveyed> = {}): Surveyed => ({
  imageId,
  split,
  class: 'NORMAL',
  hash: sha256(imageId),
  looks: sha256(imageId),
  width: 100,
  height: 80,
  bits: 8,
  format: 'jpeg',
  ...over,
});

async function surveyed(images: readonly Surveyed[]) {
  const survey = new Survey(['train', 'val', 'test'], ['NORMAL', 'PNEUMONIA']);
  try {
    for (const one of images) await survey.add(one);
    return { facts: survey.facts(), findings: await survey.findings() };
  } finally {
    await survey.close();
  }
}

describe('survey', () => {
  it('finds equal files within and across splits, and keeps what a model is judged by', async () => {
    const hash = sha256('same');
    const { findings } = await surveyed([
      image('a', 'train', { hash }),
      image('b', 'train', { hash }),
      image('c', 'test', { hash, class: 'PNEUMONIA' }),
      image('d', 'val'),
    ]);
    expect(findings.duplicates).toEqual({ withinSplits: 1, acrossSplits: 1, conflictingLabels: 1 });
    expect(findings.leaks).toBe(1);
    expect([...findings.drops].sort()).toEqual(['a', 'b']);
  });

  it('finds patients in two splits', async () => {
    const { findings } = await surveyed([
      image('a', 'train', { patient: 'P1' }),
      image('b', 'val', { patient: 'P1' }),
      image('c', 'train', { patient: 'P2' }),
      image('d', 'train'),
    ]);
    expect(findings.patients).toEqual({ known: 2, acrossSplits: 1, imagesWithout: 1 });
    expect(findings.examples.patients).toEqual([{ patient: 'P1', splits: ['train', 'val'] }]);
    expect([...findings.drops]).toEqual(['a']);
  });

  it('counts a pair that looks alike once, and an equal file not as one', async () => {
    const looks = sha256('picture');
    const near = `${looks.slice(0, -1)}${(Number.parseInt(looks.slice(-1), 16) ^ 1).toString(16)}`;
    const { findings } = await surveyed([
      image('a', 'train', { looks }),
      image('b', 'test', { looks: near }),
      image('c', 'train', { looks, hash: sha256('a') }),
    ]);
    expect(findings.alike.acrossSplits).toBe(2);
    expect(findings.leaks).toBe(0);
  });

  it('finds the same in whatever order images come', async () => {
    const looks = [sha256('a'), sha256('b'), `${sha256('a').slice(0, -1)}0`];
    const some = fc.array(
      fc.record({
        split: fc.constantFrom('train', 'val', 'test'),
        hash: fc.nat(4),
        patient: fc.nat(5),
        look: fc.nat(2),
      }),
      { maxLength: 20 },
    );
    await fc.assert(
      fc.asyncProperty(some, fc.nat(1000), async (drawn, seed) => {
        const images = drawn.map(({ split, hash, patient, look }, i) =>
          image(`i${i}`, split, {
            hash: sha256(`h${hash}`),
            patient: `P${patient}`,
            looks: looks[look] as string,
          }),
        );
        const random = seeded(seed);
        const turned = images.map((one) => ({ one, at: random() })).sort((a, b) => a.at - b.at);
        const [a, b] = [await surveyed(images), await surveyed(turned.map(({ one }) => one))];
        expect(JSON.stringify({ ...b.findings, drops: [...b.findings.drops].sort() })).toBe(
          JSON.stringify({ ...a.findings, drops: [...a.findings.drops].sort() }),
        );
        expect(JSON.stringify(b.facts)).toBe(JSON.stringify(a.facts));
      }),
      { numRuns: 50 },
    );
  });

  it('leaves no leak behind the drops', async () => {
    const some = fc.array(
      fc.record({ split: fc.constantFrom('train', 'val', 'test'), hash: fc.nat(5), patient: fc.nat(8) }),
      { maxLength: 25 },
    );
    await fc.assert(
      fc.asyncProperty(some, async (drawn) => {
        const images = drawn.map(({ split, hash, patient }, i) =>
          image(`i${i}`, split, { hash: sha256(`h${hash}`), patient: `P${patient}` }),
        );
        const { findings } = await surveyed(images);
        const left = images.filter(({ imageId }) => !findings.drops.has(imageId));
        expect((await surveyed(left)).findings.leaks).toBe(0);
      }),
      { numRuns: 50 },
    );
  });

  it('sums up sizes, kinds and balance, counting what is not there too', async () => {
    const { facts } = await surveyed([
      image('a', 'train'),
      image('b', 'train', { width: 50, bits: 16, format: 'png', view: 'PA' }),
    ]);
    expect(facts).toEqual({
      classBalance: {
        train: { NORMAL: 2, PNEUMONIA: 0 },
        val: { NORMAL: 0, PNEUMONIA: 0 },
        test: { NORMAL: 0, PNEUMONIA: 0 },
      },
      sizes: [
        { size: '100 x 80', images: 1 },
        { size: '50 x 80', images: 1 },
      ],
      width: { min: 50, max: 100 },
      height: { min: 80, max: 80 },
      formats: { jpeg: 1, png: 1 },
      bits: { '8': 1, '16': 1 },
      views: { PA: 1, unknown: 1 },
    });
  });
});
