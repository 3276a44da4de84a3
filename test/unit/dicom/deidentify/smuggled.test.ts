import { expect, test } from 'vitest';
import { jpeg2000Text, jpegText, jpegXlText, rleText } from '../../../../src/dicom/deidentify/comments.js';
import { proveClean } from '../../../../src/dicom/deidentify/prove.js';
import { text } from '../../../../src/dicom/values.js';
import { CxrError } from '../../../../src/errors.js';
import { createTextCleaner } from '../../../../src/privacy/text.js';
import { as, type BuildOptions, type Elements, fragments } from '../../../support/dicom-builder.js';
import { deidentified, yaml } from './apply.js';

const bytes = (content: string) => Buffer.from(content, 'latin1');
const FILM: Elements = {
  Rows: 2,
  Columns: 8,
  BitsAllocated: 16,
  BitsStored: 16,
  HighBit: 15,
  SamplesPerPixel: 1,
  PixelRepresentation: 0,
};

/** What is stored of a file; nothing where it is kept back. */
function stored(elements: Elements, profile: string, build: BuildOptions = {}): string {
  const { bytes: output, result } = deidentified(elements, profile, build);
  try {
    proveClean(output, result);
  } catch (error) {
    if (error instanceof CxrError && error.code === 'IDENTITY_LEFT') return '';
    throw error;
  }
  return Buffer.from(output).toString('latin1');
}

test.each<[string, Elements]>([
  ['text written as numbers', { '00181061': as('US', bytes('KOWALSKI')) }],
  ['text written as bytes', { '00181061': as('OB', bytes('KOWALSKI')) }],
  ['text written as a code', { '00181061': as('CS', 'KOWALSKI') }],
  ['text written as a number in characters', { '00181061': as('IS', 'KOWALSKI') }],
  ['a code in no registry', { '00109998': as('CS', 'KOWALSKI') }],
  ['bytes in no registry', { '00109998': as('OB', bytes('KOWALSKI')) }],
  ['a sequence in no registry', { '00109998': as('SQ', [{ '00109996': as('CS', 'KOWALSKI') }]) }],
  ['a coded value', { BodyPartExamined: 'KOWALSKI' }],
  ['one of several', { ImageType: 'ORIGINAL\\PRIMARY\\KOWALSKI' }],
  ['the character set', { SpecificCharacterSet: 'KOWALSKI' }],
  ['an integer', { SeriesNumber: 'KOWALSKI' }],
  ['a decimal', { KVP: 'KOWALSKI' }],
  ['a time', { StudyTime: 'KOWALSKI' }],
  ['a maker', { Manufacturer: 'Kowalski' }],
  ['the meaning of a code', { AnatomicRegionSequence: [{ CodeMeaning: 'chest of Kowalski' }] }],
  ['an explanation', { WindowCenterWidthExplanation: 'KOWALSKI' }],
  ['a UID of a class', { SOPClassUID: 'KOWALSKI' }],
  ['a UID of an instance', { StudyInstanceUID: 'KOWALSKI' }],
  ['bytes where items belong', { DetectorInformationSequence: as('OB', bytes('KOWALSKI')) }],
  ['a table', { RedPaletteColorLookupTableData: as('OW', bytes('KOWALSKI BARBARA')) }],
  ['behind the samples', { ...FILM, PixelData: as('OW', bytes(`${'ab'.repeat(16)}KOWALSKI`)) }],
  ['UTF-16 in text', { DetectorMode: as('LO', Buffer.from('KOWALSKI', 'utf16le')) }],
])('a name does not get out in %s', (_, elements) => {
  const full = yaml('options: { retainLongitudinalFullDates: true, retainUids: true }\nunlisted: treat');
  for (const profile of ['research', 'basic', full]) {
    expect(stored(elements, profile).replaceAll('\0', '')).not.toMatch(/kowalski/i);
  }
});

