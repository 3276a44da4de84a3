import { expect, test } from 'vitest';
import type { Dataset, Element } from '../../../../src/dicom/dataset.js';
import { proveClean } from '../../../../src/dicom/deidentify/prove.js';
import { readDicom } from '../../../../src/dicom/read.js';
import { writeDicom } from '../../../../src/dicom/write.js';
import { CxrError } from '../../../../src/errors.js';
import { as, type Elements, fragments } from '../../../support/dicom-builder.js';
import { deidentified, yaml } from './apply.js';

const HEADER: Elements = {
  PatientName: 'KOWALSKI^BARBARA',
  PatientID: 'MRN-4711-0815',
  AccessionNumber: 'ACC778899',
  PatientBirthDate: '19470201',
  PatientTelephoneNumbers: '(555) 123-4567',
  PatientAddress: '12 Harbour Road^Gdansk',
  StudyID: '73',
  ReferringPhysicianName: 'NOWAK^JAN',
};

/** What the proof says of a clean file into which somebody put one element. */
function proofWith(
  tag: string,
  vr: string,
  value: string | Uint8Array,
  header: Elements = HEADER,
): CxrError | undefined {
  const { result } = deidentified(header);
  const bytes = typeof value === 'string' ? Buffer.from(value) : value;
  const dataset: Dataset = new Map<string, Element>(
    [...result.file.dataset, [tag, { kind: 'value', tag, vr, bytes }] as [string, Element]].sort(
      ([a], [b]) => (a < b ? -1 : 1),
    ),
  );
  try {
    proveClean(writeDicom({ ...result.file, dataset }), result);
    return undefined;
  } catch (error) {
    if (error instanceof CxrError) return error;
    throw error;
  }
}

test('what the de-identifier makes passes', () => {
  const { bytes, result } = deidentified(HEADER);
  expect(() => proveClean(bytes, result)).not.toThrow();
});

test.each<[string, string, string, string | Uint8Array]>([
  ['the name as it stood', '00204000', 'LT', 'KOWALSKI^BARBARA'],
  ['the name in another order', '00204000', 'LT', 'seen: Barbara Kowalski'],
  ['the name written together', '00204000', 'LT', 'file barbarakowalski.jpg'],
  ['one word of the name', '00204000', 'LT', 'Mrs kowalski again'],
  ["a physician's name", '00204000', 'LT', 'called Dr Nowak'],
  ['the name in a coded value', '00180015', 'CS', 'KOWALSKI_BARBARA'],
  ['the name in a fixed attribute', '00081090', 'LO', 'KOWALSKI BARBARA'],
  ['the name as bytes', '00282000', 'OB', Buffer.from('...KOWALSKI BARBARA....')],
  ['the name in UTF-16', '00282000', 'OB', Buffer.from('. KOWALSKI BARBARA .', 'utf16le')],
  ['the id', '00204000', 'LT', 'MRN-4711-0815'],
  ['the id without separators', '00204000', 'LT', 'mrn47110815'],
  ['the id with others', '00204000', 'LT', 'MRN 4711/0815'],
  ['the accession number', '00081030', 'LO', 'ACC778899'],
  ['the phone number', '00204000', 'LT', 'call 5551234567'],
  ['the phone number with separators', '00204000', 'LT', '555-123-4567'],
  ['the address', '00204000', 'LT', '12 Harbour Road, Gdansk'],
  ['the birth date', '00204000', 'LT', 'born 19470201'],
  ['the birth date, ISO', '00204000', 'LT', '1947-02-01'],
  ['the birth date, German', '00204000', 'LT', '1.2.1947'],
  ['the birth date, American', '00204000', 'LT', '02/01/1947'],
  ['the birth date in words', '00204000', 'LT', '1 February 1947'],
  ['a UID of the file', '00080014', 'UI', '1.2.3.4.5.6.7.1001'],
  ['a UID in text', '00204000', 'LT', 'copy of 1.2.3.4.5.6.7.1002.'],
  ['a short value in its own attribute', '00200010', 'SH', '73'],
])('found: %s', (_, tag, vr, value) => {
  const error = proofWith(tag, vr, value);
  expect(error?.code).toBe('IDENTITY_LEFT');
  expect(error?.kind).toBe('file');
  expect(error?.detail).toContain(`(${tag.slice(0, 4)},${tag.slice(4)})`);
  expect(error?.message).not.toMatch(/kowalski|barbara|4711|7788|1947|harbour|nowak/i);
});

