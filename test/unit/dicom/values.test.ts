import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { attributeOf, isPrivate, keywordOf, tagOf, vrOf } from '../../../src/dicom/dictionary.js';
import { readDicom } from '../../../src/dicom/read.js';
import { EXPLICIT_BIG, EXPLICIT_LITTLE } from '../../../src/dicom/transfer-syntax.js';
import {
  int,
  ints,
  items,
  number,
  numbers,
  personName,
  tags,
  text,
  texts,
} from '../../../src/dicom/values.js';
import { as, dicomBytes, type Elements } from '../../support/dicom-builder.js';

const read = (elements: Elements, transferSyntax = EXPLICIT_LITTLE) =>
  readDicom(dicomBytes(elements, { transferSyntax })).dataset;
const hex = (digits: string) => as('PN', Buffer.from(digits.replaceAll(' ', ''), 'hex'));

describe('text', () => {
  it('trims padding and splits values', () => {
    const dataset = read({
      ImageType: 'ORIGINAL\\PRIMARY \\',
      SOPInstanceUID: '1.2.3',
      StudyDescription: ' Chest ',
    });
    expect(texts(dataset, '00080008')).toEqual(['ORIGINAL', 'PRIMARY', '']);
    expect(text(dataset, '00080018')).toBe('1.2.3');
    expect(text(dataset, '00081030')).toBe('Chest');
    expect(text(dataset, '00100010')).toBeUndefined();
    expect(texts(dataset, '00100010')).toEqual([]);
  });

  it('keeps backslashes and leading spaces of text that has one value', () => {
    expect(text(read({ ImageComments: '  a\\b ' }), '00204000')).toBe('  a\\b');
  });

  it('gives nothing for sequences and binary values', () => {
    const dataset = read({ ViewCodeSequence: [{}], Rows: 12336 });
    expect(text(dataset, '00540220')).toBeUndefined();
    expect(text(dataset, '00280010')).toBeUndefined();
  });

  // Names of PS3.5 annexes H, I, J, K, with the code points they print.
  it.each([
    ['ISO_IR 100', '42 75 63 5E 4A E9 72 F4 6D 65', 'Buc^Jérôme'],
    ['ISO_IR 144', 'BB EE DA 63 65 DC D1 79 70 D3', 'Люкceмбypг'],
    ['ISO_IR 126', 'C4 E9 EF ED F5 F3 E9 EF F2', 'Διονυσιος'],
    [
      'ISO_IR 192',
      '57 61 6E 67 5E 58 69 61 6F 44 6F 6E 67 3D E7 8E 8B 5E E5 B0 8F E6 9D B1',
      'Wang^XiaoDong=王^小東',
    ],
    ['GB18030', '57 61 6E 67 5E 58 69 61 6F 44 6F 6E 67 3D CD F5 5E D0 A1 B6 AB', 'Wang^XiaoDong=王^小东'],
    [
      '\\ISO 2022 IR 87',
      '59 61 6D 61 64 61 5E 54 61 72 6F 75 3D 1B 24 42 3B 33 45 44 1B 28 42 5E 1B 24 42 42 40 4F 3A 1B 28 42 3D 1B 24 42 24 64 24 5E 24 40 1B 28 42 5E 1B 24 42 24 3F 24 6D 24 26 1B 28 42',
      'Yamada^Tarou=山田^太郎=やまだ^たろう',
    ],
    [
      'ISO 2022 IR 13\\ISO 2022 IR 87',
      'D4 CF C0 DE 5E C0 DB B3 3D 1B 24 42 3B 33 45 44 1B 28 4A 5E 1B 24 42 42 40 4F 3A 1B 28 4A',
      'ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎',
    ],
    [
      '\\ISO 2022 IR 149',
      '48 6F 6E 67 5E 47 69 6C 64 6F 6E 67 3D 1B 24 29 43 FB F3 5E 1B 24 29 43 D1 CE D4 D7',
      'Hong^Gildong=洪^吉洞',
    ],
    ['\\ISO 2022 IR 58', '5A 68 61 6E 67 3D 1B 24 29 41 D5 C5', 'Zhang=张'],
    ['ISO 2022 IR 100\\ISO 2022 IR 126', '42 E9 5E 1B 2D 46 C4 E9', 'Bé^Δι'],
  ])('decodes names in %s', (charset, bytes, name) => {
    expect(text(read({ SpecificCharacterSet: charset, PatientName: hex(bytes) }), '00100010')).toBe(name);
  });

  it('uses the character set of the dataset around an item that names none', () => {
    const dataset = read({
      SpecificCharacterSet: 'ISO_IR 192',
      ReferencedPatientSequence: [{ PatientName: as('PN', Buffer.from('Łódź')) }],
    });
    expect(text(items(dataset, '00081120')[0] ?? new Map(), '00100010')).toBe('Łódź');
  });

  it('splits a name into its groups', () => {
    expect(personName('Yamada^Tarou=山田^太郎')).toEqual({
      ...{ alphabetic: 'Yamada^Tarou', ideographic: '山田^太郎', phonetic: '' },
    });
  });

  it('never throws, whatever the bytes', () => {
    const sets = fc.constantFrom(
      '',
      'ISO_IR 192',
      '\\ISO 2022 IR 87',
      'ISO 2022 IR 13',
      'GB18030',
      'nonsense',
    );
    fc.assert(
      fc.property(sets, fc.uint8Array({ maxLength: 64 }), (charset, bytes) => {
        expect(
          typeof texts(read({ SpecificCharacterSet: charset, PatientName: as('PN', bytes) }), '00100010'),
        ).toBe('object');
      }),
    );
  });
});

