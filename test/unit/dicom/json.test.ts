import { expect, test } from 'vitest';
import { toDicomJson } from '../../../src/dicom/json.js';
import { readDicom } from '../../../src/dicom/read.js';
import { as, dicomBytes, type Elements } from '../../support/dicom-builder.js';

const json = (elements: Elements) => toDicomJson(readDicom(dicomBytes(elements)).dataset);

test.each<[string, Elements, string, unknown]>([
  ['text', { Modality: 'DX' }, '00080060', { vr: 'CS', Value: ['DX'] }],
  [
    'several values',
    { ImageType: 'DERIVED\\PRIMARY' },
    '00080008',
    { vr: 'CS', Value: ['DERIVED', 'PRIMARY'] },
  ],
  ['an empty one between others', { ImageType: 'A\\\\B' }, '00080008', { vr: 'CS', Value: ['A', null, 'B'] }],
  ['an empty element', { PatientID: '' }, '00100020', { vr: 'LO' }],
  ['a name', { PatientName: 'DOE^JANE' }, '00100010', { vr: 'PN', Value: [{ Alphabetic: 'DOE^JANE' }] }],
  [
    'component groups of a name',
    {
      SpecificCharacterSet: 'ISO_IR 192',
      PatientName: as('PN', Buffer.from('Yamada^Taro=山田^太郎=やまだ^たろう')),
    },
    '00100010',
    { vr: 'PN', Value: [{ Alphabetic: 'Yamada^Taro', Ideographic: '山田^太郎', Phonetic: 'やまだ^たろう' }] },
  ],
  ['decimal strings', { PixelSpacing: '0.10\\0.2' }, '00280030', { vr: 'DS', Value: [0.1, 0.2] }],
  [
    'a decimal string that is no number',
    { PixelSpacing: '0.1\\x' },
    '00280030',
    { vr: 'DS', Value: [0.1, 'x'] },
  ],
  ['words', { Rows: 7 }, '00280010', { vr: 'US', Value: [7] }],
  ['tags', { FrameIncrementPointer: as('AT', '0018106a') }, '00280009', { vr: 'AT', Value: ['0018106A'] }],
  [
    'a number beyond doubles',
    { '00091001': as('UV', new Uint8Array([255, 255, 255, 255, 255, 255, 255, 255])) },
    '00091001',
    { vr: 'UV', Value: ['18446744073709551615'] },
  ],
  [
    'items',
    { ReferencedImageSequence: [{ ReferencedSOPInstanceUID: '1.2' }, {}] },
    '00081140',
    { vr: 'SQ', Value: [{ '00081155': { vr: 'UI', Value: ['1.2'] } }, {}] },
  ],
  ['no items', { ReferencedImageSequence: [] }, '00081140', { vr: 'SQ' }],
  [
    'a public element written as UN',
    { PatientID: as('UN', Buffer.from('AB')) },
    '00100020',
    { vr: 'LO', Value: ['AB'] },
  ],
])('%s (PS3.18 F.2)', (_, elements, tag, expected) => {
  expect(json(elements)[tag]).toEqual(expected);
});

test('bulk data is left out, and no BulkDataURI stands for it', () => {
  const all = json({
    PixelData: as('OW', new Uint16Array(4)),
    EncapsulatedDocument: as('OB', new Uint8Array(4)),
    Rows: 2,
  });
  expect(Object.keys(all)).toEqual(['00280010']);
});

test('keys ascend and are upper case', () => {
  const keys = Object.keys(json({ StudyInstanceUID: '1.2', SeriesDescription: 'x', Rows: 1 }));
  expect(keys).toEqual(['0008103E', '0020000D', '00280010']);
});
