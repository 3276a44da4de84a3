import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadPipeline } from '../../../../src/config/pipeline.js';
import { momentsOf } from '../../../../src/imaging/steps/moments.js';
import { prepare, wantedSize } from '../../../../src/imaging/steps/pipeline.js';
import { golden } from './golden.js';

const steps = (overrides: object) => loadPipeline({ steps: overrides }).settings;
const SUBJECT = { imageId: 'image', copy: 0, seed: 7 };
const SMALL = { resize: { width: 24, height: 20 } };

describe('prepare', () => {
  it('makes of any image what the shipped file says: grey, 224 x 224, from 0 to 1', async () => {
    for (const name of ['grey', 'rgb']) {
      const { picture, histogram } = prepare(await golden(name), steps({}), SUBJECT);
      expect([picture.width, picture.height, picture.channels]).toEqual([224, 224, 1]);
      const { min, max } = momentsOf(picture.data);
      expect(min).toBeGreaterThanOrEqual(0);
      expect(max).toBeLessThanOrEqual(1 + 1e-6);
      expect(max - min).toBeGreaterThan(name === 'grey' ? 0.999 : 0.5);
      expect(histogram).toBeUndefined();
    }
  });

  it('does nothing where everything is switched off', async () => {
    const image = await golden('rgb');
    const off = Object.fromEntries(
      ['resize', 'normalise', 'colour', 'augment', 'denoise', 'features'].map((step) => [
        step,
        { enabled: false },
      ]),
    );
    const { picture } = prepare(image, steps(off), SUBJECT);
    expect([picture.width, picture.height, picture.channels]).toEqual([
      image.width,
      image.height,
      image.channels,
    ]);
    expect([...picture.data]).toEqual([...image.data]);
  });

  it('follows the order: statistics of the histogram are those of its place', async () => {
    const image = await golden('grey');
    const features = { enabled: true, bins: 4, range: [0, 1] };
    const late = prepare(image, steps({ ...SMALL, features }), SUBJECT);
    const order = ['features', 'resize', 'normalise', 'colour', 'augment', 'denoise', 'flatten', 'batch'];
    const early = prepare(image, steps({ ...SMALL, features, order }), SUBJECT);
    expect(late.histogram?.reduce((a, b) => a + b)).toBeCloseTo(1, 5);
    // Before normalising, grey levels of 0 to 255: hardly any lies between 0 and 1.
    expect(early.histogram?.reduce((a, b) => a + b)).toBeLessThan(0.1);
    expect(early.picture).toEqual(late.picture);
  });

  it('changes copies and never originals, each copy in its own way', async () => {
    const image = await golden('grey');
    const settings = steps({ ...SMALL, augment: { copies: 3 } });
    const tensors = [0, 1, 2, 3].map((copy) => prepare(image, settings, { ...SUBJECT, copy }).picture.data);
    expect(tensors[0]).toEqual(prepare(image, steps(SMALL), SUBJECT).picture.data);
    expect(new Set(tensors.map((tensor) => tensor.join())).size).toBe(4);
    expect(prepare(image, settings, { ...SUBJECT, copy: 2 }).picture.data).toEqual(tensors[2]);
    expect(prepare(image, settings, { ...SUBJECT, copy: 2, seed: 8 }).picture.data).not.toEqual(tensors[2]);
    expect(prepare(image, settings, { ...SUBJECT, copy: 2, imageId: 'b' }).picture.data).not.toEqual(
      tensors[2],
    );
  });

  it('normalises by the training split where told, and refuses without its statistics', async () => {
    const image = await golden('grey');
    const settings = steps({ ...SMALL, normalise: { method: 'z-score', scope: 'train' } });
    const raw = prepare(image, steps({ ...SMALL, normalise: { method: 'none' } }), SUBJECT);
    const train = momentsOf(raw.picture.data);
    const own = prepare(image, steps({ ...SMALL, normalise: { method: 'z-score' } }), SUBJECT);
    expect(prepare(image, settings, { ...SUBJECT, train }).picture).toEqual(own.picture);
    const shifted = { ...train, mean: train.mean + 10 };
    const moved = prepare(image, settings, { ...SUBJECT, train: shifted });
    const sigma = Math.sqrt(train.squares / train.count);
    for (const [i, value] of moved.picture.data.entries())
      expect(value).toBeCloseTo((own.picture.data[i] ?? 0) - 10 / sigma, 4);
    expect(() => prepare(image, settings, SUBJECT)).toThrow(RangeError);
  });
});

describe('wantedSize', () => {
  it('is the size of the picture within its letterbox', () => {
    const wanted = wantedSize(steps({ resize: { fit: 'letterbox' } }));
    expect(wanted?.({ width: 448, height: 224 })).toEqual({
      size: expect.objectContaining({ width: 224, height: 112 }),
      filter: 'bilinear',
    });
  });

  it('is none where something comes before resizing, or resizing is not to average', () => {
    const late = ['colour', 'resize', 'normalise', 'augment', 'denoise', 'features', 'flatten', 'batch'];
    for (const overrides of [
      { order: late },
      { resize: { enabled: false } },
      { resize: { fastDecode: false } },
      { resize: { antialias: false } },
    ])
      expect(wantedSize(steps(overrides))).toBeUndefined();
  });
});

describe('the shipped steps', () => {
  it('do the same on any picture whatever ran before', async () => {
    const image = await golden('grey');
    const settings = steps({ ...SMALL, augment: { copies: 2 }, denoise: { enabled: true } });
    const alone = new Map(
      [0, 1, 2].map((copy) => [copy, prepare(image, settings, { ...SUBJECT, copy }).picture]),
    );
    fc.assert(
      fc.property(fc.array(fc.constantFrom(0, 1, 2), { maxLength: 6 }), (order) => {
        for (const copy of order)
          expect(prepare(image, settings, { ...SUBJECT, copy }).picture).toEqual(alone.get(copy));
      }),
      { numRuns: 10 },
    );
  });
});
