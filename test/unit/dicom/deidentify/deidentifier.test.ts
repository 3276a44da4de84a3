import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Dataset } from '../../../../src/dicom/dataset.js';
import { items, text, texts } from '../../../../src/dicom/values.js';
import { as, type Elements } from '../../../support/dicom-builder.js';
import { BASE, deidentified, deidentifier, pseudonyms, yaml } from './apply.js';

const codes = (dataset: Dataset) => items(dataset, '00120064').map((item) => text(item, '00080100'));

test('patient name and id are the pseudonym, which is the same in every file of the patient', () => {
  const first = deidentified({});
  const second = deidentified({
    PatientID: ' mrn-4711-0815 ',
    PatientName: 'Kowalski^B',
    SOPInstanceUID: '1.2.9.9',
  });
  expect(text(first.dataset, '00100020')).toMatch(/^P[A-Z2-7]{26}$/);
  expect(text(first.dataset, '00100010')).toBe(text(first.dataset, '00100020'));
  expect(text(second.dataset, '00100020')).toBe(text(first.dataset, '00100020'));
  expect(first.result.ids.patientKnown).toBe(true);
});

test('the issuer, else the source, is part of who a patient is', () => {
  const patient = (elements: Elements, source = 'test') => {
    const { input } = deidentified(elements);
    return deidentifier('research', source).apply(input).ids.patient;
  };
  const all = [
    patient({}),
    patient({}, 'other'),
    patient({ IssuerOfPatientID: 'A' }),
    patient({ IssuerOfPatientID: 'B' }),
  ];
  expect(new Set(all).size).toBe(4);
  expect(patient({ IssuerOfPatientID: 'A' }, 'other')).toBe(all[2]);
});

test.each(['', ' ', 'ANONYMOUS', 'unknown', '0', '0000', 'NONE'])(
  'the id %j is nobody: a pseudonym a study',
  (id) => {
    const of = (study: string) => deidentified({ PatientID: id, StudyInstanceUID: study }).result.ids;
    expect(of('1.2.3.1').patientKnown).toBe(false);
    expect(of('1.2.3.1').patient).toBe(of('1.2.3.1').patient);
    expect(of('1.2.3.1').patient).not.toBe(of('1.2.3.2').patient);
  },
);

test('UIDs are mapped alike wherever they stand; registered ones stay', () => {
  const sop = String(BASE.SOPInstanceUID);
  const { dataset, meta, result } = deidentified(
    {
      SourceImageSequence: [
        { ReferencedSOPClassUID: '1.2.840.10008.5.1.4.1.1.1', ReferencedSOPInstanceUID: sop },
      ],
      AnatomicRegionSequence: [
        {
          SpecimenUID: sop,
          ContextUID: '1.2.840.10008.6.1.1',
          TrackingUID: as('UN', Buffer.from(`${sop}\0`)),
        },
      ],
      FailedSOPInstanceUIDList: `${sop}\\1.9.9.9`,
      SOPClassUID: '1.3.46.670589.2.5.1.1',
    },
    'basic',
  );
  const mapped = pseudonyms.uid(sop);
  expect(result.ids.instance).toBe(mapped);
  expect(text(dataset, '00080018')).toBe(mapped);
  expect(text(meta, '00020003')).toBe(mapped);
  expect(text(items(dataset, '00082112')[0] ?? new Map(), '00081155')).toBe(mapped);
  const region = items(dataset, '00082218')[0] ?? new Map();
  expect(text(region, '00400554')).toBe(mapped);
  expect(text(region, '00620021')).toBe(mapped);
  expect(text(region, '00080117')).toBe('1.2.840.10008.6.1.1');
  expect(texts(dataset, '00080058')).toEqual([mapped, pseudonyms.uid('1.9.9.9')]);
  expect(text(dataset, '00080016')).toBe('1.3.46.670589.2.5.1.1');
});

test('UIDs that are no UIDs become ones', () => {
  const { result } = deidentified({
    SOPInstanceUID: '../../etc/passwd',
    StudyInstanceUID: '1.2.840.10008.KOWALSKI',
  });
  expect(result.ids.instance).toMatch(/^2\.25\.\d+$/);
  expect(result.ids.study).toMatch(/^2\.25\.\d+$/);
});