test('research cleans what the proof would keep back', () => {
  const {
    dataset,
    bytes: output,
    result,
  } = deidentified({
    Manufacturer: 'Kowalski Imaging',
    BodyPartExamined: 'KOWALSKI',
    SeriesNumber: '47110815',
    SOPClassUID: 'KOWALSKI',
    KVP: '125',
    ImageType: 'ORIGINAL\\PRIMARY',
  });
  expect(() => proveClean(output, result)).not.toThrow();
  expect(text(dataset, '00080070')).toBe('[NAME] Imaging');
  expect(text(dataset, '00180015')).toBe('REMOVED');
  expect(text(dataset, '00200011')).toBeUndefined();
  expect(text(dataset, '00080016')).toMatch(/^2\.25\.\d+$/);
  expect([text(dataset, '00180060'), text(dataset, '00080008')]).toEqual(['125', 'ORIGINAL']);
});

test('an odd number of bytes in words of big endian keeps its last one', () => {
  const image = { ...FILM, Rows: 1, Columns: 3, BitsAllocated: 8, BitsStored: 8, HighBit: 7 };
  const PixelData = as('OW', Uint16Array.of(0x0102, 0x0304));
  const { dataset } = deidentified({ ...image, PixelData }, 'basic', {
    transferSyntax: '1.2.840.10008.1.2.2',
  });
  expect(dataset.get('7fe00010')).toMatchObject({ bytes: Buffer.from([1, 2, 3, 4]) });
});

test.each(['CHEST^ANNA', 'SIEMENS^STANDARD', 'PRIMARY^ORIGINAL'])('%s does not spoil codes', (name) => {
  const { dataset } = deidentified({
    PatientName: name,
    BodyPartExamined: 'CHEST',
    Manufacturer: 'SIEMENS',
    ImageType: 'ORIGINAL\\PRIMARY',
  });
  expect(['00180015', '00080070', '00080008'].map((tag) => text(dataset, tag))).toEqual([
    'CHEST',
    'SIEMENS',
    'ORIGINAL',
  ]);
});

test('a name that is written as another VR is known all the same', () => {
  for (const vr of ['LO', 'OB', 'US']) {
    const PatientName = as(vr, bytes('KOWALSKI^BARBARA'));
    const {
      dataset,
      result,
      bytes: output,
    } = deidentified({ PatientName, StudyDescription: 'for Kowalski' });
    expect(text(dataset, '00081030')).toBe('for [NAME]');
    expect(() => proveClean(output, result)).not.toThrow();
  }
});

test('numbers under a text tag stay numbers', () => {
  const { dataset } = deidentified({ InstanceNumber: as('US', Uint16Array.of(3)) });
  expect(dataset.get('00200013')).toMatchObject({ vr: 'US', bytes: Buffer.from([3, 0]) });
});

test('UIDs that are no UIDs are replaced though UIDs are retained: they name folders', () => {
  const profile = yaml('options: { retainUids: true }');
  for (const uid of ['..', '../../x', 'KOWALSKI', '1.2/3', '1']) {
    const { result } = deidentified({ StudyInstanceUID: uid, SOPInstanceUID: uid }, profile);
    expect(result.ids.study).toMatch(/^2\.25\.\d+$/);
    expect(result.ids.instance).toMatch(/^2\.25\.\d+$/);
  }
});

test('what is no transfer syntax is not written', () => {
  expect(stored({}, 'basic', { transferSyntax: 'KOWALSKI BARBARA' })).not.toMatch(/KOWALSKI/);
});

test('an offset table that points at no fragment goes, a true one stays', () => {
  const image = Buffer.from('ffd8ffd9', 'hex');
  const offsetsOf = (offsets: readonly number[]) => {
    const PixelData = fragments([image, image], offsets);
    const element = deidentified({ ...FILM, PixelData }, 'basic', {
      transferSyntax: '1.2.840.10008.1.2.4.50',
    }).dataset.get('7fe00010');
    return element?.kind === 'fragments' ? element.offsets : undefined;
  };
  expect(offsetsOf([0, 12])).toEqual([0, 12]);
  expect(offsetsOf([bytes('KOWA').readUInt32LE(), bytes('LSKI').readUInt32LE()])).toEqual([]);
});

