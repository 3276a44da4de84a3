import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createClassMap } from '../../../../src/datasets/annotations/classes.js';
import { clip, placeFault } from '../../../../src/datasets/annotations/place.js';
import type { RawFields } from '../../../../src/datasets/annotations/raw.js';
import { type AnnotationRecord, checkRecord } from '../../../../src/datasets/annotations/record.js';
import { Sensitive } from '../../../../src/privacy/sensitive.js';

const classes = createClassMap(['Cardiomegaly', 'Nodule/Mass', 'No finding'], ['Edema']);
const check = (fields: Partial<RawFields>, broken?: string) =>
  checkRecord(
    { position: 5, broken, fields: new Sensitive({ kind: 'box', image: 'a', ...fields } as RawFields) },
    classes,
    (reader) => `R-${reader.length}`,
  );
const box = { className: 'Cardiomegaly', box: ['1', '2', '3.5', '4'] } as const;

describe('a record', () => {
  test('that is right', () => {
    const record = check({ ...box, classId: '0', reader: 'Dr. Foo', time: '2024-05-01 10:00', frame: '2' });
    expect(record).toMatchObject({
      ...{ position: 5, kind: 'box', className: 'Cardiomegaly', classId: 0, box: [1, 2, 3.5, 4] },
      ...{ reader: 'R-7', readAt: '2024-05-01T10:00:00.000Z', frame: 2, size: undefined },
    });
    expect((record as AnnotationRecord).image.reveal()).toBe('a');
  });

  test.each([
    ['cardiomegaly', 'Cardiomegaly', 0],
    ['NODULE_MASS', 'Nodule/Mass', 1],
    ['edema', 'Edema', undefined],
  ])('may spell its class %s', (className, name, id) => {
    expect(check({ ...box, className })).toMatchObject({ className: name, classId: id });
  });

  test('may give the id of its class alone', () => {
    expect(check({ ...box, className: undefined, classId: 1 })).toMatchObject({ className: 'Nodule/Mass' });
  });

  test.each([[0], ['1'], ['']])('of no finding has no box, whatever its corners (%j)', (corner) => {
    const found = check({ className: 'No finding', box: [corner, corner, corner, corner] });
    expect(found).toMatchObject({ className: 'No finding', box: undefined });
  });

  test.each([
    ['1', 1],
    ['0.0', 0],
    [-1, -1],
    [true, 1],
    ['', null],
    [null, null],
    [undefined, null],
  ])('of a label may have the value %j', (value, expected) => {
    expect(check({ kind: 'label', className: 'Edema', value })).toMatchObject({ value: expected });
  });

  test.each<[string, Partial<RawFields>, string, RegExp]>([
    ['no image', { ...box, image: ' ' }, 'BAD_RECORD', /^image_id: there is none/],
    ['an image that is an object', { ...box, image: {} }, 'BAD_RECORD', /^image_id/],
    ['an endless image', { ...box, image: 'x'.repeat(2000) }, 'BAD_RECORD', /^image_id/],
    ['no class', { box: box.box }, 'BAD_RECORD', /class_name and class_id/],
    ['no corners', { className: 'Cardiomegaly' }, 'BAD_RECORD', /without corners/],
    [
      'a corner that is NaN',
      { ...box, box: ['1', 'NaN', '3', '4'] },
      'BAD_RECORD',
      /^y_min: expected a number/,
    ],
    [
      'a corner that is infinite',
      { ...box, box: [1, 2, Number.POSITIVE_INFINITY, 4] },
      'BAD_RECORD',
      /^x_max/,
    ],
    ['a corner that is blank', { ...box, box: ['1', '2', '3', ''] }, 'BAD_RECORD', /^y_max/],
    ['a reversed box', { ...box, box: [3, 2, 1, 4] }, 'BOX_REVERSED', /greater/],
    ['a box without area', { ...box, box: [1, 2, 1, 4] }, 'BOX_REVERSED', /greater/],
    ['an unknown class', { ...box, className: 'DOE^JOHN' }, 'CLASS_UNKNOWN', /^a name of 8 characters/],
    ['an unknown class id', { ...box, className: '', classId: '77' }, 'CLASS_UNKNOWN', /^class_id 77/],
    ['a name and an id of two classes', { ...box, classId: 1 }, 'CLASS_UNKNOWN', /two classes/],
    ['a value of 2', { kind: 'label', className: 'Edema', value: 2 }, 'BAD_RECORD', /^value/],
    ['a value that is NaN', { kind: 'label', className: 'Edema', value: 'NaN' }, 'BAD_RECORD', /^value/],
    ['a time in words', { ...box, time: 'yesterday' }, 'BAD_RECORD', /^time/],
    ['a day that is none', { ...box, time: '2024-13-41' }, 'BAD_RECORD', /^time/],
    ['a year that no database takes', { ...box, time: '0000-01-01' }, 'BAD_RECORD', /^time/],
    ['a frame of 0', { ...box, frame: 0 }, 'BAD_RECORD', /^frame/],
    ['a frame in words', { ...box, frame: 'first' }, 'BAD_RECORD', /^frame/],
    ['an endless frame', { ...box, frame: 1e12 }, 'BAD_RECORD', /^frame/],
    ['half a pixel of width', { ...box, width: 80.5, height: 96 }, 'BAD_RECORD', /^width/],
  ])('with %s is a fault', (_, fields, code, reason) => {
    expect(check(fields)).toEqual({ code, reason: expect.stringMatching(reason) });
  });

  test('whose shape is broken says so', () => {
    expect(check(box, '3 fields')).toEqual({ code: 'BAD_RECORD', reason: '3 fields' });
  });

  test('never quotes what it was given', () => {
    fc.assert(
      fc.property(
        fc.record({
          kind: fc.constantFrom('label' as const, 'box' as const),
          image: fc.constantFrom('', 'SECRET', { SECRET: 1 }),
          className: fc.constantFrom('SECRET', 'Edema', undefined),
          reader: fc.constantFrom('SECRET', ['SECRET'], undefined),
          time: fc.constantFrom('SECRET', undefined),
          value: fc.constantFrom('SECRET', 1),
          frame: fc.constantFrom('SECRET', undefined),
          box: fc.constantFrom(undefined, ['SECRET', 'SECRET', 'SECRET', 'SECRET'] as const),
        }),
        (fields) => {
          // The image of a record that is right is Sensitive, and prints as such.
          expect(JSON.stringify(check(fields))).not.toContain('SECRET');
        },
      ),
    );
  });

  test('says the same as another exactly when kind, class, reader and box are the same', () => {
    const content = (fields: Partial<RawFields>) => (check(fields) as AnnotationRecord).content;
    expect(content({ ...box, image: 'b', time: '2024-01-01' })).toBe(
      content({ ...box, className: 'CARDIOMEGALY' }),
    );
    const label = { kind: 'label', className: 'Edema' } as const;
    expect(content({ ...label, value: 1 })).toBe(content({ ...label, value: 0 }));
    const others: Partial<RawFields>[] = [
      box,
      { ...box, reader: 'R1' },
      { ...box, className: 'Edema' },
      { ...box, box: [1, 2, 3.5, 5] },
      label,
    ];
    expect(new Set(others.map(content)).size).toBe(others.length);
  });
});

describe('a box on an image', () => {
  const image = { columns: 100, rows: 50 };
  test.each<[[number, number, number, number], boolean]>([
    [[0, 0, 100, 50], true],
    [[-0.005, 0, 100.005, 50], true],
    [[0, 0, 101, 50], false],
    [[0, 0, 50, 100], false],
    [[-1, 0, 50, 40], false],
    [[0, -0.5, 50, 40], false],
  ])('%j fits: %j', (corners, fits) => {
    const fault = placeFault({ box: corners, size: undefined }, image);
    expect(fault?.code).toBe(fits ? undefined : 'BOX_OUTSIDE');
    const [xMin, yMin, xMax, yMax] = clip(corners, image);
    if (fits) expect([xMin >= 0, yMin >= 0, xMax <= 100, yMax <= 50]).toEqual([true, true, true, true]);
  });

  test('made on a picture of another size means other places', () => {
    const size = { width: 50, height: 25 };
    expect(placeFault({ box: [0, 0, 10, 10], size }, image)?.code).toBe('IMAGE_SIZE');
    expect(placeFault({ box: [0, 0, 10, 10], size: { width: 100, height: 50 } }, image)).toBeUndefined();
  });
});
