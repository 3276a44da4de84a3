import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Candidate, select } from '../../../../src/models/feedback/select.js';

const PROTECTED = new Set(['p0', 'p1']);
const finding = fc.record({
  classId: fc.integer({ min: 0, max: 3 }),
  confidence: fc.constantFrom(0.1, 0.89, 0.9, 0.91, 1),
  bbox: fc.constant([0, 0, 1, 1] as const),
});
const candidates = fc.uniqueArray(
  fc.record({
    imageId: fc.string({ minLength: 1, maxLength: 4 }),
    patient: fc.constantFrom('p0', 'p1', 'p2', 'p3'),
    predictions: fc.array(finding, { maxLength: 4 }),
    corrections: fc.option(fc.array(finding, { maxLength: 3 }), { nil: undefined }),
  }),
  { selector: ({ imageId }) => imageId },
);

it('takes corrections and images each of whose boxes passes, of nobody whom models are measured on', () => {
  fc.assert(
    fc.property(candidates, (all: Candidate[]) => {
      const { selected, left } = select(all, 0.9, (patient) => PROTECTED.has(patient));
      expect(selected.length + left.length).toBe(all.length);
      for (const { imageId, patient, predictions, corrections } of all) {
        const taken = selected.find((s) => s.imageId === imageId);
        const confident = predictions.length > 0 && predictions.every((p) => p.confidence > 0.9);
        expect(taken !== undefined).toBe(!PROTECTED.has(patient) && (corrections !== undefined || confident));
        expect(taken?.labels ?? null).toBe(taken ? (corrections ?? predictions) : null);
      }
    }),
  );
});

it('does not depend on the order it is given', () => {
  fc.assert(
    fc.property(candidates, (all) => {
      const never = () => false;
      expect(select([...all].reverse(), 0.9, never)).toEqual(select(all, 0.9, never));
    }),
  );
});

it('says why an image was left', () => {
  const one = { imageId: 'a', patient: 'p9', corrections: undefined };
  const low = { classId: 0, confidence: 0.9, bbox: null };
  const why = (candidate: Candidate) => select([candidate], 0.9, (p) => PROTECTED.has(p)).left[0]?.why;
  expect(why({ ...one, predictions: [] })).toBe('NO_FINDING');
  expect(why({ ...one, predictions: [low] })).toBe('LOW_CONFIDENCE');
  expect(why({ ...one, patient: 'p0', predictions: [], corrections: [low] })).toBe('PROTECTED_PATIENT');
});
