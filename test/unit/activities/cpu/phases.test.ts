import fc from 'fast-check';
import { expect, it } from 'vitest';
import { stepsBefore } from '../../../../src/activities/cpu/processing/phases.js';
import { loadPipeline } from '../../../../src/config/pipeline.js';
import { momentsOf } from '../../../../src/imaging/steps/moments.js';
import { prepare } from '../../../../src/imaging/steps/pipeline.js';
import { seeded } from '../../../support/random.js';

const STEPS = ['resize', 'normalise', 'colour', 'augment', 'denoise', 'features'];

/** Any order, any switches, small pictures. */
const pipelines = fc
  .record({
    order: fc.shuffledSubarray(STEPS, { minLength: STEPS.length }),
    scope: fc.constantFrom('image', 'train'),
    method: fc.constantFrom('min-max', 'z-score', 'none'),
    denoise: fc.boolean(),
    features: fc.boolean(),
    to: fc.constantFrom('grey', 'rgb'),
  })
  .map(
    ({ order, scope, method, denoise, features, to }) =>
      loadPipeline({
        steps: {
          order: [...order, 'flatten', 'batch'],
          resize: { width: 9, height: 8 },
          normalise: { scope, method },
          colour: { to },
          augment: { copies: 2, flip: true },
          denoise: { enabled: denoise },
          features: { enabled: features, bins: 8 },
        },
      }).settings,
  );

it('the two phases, one after the other, are all steps at once', () => {
  fc.assert(
    fc.property(
      pipelines,
      fc.nat(2),
      fc.constantFrom(1, 3),
      fc.nat(1000),
      (pipeline, copy, channels, seed) => {
        const random = seeded(seed);
        const data = Float32Array.from({ length: 12 * 11 * channels }, () => random() * 255);
        const image = { width: 12, height: 11, channels: channels as 1 | 3, data, maxValue: 255 };
        const train = momentsOf(Float32Array.of(3, 90, 200));
        const subject = { imageId: 'i', copy, seed: 5, train };
        const whole = prepare(image, pipeline, subject);
        const { first, second } = stepsBefore(pipeline);
        // The first is done once, for the original.
        const between = prepare(image, first, { ...subject, copy: 0 }).picture;
        const parts = prepare({ ...between, maxValue: 255 }, second, subject);
        expect(parts.picture).toEqual(whole.picture);
        expect(parts.histogram).toEqual(whole.histogram);
      },
    ),
  );
});

it('what is between is what normalising of an original finds done', () => {
  fc.assert(
    fc.property(pipelines, (pipeline) => {
      const { first, between } = stepsBefore(pipeline);
      const before = pipeline.order.slice(0, pipeline.order.indexOf('normalise'));
      expect([...first.order, ...between.order]).toEqual(before);
    }),
  );
});
