import { expect, test } from 'vitest';
import { loadProfile, shippedProfiles } from '../../../../src/dicom/deidentify/profile.js';
import { items, text } from '../../../../src/dicom/values.js';
import { CxrError } from '../../../../src/errors.js';
import { as } from '../../../support/dicom-builder.js';
import { deidentified, yaml } from './apply.js';

function errorOf(source: string): CxrError {
  try {
    loadProfile(source);
  } catch (error) {
    if (error instanceof CxrError) return error;
    throw error;
  }
  throw new Error('the profile was taken');
}

test('both shipped profiles load, and their text gives the same profile again', () => {
  expect(shippedProfiles()).toEqual(expect.arrayContaining(['basic', 'research']));
  for (const name of shippedProfiles()) {
    const profile = loadProfile(name);
    expect(profile.name).toBe(name);
    expect(loadProfile(profile.source)).toEqual(profile);
  }
});

test('the default is the basic profile with the options it names', () => {
  expect([...loadProfile('research').options].sort()).toEqual([
    'cleanDescriptors',
    'cleanPixelData',
    'retainLongitudinalModifiedDates',
  ]);
  expect(loadProfile('basic').options.size).toBe(0);
});

test.each<[string, string, RegExp]>([
  ['an unknown name', 'reserch', /known names/],
  ['no YAML', 'name: [', /YAML, line 1/],
  ['an unknown key', yaml('optoins: {}'), /optoins/],
  ['an unknown option', yaml('options: { cleanFaces: true }'), /cleanFaces/],
  [
    'full and modified dates',
    yaml('options: { retainLongitudinalFullDates: true, retainLongitudinalModifiedDates: true }'),
    /exclude/,
  ],
  ['clean structured content', yaml('options: { cleanStructuredContent: true }'), /not offered/],
  ['clean graphics', yaml('options: { cleanGraphics: true }'), /not offered/],
  ['safe private', yaml('options: { retainSafePrivate: true }'), /not offered/],
  [
    'an unknown keyword',
    yaml('rules: [{ action: keep, keyword: PatientNmae }]'),
    /unknown keyword PatientNmae/,
  ],
  ['a malformed tag', yaml('rules: [{ action: keep, tag: "0010,00" }]'), /malformed tag/],
  ['an unknown VR', yaml('rules: [{ action: keep, vr: XX }]'), /unknown VR/],
  ['no selector', yaml('rules: [{ action: keep }]'), /needs one of/],
  ['two selectors', yaml('rules: [{ action: keep, vr: LO, keyword: StationName }]'), /needs one of/],
  ['the pseudonym', yaml('rules: [{ action: keep, keyword: PatientID }]'), /always written/],
  ['file meta', yaml('rules: [{ action: keep, tag: "00020016" }]'), /always rebuilt/],
  ['a private tag', yaml('rules: [{ action: keep, tag: "00091001" }]'), /privateCreator/],
  [
    'the same twice',
    yaml('rules: [{ action: keep, keyword: StationName }, { action: remove, tag: "0008,1010" }]'),
    /earlier rule/,
  ],
  ['a shift of text', yaml('rules: [{ action: shift, keyword: StationName }]'), /shift is for dates/],
  ['a hash of numbers', yaml('rules: [{ action: hash, keyword: Rows }]'), /no hash/],
  [
    'a value that does not fit',
    yaml('rules: [{ action: replace, keyword: StudyDate, value: yesterday }]'),
    /not valid for DA/,
  ],
  [
    'a value too long',
    yaml(`rules: [{ action: replace, keyword: StationName, value: ${'x'.repeat(17)} }]`),
    /not valid for SH/,
  ],
  ['replace without a value', yaml('rules: [{ action: replace, keyword: StationName }]'), /value belongs/],
  [
    'a value without replace',
    yaml('rules: [{ action: keep, keyword: StationName, value: x }]'),
    /value belongs/,
  ],
  [
    'an element without a creator',
    yaml('rules: [{ action: keep, keyword: StationName, element: "01" }]'),
    /needs privateCreator/,
  ],
])('refused: %s', (_, source, message) => {
  const error = errorOf(source);
  expect(error.code).toBe('BAD_PROFILE');
  expect(error.kind).toBe('input');
  expect(error.detail).toMatch(message);
});

test('every error is listed at once', () => {
  const { detail } = errorOf(yaml('rules: [{ action: keep, vr: XX }, { action: keep, keyword: Nope }]'));
  expect(detail).toMatch(/rules.0.*rules.1/);
});

test('site rules do what they say, by keyword, tag, VR and private creator', () => {
  const profile = yaml(`rules:
  - { action: keep, keyword: InstitutionName }
  - { action: replace, tag: "(0008,1010)", value: ROOM }
  - { action: hash, keyword: AccessionNumber }
  - { action: remove, keyword: Manufacturer }
  - { action: shift, keyword: StudyDate }
  - { action: remove, vr: UC }
  - { action: keep, privateCreator: ACME 1.0, element: "0A" }`);
  const { dataset } = deidentified(
    {
      InstitutionName: 'St. Elsewhere',
      StationName: 'CR7',
      AccessionNumber: 'ACC12345',
      Manufacturer: 'ACME',
      StudyDate: '20200301',
      '00080119': as('UC', 'LONGCODE'),
      '00090010': as('LO', 'ACME 1.0'),
      '0009100a': as('DS', '1.5'),
      '0009100b': as('LO', 'other'),
      '00090011': as('LO', 'OTHER'),
      '0009110a': as('DS', '2.5'),
    },
    profile,
  );
  expect(text(dataset, '00080080')).toBe('St. Elsewhere');
  expect(text(dataset, '00081010')).toBe('ROOM');
  expect(text(dataset, '00080050')).toMatch(/^[A-Z2-7]{16}$/);
  expect(dataset.has('00080070')).toBe(false);
  expect(text(dataset, '00080020')).toMatch(/^(20\d\d|201\d)\d{4}$/);
  expect(text(dataset, '00080020')).not.toBe('20200301');
  expect(dataset.has('00080119')).toBe(false);
  expect([...dataset.keys()].filter((tag) => tag.startsWith('0009'))).toEqual(['00090010', '0009100a']);
});

test('a rule that keeps a VR keeps what the table omits, and nothing that it lists', () => {
  const { dataset } = deidentified(
    { PatientAddress: '1 Main Street', FilterMaterial: 'LEAD', DetectorMode: 'ANY MODE' },
    yaml('rules: [{ action: keep, vr: LO }, { action: keep, vr: LT }]'),
  );
  expect(dataset.has('00101040')).toBe(false);
  expect(text(dataset, '00187008')).toBe('ANY MODE');
});

test('rules hold in items too', () => {
  const { dataset } = deidentified(
    { AnatomicRegionSequence: [{ StationName: 'CR7' }] },
    yaml('rules: [{ action: keep, keyword: StationName }]'),
  );
  expect(text(items(dataset, '00082218')[0] ?? new Map(), '00081010')).toBe('CR7');
});