describe('numbers', () => {
  it('reads every binary VR in both byte orders', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(EXPLICIT_LITTLE, EXPLICIT_BIG),
        fc.integer({ min: -30000, max: 30000 }),
        (syntax, n) => {
          const unsigned = n & 0x7fff;
          const dataset = read(
            {
              '00091001': as('SS', [n, 1]),
              '00091002': as('US', [unsigned, 1]),
              '00091003': as('SL', [n * 65536]),
              '00091004': as('UL', [unsigned * 65537]),
              '00091005': as('FL', [n / 8]),
              '00091006': as('FD', [n / 3]),
              '00091007': as('SV', [n * 2 ** 30]),
              '00091008': as('OW', [unsigned, 2]),
            },
            syntax,
          );
          expect(numbers(dataset, '00091001')).toEqual([n, 1]);
          expect(ints(dataset, '00091002')).toEqual([unsigned, 1]);
          expect(number(dataset, '00091003')).toBe(n * 65536);
          expect(number(dataset, '00091004')).toBe(unsigned * 65537);
          expect(number(dataset, '00091005')).toBe(n / 8);
          expect(number(dataset, '00091006')).toBe(n / 3);
          expect(number(dataset, '00091007')).toBe(n * 2 ** 30);
          expect(numbers(dataset, '00091008')).toEqual([unsigned, 2]);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('parses decimal and integer strings, and nothing that is none', () => {
    const dataset = read({
      WindowCenter: ' 40\\-1.5e2 ',
      InstanceNumber: '12 ',
      SeriesNumber: 'x',
      PatientWeight: '',
    });
    expect(numbers(dataset, '00281050')).toEqual([40, -150]);
    expect(int(dataset, '00200013')).toBe(12);
    expect(number(dataset, '00200011')).toBeUndefined();
    expect(numbers(dataset, '00101030')).toBeUndefined();
    expect(int(dataset, '00281050')).toBe(40);
    expect(ints(read({ WindowCenter: '1\\1.5' }), '00281050')).toBeUndefined();
  });

  it('reads a public element that came as UN', () => {
    expect(number(read({ Rows: as('UN', new Uint8Array([44, 1])) }), '00280010')).toBe(300);
  });

  it('reads attribute tags', () => {
    for (const syntax of [EXPLICIT_LITTLE, EXPLICIT_BIG]) {
      const dataset = read({ FrameIncrementPointer: as('AT', ['00181063', '00181065']) }, syntax);
      expect(tags(dataset, '00280009')).toEqual(['00181063', '00181065']);
    }
  });
});

describe('dictionary', () => {
  it('knows attributes by tag and keyword', () => {
    expect(tagOf('PatientName')).toBe('00100010');
    expect(keywordOf('7fe00010')).toBe('PixelData');
    expect(vrOf('00280010')).toBe('US');
    expect(vrOf('00280106')).toBe('US or SS');
    expect(tagOf('patientname')).toBeUndefined();
  });

  it('knows repeating groups', () => {
    expect(keywordOf('60023000')).toBe('OverlayData');
    expect(attributeOf('50040005')?.keyword).toBe('CurveDimensions');
    expect(attributeOf('00203105')?.keyword).toBe('SourceImageIDs');
    expect(tagOf('OverlayData')).toBeUndefined();
  });

  it('treats private and unknown tags as UN, their creators as LO, group lengths as UL', () => {
    expect(isPrivate('00091001')).toBe(true);
    expect(isPrivate('00101001')).toBe(false);
    expect(vrOf('00091001')).toBe('UN');
    expect(vrOf('00090010')).toBe('LO');
    expect(vrOf('00090000')).toBe('UL');
    expect(vrOf('00080000')).toBe('UL');
    expect(vrOf('00080003')).toBe('UN');
  });
});