test('dates go back by the same days, times stay; birth date, timezone and what is no date go', () => {
  const { dataset, result } = deidentified({
    StudyDate: '20200301',
    StudyTime: '101112',
    ContentDate: '20200303',
    SeriesDate: '2020',
    AcquisitionDateTime: '20200302101112.5+0100',
    PatientBirthDate: '19470201',
    TimezoneOffsetFromUTC: '+0100',
    // In no row of the table.
    AnatomicRegionSequence: [
      { RadiopharmaceuticalStartTime: '0911', DateOfLastCalibration: '20190101\\20190102' },
    ],
    LastMenstrualDate: '',
  });
  const days = (value: string | undefined) =>
    Date.parse(`${value?.slice(0, 4)}-${value?.slice(4, 6)}-${value?.slice(6, 8)}`) / 86_400_000;
  const study = days(text(dataset, '00080020'));
  expect(days('20200301') - study).toBe(pseudonyms.dateShiftDays(result.ids.patient));
  expect(days(text(dataset, '00080023')) - study).toBe(2);
  expect(days(text(dataset, '0008002a')) - study).toBe(1);
  expect(text(dataset, '0008002a')).toMatch(/101112\.5$/);
  expect(text(dataset, '00080030')).toBe('101112');
  expect(dataset.has('00080021')).toBe(false);
  expect(dataset.get('00100030')).toMatchObject({ bytes: { length: 0 } });
  expect(dataset.has('00080201')).toBe(false);
  const region = items(dataset, '00082218')[0] ?? new Map();
  expect(text(region, '00181072')).toBe('0911');
  expect(texts(region, '00181200').map(days)[1]).toBe(days(texts(region, '00181200')[0]) + 1);
  expect(text(dataset, '00280303')).toBe('MODIFIED');
});

test.each([
  ['basic', 'REMOVED', ['113100']],
  ['research', 'MODIFIED', ['113100', '113101', '113105', '113107', '113108']],
  [
    yaml('options: { retainLongitudinalFullDates: true, retainUids: true }'),
    'UNMODIFIED',
    ['113100', '113106', '113110'],
  ],
])('the file says what was done to it (%#)', (profile, temporal, applied) => {
  const { dataset } = deidentified(
    { PatientIdentityRemoved: 'NO', DeidentificationMethod: 'by hand by KOWALSKI', StudyDate: '20200301' },
    profile,
  );
  expect(text(dataset, '00120062')).toBe('YES');
  expect(text(dataset, '00280303')).toBe(temporal);
  expect(codes(dataset)).toEqual(applied);
  expect(texts(dataset, '00120063').join()).toMatch(/PS3\.15.*key epoch KTESTEPOCH/);
  expect(texts(dataset, '00120063').join()).not.toMatch(/KOWALSKI/);
});

test('sex stays and age goes into its band; basic removes both', () => {
  const elements = { PatientSex: 'F', PatientAge: '047Y', PatientWeight: '70' };
  const research = deidentified(elements).dataset;
  expect([text(research, '00100040'), text(research, '00101010'), research.has('00101030')]).toEqual([
    'F',
    '045Y',
    false,
  ]);
  const basic = deidentified(elements, 'basic').dataset;
  expect([text(basic, '00100040'), basic.has('00101010')]).toEqual([undefined, false]);
  const odd = deidentified({ PatientSex: 'F, SAYS KOWALSKI', PatientAge: 'OLD' }).dataset;
  expect([text(odd, '00100040'), odd.has('00101010')]).toEqual([undefined, false]);
});