const without = (content: Buffer, ranges: readonly { start: number; end: number }[]) => {
  const out = Buffer.from(content);
  for (const { start, end } of ranges) out.fill(0, start, end);
  return out.toString('latin1');
};
const box = (name: string, content: string) => {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(8 + content.length);
  head.write(name, 4, 'latin1');
  return Buffer.concat([head, bytes(content)]);
};
const CODESTREAM =
  '\xff\x4f\xff\x51\x00\x04ab\xff\x90\x00\x0a\x00\x00\x00\x00\x00\x00\x00\x01\xff\x93data\xff\xd9';

test('text is found before SOI, between segments, and behind a JPEG 2000 tile of open length', () => {
  const jpeg = bytes('SECRET\xff\xd8\xff\xdb\x00\x04abSECRET\xff\xfe\x00\x08SECRET\xff\xd9');
  expect(without(jpeg, jpegText(jpeg))).not.toMatch(/SECRET/);
  expect(without(jpeg, jpegText(jpeg))).toContain('\xff\xdb\x00\x04ab');
  const garbage = bytes('\xff\xd8SECRET\xff\xe1\x00\x08SECRET\xff\xdb\x00\x04ab');
  expect(without(garbage, jpegText(garbage))).not.toMatch(/SECRET/);
  const j2k = bytes(`${CODESTREAM}SECRET`);
  expect(without(j2k, jpeg2000Text(j2k))).toBe(`${CODESTREAM}${'\0'.repeat(6)}`);
});

test('boxes that no decoder needs are emptied', () => {
  const signature = (name: string) => box(name, '\x0d\x0a\x87\x0a');
  const jp2 = Buffer.concat([
    signature('jP  '),
    box('ftyp', 'jp2 '),
    box('xml ', 'SECRET'),
    box('jp2c', `${CODESTREAM}SECRET`),
    box('uuid', 'SECRET'),
  ]);
  expect(without(jp2, jpeg2000Text(jp2))).not.toMatch(/SECRET/);
  expect(without(jp2, jpeg2000Text(jp2))).toContain(CODESTREAM);
  const jxl = Buffer.concat([
    signature('JXL '),
    box('Exif', 'SECRET'),
    box('jxlc', 'coded'),
    box('xml ', 'SECRET'),
  ]);
  expect(without(jxl, jpegXlText(jxl))).not.toMatch(/SECRET/);
  expect(without(jxl, jpegXlText(jxl))).toContain('coded');
});

test('RLE: what no sample comes from is emptied, the segments stay', () => {
  const header = Buffer.alloc(64);
  header.writeUInt32LE(1, 0);
  header.writeUInt32LE(70, 4);
  header.write('SECRET', 30);
  const rle = Buffer.concat([header, bytes('SECRET'), Buffer.from([0xfe, 7, 0, 9]), bytes('SECRET')]);
  const clean = without(rle, rleText(rle, 4));
  expect(clean).not.toMatch(/SECRET/);
  expect(clean.slice(70, 74)).toBe('\xfe\x07\x00\x09');
  expect(without(rle, rleText(rle.subarray(0, 20), 4))).toBe(rle.toString('latin1'));
});

test('letters and parts of a name set apart', () => {
  const clean = createTextCleaner({ names: ['KOWALSKI^XIAODONG'] });
  expect(clean('K O W A L S K I, KOWAL-SKI and Xiao Dong, chest PA')).toBe('[NAME] and [NAME], chest PA');
  expect(clean('K O chest, Xiao alone')).toBe('K O chest, Xiao alone');
});
