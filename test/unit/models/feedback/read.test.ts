import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CxrError } from '../../../../src/errors.js';
import { insideImage, readFeedback } from '../../../../src/models/feedback/read.js';
import type { Feedback } from '../../../../src/models/feedback/types.js';
import { feedbackJson } from '../../../../src/models/feedback/write.js';

const read = (value: unknown, classes = 14) =>
  readFeedback(Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)), 'named', classes);
const codeOf = (work: () => unknown) => {
  try {
    work();
  } catch (error) {
    return error instanceof CxrError ? error.code : error;
  }
  return undefined;
};
const box = { class_id: 3, confidence: 0.95, bbox: [1, 2, 30, 40] };
const finding = { classId: 3, confidence: 0.95, bbox: [1, 2, 30, 40] };

describe('a feedback file', () => {
  it.each([
    ['an object, as the old simulator wrote it', box, 'named'],
    ['an object that names its image', { ...box, image_id: 'a' }, 'a'],
    ['an object with predictions', { image_id: 'a', predictions: [box] }, 'a'],
    ['predictions that name their image', { predictions: [{ ...box, image_id: 'a' }] }, 'a'],
    ['a list of one', [{ ...box, image_id: 'a' }], 'a'],
  ])('may be %s', (_, value, imageId) => {
    expect(read(value)).toEqual([{ imageId, modelVersion: null, timestamp: null, predictions: [finding] }]);
  });

  it('may be about many images, each with its boxes', () => {
    const found = read([
      { ...box, image_id: 'a' },
      { ...box, image_id: 'b', class_id: 1 },
      { ...box, image_id: 'a', class_id: 2 },
    ]);
    expect(found.map(({ imageId, predictions }) => [imageId, predictions.map((p) => p.classId)])).toEqual([
      ['a', [3, 2]],
      ['b', [1]],
    ]);
  });

  it('may say that the model found nothing', () => {
    expect(read({ image_id: 'a', class_id: null, confidence: null, bbox: null, predictions: [] })).toEqual([
      { imageId: 'a', modelVersion: null, timestamp: null, predictions: [] },
    ]);
    expect(read({ image_id: 'a', class_id: null, confidence: null, bbox: null })[0]?.predictions).toEqual([]);
  });

  it('keeps model version and time, also as seconds', () => {
    const [one] = read({ ...box, model_version: 'v7', timestamp: 1_700_000_000.5 });
    expect(one).toMatchObject({ modelVersion: 'v7', timestamp: '2023-11-14T22:13:20.500Z' });
  });

  it.each([
    ['no JSON', 'not json', 'FEEDBACK_NOT_JSON'],
    ['nothing', '', 'FEEDBACK_NOT_JSON'],
    ['cut short', '{"class_id": 1', 'FEEDBACK_NOT_JSON'],
    ['bytes', '\u0000\u0001', 'FEEDBACK_NOT_JSON'],
    ['a number', 7, 'FEEDBACK_NOT_JSON'],
    ['null', null, 'FEEDBACK_NOT_JSON'],
    ['an empty list', [], 'FEEDBACK_NOT_JSON'],
    ['an object of something else', { hello: 1 }, 'FEEDBACK_NOT_JSON'],
    ['a list in a list', [[box]], 'FEEDBACK_NOT_JSON'],
    ['predictions that are none', { predictions: 'many' }, 'FEEDBACK_NOT_JSON'],
    ['an image id that is none', { ...box, image_id: 7 }, 'FEEDBACK_NOT_JSON'],
    ['a time that is none', { ...box, timestamp: 'soon' }, 'FEEDBACK_NOT_JSON'],
    ['a year that no database takes', { ...box, timestamp: '+275760-01-01T00:00:00Z' }, 'FEEDBACK_NOT_JSON'],
    ['the year 0', { ...box, timestamp: '0000-01-01T00:00:00Z' }, 'FEEDBACK_NOT_JSON'],
    ['an id with a NUL', { ...box, image_id: 'a\0b' }, 'FEEDBACK_NOT_JSON'],
    ['an id with half a character', '{"image_id":"a\\ud800b","class_id":null}', 'FEEDBACK_NOT_JSON'],
    ['a model with a NUL', { ...box, model_version: 'm\0' }, 'FEEDBACK_NOT_JSON'],
    ['a class out of range', { ...box, class_id: 14 }, 'FEEDBACK_CLASS'],
    ['a negative class', { ...box, class_id: -1 }, 'FEEDBACK_CLASS'],
    ['half a class', { ...box, class_id: 1.5 }, 'FEEDBACK_CLASS'],
    ['a class in words', { ...box, class_id: 'Doe^John' }, 'FEEDBACK_CLASS'],
    ['no class', { confidence: 1, bbox: [0, 0, 1, 1] }, 'FEEDBACK_CLASS'],
    ["Python's NaN", '{"class_id": 3, "confidence": NaN, "bbox": [1, 2, 3, 4]}', 'FEEDBACK_CONFIDENCE'],
    ['NaN in words', { ...box, confidence: 'NaN' }, 'FEEDBACK_CONFIDENCE'],
    ['no confidence', { class_id: 3, bbox: [1, 2, 3, 4] }, 'FEEDBACK_CONFIDENCE'],
    ['a confidence above 1', { ...box, confidence: 1.01 }, 'FEEDBACK_CONFIDENCE'],
    ['a negative confidence', { ...box, confidence: -0.1 }, 'FEEDBACK_CONFIDENCE'],
    ['an infinite box', '{"class_id": 3, "confidence": 1, "bbox": [0, 0, Infinity, 1]}', 'FEEDBACK_BBOX'],
    ['a box of three', { ...box, bbox: [1, 2, 3] }, 'FEEDBACK_BBOX'],
    ['a box without width', { ...box, bbox: [5, 2, 5, 9] }, 'FEEDBACK_BBOX'],
    ['a box the wrong way round', { ...box, bbox: [9, 2, 5, 9] }, 'FEEDBACK_BBOX'],
    ['one bad prediction of many', { predictions: [box, { ...box, class_id: 99 }] }, 'FEEDBACK_CLASS'],
  ])('that is %s is refused', (_, value, code) => {
    expect(codeOf(() => read(value))).toBe(code);
  });

  it('names no text of its own in an error', () => {
    for (const bad of [
      { ...box, class_id: 'Doe^John' },
      { ...box, confidence: 'Doe^John' },
    ])
      expect(() => read(bad)).not.toThrow('Doe');
  });

  it('of any JSON is read or refused with a code of the registry', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        try {
          for (const { predictions } of read(value))
            for (const { classId, confidence } of predictions) {
              expect(classId).toBeLessThan(14);
              expect(confidence).toBeLessThanOrEqual(1);
            }
        } catch (error) {
          expect(error).toBeInstanceOf(CxrError);
        }
      }),
    );
  });

  it('comes back as it was written, the most confident first', () => {
    const prediction = fc.record({
      classId: fc.integer({ min: 0, max: 13 }),
      confidence: fc.double({ min: 0, max: 1, noNaN: true }),
      bbox: fc.option(fc.constant([1, 2, 30.25, 40.5] as const), { nil: null }),
    });
    fc.assert(
      fc.property(fc.array(prediction, { maxLength: 5 }), (predictions) => {
        const feedback: Feedback = {
          imageId: 'a',
          modelVersion: 'v1',
          timestamp: '2026-01-01T00:00:00.000Z',
          predictions,
        };
        const [again] = read(feedbackJson(feedback));
        const sorted = [...predictions].sort((a, b) => b.confidence - a.confidence);
        // JSON has no negative zero.
        expect(again).toEqual(JSON.parse(JSON.stringify({ ...feedback, predictions: sorted })));
        const top = JSON.parse(feedbackJson(feedback)) as { confidence: number | null };
        expect(top.confidence ?? 0).toBe((sorted[0]?.confidence ?? 0) + 0);
      }),
    );
  });
});

describe('a box', () => {
  const at = (...bbox: number[]) => (read({ ...box, bbox }) as [Feedback])[0];
  const image = { width: 100, height: 50 };

  it.each([
    [[-1, 0, 10, 10]],
    [[0, -1, 10, 10]],
    [[0, 0, 101, 10]],
    [[0, 0, 10, 51]],
    [[200, 200, 300, 300]],
    [[99.9, 0, 100.4, 10], true],
    [[0, 0, 100, 50], true],
    [[-0.4, -0.4, 100.4, 50.4], true],
    [[100.1, 0, 100.4, 10]],
  ])('%j of an image of 100 x 50', (bbox, fits = false) => {
    const code = codeOf(() => insideImage(at(...bbox), image));
    expect(code).toBe(fits ? undefined : 'FEEDBACK_BBOX');
  });

  it('that sticks out by rounding is cut at the edge', () => {
    expect(insideImage(at(-0.4, -0.4, 100.4, 50.4), image).predictions[0]?.bbox).toEqual([0, 0, 100, 50]);
  });
});