test('what the table omits is treated as if it did, but for what holds no person', () => {
  const { dataset } = deidentified({
    ManufacturerModelName: 'ACME 3000',
    FilterThicknessMinimum: '0.1',
    DetectorMode: 'for Kowalski, mrn 4711-0815',
    // Not in the table: a name, a date, a URL, an unregistered tag.
    '00081199': as('UN', Buffer.from('KOWALSKI')),
    RetrieveURL: 'http://pacs/kowalski',
    LossyImageCompressionMethod: 'ISO_10918_1',
  });
  expect(text(dataset, '00081090')).toBe('ACME 3000');
  expect(text(dataset, '00187008')).not.toMatch(/kowalski|4711/i);
  expect(text(dataset, '00081190') ?? '').not.toMatch(/kowalski/);
  expect(text(dataset, '00282114')).toBe('ISO_10918_1');
});

test('C beats K where options disagree', () => {
  const { dataset } = deidentified(
    { DateOfLastCalibration: '20200301' },
    yaml('options: { retainDeviceIdentity: true, retainLongitudinalModifiedDates: true }'),
  );
  expect(text(dataset, '00181200')).toMatch(/^\d{8}$/);
  expect(text(dataset, '00181200')).not.toBe('20200301');
});

test('descriptors lose what the header knows and keep the rest', () => {
  const { dataset } = deidentified({
    StudyDescription: 'Chest PA for KOWALSKI, Barbara',
    SeriesDescription: 'THORAX p.a.',
    AccessionNumber: 'ACC778899',
    ImageComments: 'see ACC778899',
  });
  expect(text(dataset, '00081030')).toMatch(/^Chest PA/);
  expect(text(dataset, '00081030')).not.toMatch(/kowalski|barbara/i);
  expect(text(dataset, '0008103e')).toBe('THORAX p.a.');
  expect(text(dataset, '00204000')).not.toMatch(/778899/);
});

test('text in other character sets stays valid', () => {
  const { dataset } = deidentified({
    SpecificCharacterSet: 'ISO_IR 192',
    PatientName: as('PN', Buffer.from('Müller^Jörg')),
    SeriesDescription: as('LO', Buffer.from('Übersicht für Müller')),
  });
  expect(text(dataset, '0008103e')).toMatch(/^Übersicht für/);
  expect(text(dataset, '0008103e')).not.toMatch(/Müller/);
});

test('the content of a structured report is replaced, its structure stays', () => {
  const { dataset } = deidentified({
    ContentSequence: [
      {
        ValueType: 'CONTAINER',
        ConceptNameCodeSequence: [
          { CodeValue: '121070', CodingSchemeDesignator: 'DCM', CodeMeaning: 'Findings' },
        ],
        ContentSequence: [
          { ValueType: 'TEXT', TextValue: 'Frau K. hat Husten' },
          { ValueType: 'NUM', MeasuredValueSequence: [{ NumericValue: '47' }] },
          { ValueType: 'PNAME', PersonName: 'SMITH^J' },
        ],
      },
    ],
  });
  const [container] = items(dataset, '0040a730');
  const [words, number, person] = items(container ?? new Map(), '0040a730');
  expect(text(words ?? new Map(), '0040a040')).toBe('TEXT');
  expect(text(words ?? new Map(), '0040a160')).toBe('REMOVED');
  expect(text(items(number ?? new Map(), '0040a300')[0] ?? new Map(), '0040a30a')).toBe('0');
  expect(text(person ?? new Map(), '0040a123')).toBe('REMOVED');
  expect(text(items(container ?? new Map(), '0040a043')[0] ?? new Map(), '00080104')).toBe('Findings');
});

test('an image that says it has burned-in text is for a person to look at', () => {
  expect(deidentified({ BurnedInAnnotation: 'YES' }).result.review).toMatchObject([
    { code: 'BURNED_IN_ANNOTATION' },
  ]);
  expect(deidentified({ BurnedInAnnotation: 'NO' }).result.review).toEqual([]);
  expect(deidentified({ BurnedInAnnotation: 'YES' }, 'basic').result.review).toEqual([]);
});

test('a file without an instance UID, or a media directory, is not guessed at', () => {
  const meta = { MediaStorageSOPInstanceUID: '' };
  expect(() => deidentified({ SOPInstanceUID: undefined }, 'research', { meta })).toThrow(
    expect.objectContaining({ code: 'MISSING_UID' }),
  );
  expect(() => deidentified({ SOPClassUID: '1.2.840.10008.1.3.10' })).toThrow(
    expect.objectContaining({ code: 'MEDIA_DIRECTORY' }),
  );
});