test.each<[string, Elements, string, string, string | Uint8Array]>([
  ['a patient called Chest', { PatientName: 'CHEST^ANNA' }, '00180015', 'CS', 'CHEST'],
  ['a patient called AP', { PatientName: 'AP^LI' }, '00185101', 'CS', 'AP'],
  ['a patient called Siemens', { PatientName: 'SIEMENS^ANNA' }, '00080070', 'LO', 'SIEMENS'],
  ['an id that is also an exposure', { PatientID: '2000' }, '00181150', 'IS', '2000'],
  ['an id that is also a date', { PatientID: '20200303' }, '00080023', 'DA', '20200303'],
  ['an id within a UID', { PatientID: '10008' }, '00080016', 'UI', '1.2.840.10008.5.1.4.1.1.1'],
  ['a placeholder id', { PatientID: 'UNKNOWN' }, '00204000', 'LT', 'cause unknown'],
  ['an id in a model', { PatientID: '5146' }, '00081090', 'LO', 'ADC_5146'],
  ['a short id in text', { PatientID: '12' }, '00204000', 'LT', 'image 12 of 14'],
  ['samples that spell a name', {}, '7fe00010', 'OW', Buffer.from('KOWALSKI^BARBARA')],
])('no false alarm: %s', (_, header, tag, vr, value) => {
  expect(proofWith(tag, vr, value, { ...HEADER, ...header })).toBeUndefined();
});

test('names in scripts without spaces, in their own and in other character sets', () => {
  const header = {
    SpecificCharacterSet: 'ISO_IR 192',
    PatientName: as('PN', Buffer.from('Yamada^Tarou=山田^太郎')),
  };
  expect(proofWith('00204000', 'LT', '患者 山田太郎 さん', header)?.code).toBe('IDENTITY_LEFT');
  expect(proofWith('00204000', 'LT', '胸部正面', header)).toBeUndefined();
});

test('accents do not hide a name', () => {
  const header = {
    SpecificCharacterSet: 'ISO_IR 100',
    PatientName: as('PN', Buffer.from('Müller^Jörg', 'latin1')),
  };
  expect(proofWith('00204000', 'LT', 'fuer Mueller', header)?.code).toBe('IDENTITY_LEFT');
  expect(proofWith('00204000', 'LT', Buffer.from('für Müller', 'latin1'), header)?.code).toBe(
    'IDENTITY_LEFT',
  );
  expect(proofWith('00204000', 'LT', 'MULLER', header)?.code).toBe('IDENTITY_LEFT');
});

test('comments in coded pixel data are searched', () => {
  const comment = Buffer.from('\xff\xd8\xff\xfe\x00\x1aKOWALSKI^BARBARA 1947\xff\xd9', 'latin1');
  const { result } = deidentified(HEADER);
  const dataset = new Map(result.file.dataset);
  dataset.set('7fe00010', {
    kind: 'fragments',
    tag: '7fe00010',
    vr: 'OB',
    offsets: [],
    fragments: [comment],
  });
  const bytes = writeDicom({ ...result.file, dataset, transferSyntax: '1.2.840.10008.1.2.4.50' });
  expect(() => proveClean(bytes, result)).toThrow(expect.objectContaining({ code: 'IDENTITY_LEFT' }));
  const clean = deidentified({ ...HEADER, PixelData: fragments([comment]) }, 'research', {
    transferSyntax: '1.2.840.10008.1.2.4.50',
  });
  expect(() => proveClean(clean.bytes, clean.result)).not.toThrow();
});

test('a name in the middle of a large value is found, wherever the pieces are cut', () => {
  for (const before of [2 ** 20 - 20, 2 ** 20 - 8, 2 ** 20, 2 ** 20 + 3]) {
    const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(' KOWALSKI BARBARA '), Buffer.alloc(64)]);
    expect(proofWith('00282000', 'OB', bytes)?.code, String(before)).toBe('IDENTITY_LEFT');
  }
});

test('a preamble that is not cleared is a hit', () => {
  const { bytes, result } = deidentified(HEADER);
  const spoilt = Buffer.from(bytes);
  spoilt.write('MZ');
  expect(() => proveClean(spoilt, result)).toThrow(expect.objectContaining({ code: 'IDENTITY_LEFT' }));
});

test('what a site rule keeps is no identifier, in the judgement of the site', () => {
  const profile = yaml('rules: [{ action: keep, keyword: AccessionNumber }]');
  const { bytes, result } = deidentified(HEADER, profile);
  expect(readDicom(bytes).dataset.get('00080050')).toMatchObject({ bytes: Buffer.from('ACC778899 ') });
  expect(() => proveClean(bytes, result)).not.toThrow();
});

test('a report of a hundred pages takes no time', () => {
  const text = 'The lungs are clear and the heart is of normal size. '.repeat(8000);
  const started = performance.now();
  expect(proofWith('0040a160', 'UT', text)).toBeUndefined();
  expect(performance.now() - started).toBeLessThan(2000);
});