test('attributes that nothing touches keep their bytes, and the input is not changed', () => {
  const { input, dataset } = deidentified({
    Rows: 3,
    WindowCenter: '40.500 ',
    PixelData: as('OW', new Uint16Array([1, 2])),
  });
  for (const tag of ['00280010', '00281050', '7fe00010'])
    expect(dataset.get(tag), tag).toEqual(input.dataset.get(tag));
  expect(text(input.dataset, '00100010')).toBe('KOWALSKI^BARBARA');
});

// --- property -----------------------------------------------------------------------------------------------

const SECRETS = [
  'KOWALSKI',
  'BARBARA',
  '4711-0815',
  'ACC778899',
  '19470201',
  '1.2.3.4.5.6.7.1001',
  '5551234567',
];
const secret = fc.constantFrom(...SECRETS, 'kowalski barbara', 'Barbara Kowalski', '1947-02-01', '47110815');
const sentence = fc
  .array(fc.oneof(fc.constantFrom('chest', 'pa', 'follow up', 'for', 'of'), secret), {
    minLength: 1,
    maxLength: 5,
  })
  .map((words) => words.join(' '));
const leaf: fc.Arbitrary<Elements> = fc.record(
  {
    StudyDescription: sentence.map((s) => s.slice(0, 64)),
    ImageComments: sentence,
    PatientAddress: fc.constant('1 Main Street'),
    OtherPatientNames: fc.constantFrom('KOWALSKI^B', 'NOWAK^BARBARA'),
    PatientTelephoneNumbers: fc.constant('(555) 123-4567'),
    OperatorsName: fc.constant('SMITH^ANNA'),
    RetrieveURL: secret.map((s) => `http://pacs/${s.replaceAll(' ', '+')}`),
    TextValue: sentence,
    ReferencedSOPInstanceUID: fc.constant(String(BASE.SOPInstanceUID)),
    PersonName: fc.constant('KOWALSKI^BARBARA'),
    '00091010': secret.map((s) => as('LO', s)),
    '00090010': fc.constant(as('LO', 'ACME')),
    DetectorMode: sentence.map((s) => as('UN', Buffer.from(s))),
    '00080f0e': secret.map((s) => as('UN', Buffer.from(s))),
  },
  { requiredKeys: [] },
);
const nested = fc.letrec<{ dataset: Elements }>((tie) => ({
  dataset: fc
    .tuple(
      leaf,
      fc.option(fc.array(tie('dataset'), { maxLength: 3 }), { nil: undefined, depthSize: 'small' }),
    )
    .map(([elements, inner]) =>
      inner === undefined ? elements : { ...elements, AnatomicRegionSequence: inner },
    ),
})).dataset;

test('no identifier of the header survives, however deep and wherever it stands', () => {
  fc.assert(
    fc.property(
      nested,
      fc.constantFrom('1.2.840.10008.1.2', '1.2.840.10008.1.2.1', '1.2.840.10008.1.2.2'),
      (elements, transferSyntax) => {
        const { bytes } = deidentified(
          {
            AccessionNumber: 'ACC778899',
            PatientBirthDate: '19470201',
            PatientTelephoneNumbers: '(555) 123-4567',
            ...elements,
          },
          'research',
          { transferSyntax },
        );
        const raw = Buffer.from(bytes).toString('latin1').toUpperCase();
        const digits = raw.replace(/[ \-./()]/g, '');
        for (const value of SECRETS) expect(raw.includes(value), value).toBe(false);
        for (const value of ['47110815', '5551234567']) expect(digits.includes(value), value).toBe(false);
      },
    ),
    { numRuns: 150 },
  );
});

test('the same input gives the same bytes', () => {
  fc.assert(
    fc.property(nested, (elements) => {
      const [a, b] = [deidentified(elements).bytes, deidentified(elements).bytes];
      expect(Buffer.compare(Buffer.from(a), Buffer.from(b))).toBe(0);
    }),
    { numRuns: 30 },
  );
});
