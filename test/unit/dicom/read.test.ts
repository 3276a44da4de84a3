import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Dataset } from '../../../src/dicom/dataset.js';
import { looksLikeDicom, readDicom } from '../../../src/dicom/read.js';
import {
  DEFLATED,
  EXPLICIT_BIG,
  EXPLICIT_LITTLE,
  IMPLICIT_LITTLE,
} from '../../../src/dicom/transfer-syntax.js';
import { items, number, text, texts } from '../../../src/dicom/values.js';
import type { ErrorCode } from '../../../src/errors.js';
import { as, dicomBytes, type Elements, fragments, header } from '../../support/dicom-builder.js';

const SYNTAXES = [IMPLICIT_LITTLE, EXPLICIT_LITTLE, EXPLICIT_BIG, DEFLATED];
const STUDY: Elements = {
  SpecificCharacterSet: 'ISO_IR 100',
  SOPClassUID: '1.2.840.10008.5.1.4.1.1.1',
  StudyDate: '20240131',
  Modality: 'DX',
  PatientName: 'DOE^JANE',
  PatientWeight: '61.5',
  ViewCodeSequence: [{ CodeValue: 'R-10206', ViewModifierCodeSequence: [{ CodeValue: 'nested' }] }, {}],
  Rows: 3,
  SmallestImagePixelValue: -5,
  PixelRepresentation: 1,
  '00091001': as('UN', new Uint8Array([1, 2])),
};

function failure(run: () => unknown): ErrorCode | undefined {
  try {
    run();
  } catch (error) {
    return (error as { code?: ErrorCode }).code;
  }
  return undefined;
}

const first = (dataset: Dataset | undefined, tag: string) => (dataset ? text(dataset, tag) : undefined);

describe('readDicom', () => {
  for (const transferSyntax of SYNTAXES) {
    for (const undefinedLength of [false, true]) {
      it(`reads ${transferSyntax}, ${undefinedLength ? 'undefined' : 'known'} lengths`, () => {
        const bytes = dicomBytes(STUDY, { transferSyntax, undefinedLength });
        const file = readDicom(bytes);
        expect(file.transferSyntax).toBe(transferSyntax);
        expect(file.explicitVR).toBe(transferSyntax !== IMPLICIT_LITTLE);
        expect(file.littleEndian).toBe(transferSyntax !== EXPLICIT_BIG);
        expect(file.byteLength).toBe(bytes.length);
        expect(text(file.meta, '00020010')).toBe(transferSyntax);
        expect(text(file.dataset, '00100010')).toBe('DOE^JANE');
        expect(number(file.dataset, '00101030')).toBe(61.5);
        expect(number(file.dataset, '00280010')).toBe(3);
        expect(number(file.dataset, '00280106')).toBe(-5);
        const views = items(file.dataset, '00540220');
        expect(views.length).toBe(2);
        expect(first(views[0], '00080100')).toBe('R-10206');
        expect(first(items(views[0] as Dataset, '00540222')[0], '00080100')).toBe('nested');
        expect([...file.dataset.keys()]).toEqual([...file.dataset.keys()].sort());
      });
    }
  }

  for (const transferSyntax of [IMPLICIT_LITTLE, EXPLICIT_LITTLE, EXPLICIT_BIG]) {
    it(`recognises a dataset of ${transferSyntax} without preamble and meta`, () => {
      const bytes = dicomBytes(STUDY, { transferSyntax, meta: false });
      expect(looksLikeDicom(bytes.subarray(0, 512))).toBe(true);
      const file = readDicom(bytes);
      expect(file.transferSyntax).toBe(transferSyntax);
      expect(file.meta.size).toBe(0);
      expect(text(file.dataset, '00100010')).toBe('DOE^JANE');
    });
  }

  it('reads meta information without preamble', () => {
    const bytes = dicomBytes(STUDY, { transferSyntax: IMPLICIT_LITTLE, preamble: false });
    expect(looksLikeDicom(bytes)).toBe(true);
    expect(text(readDicom(bytes).dataset, '00080060')).toBe('DX');
  });

  it('trusts the dataset where the meta information lies about its encoding', () => {
    const implicit = dicomBytes(STUDY, {
      transferSyntax: IMPLICIT_LITTLE,
      meta: { TransferSyntaxUID: EXPLICIT_LITTLE },
    });
    expect(text(readDicom(implicit).dataset, '00100010')).toBe('DOE^JANE');
    const explicit = dicomBytes(STUDY, { meta: { TransferSyntaxUID: IMPLICIT_LITTLE } });
    expect(text(readDicom(explicit).dataset, '00100010')).toBe('DOE^JANE');
  });

  it('opens sequences hidden in UN, of undefined and of known length', () => {
    // PS3.5 6.2.2 note 2: the content is implicit VR little endian, whatever the file is.
    const inner = dicomBytes(
      { PatientName: 'HIDDEN^NAME' },
      { transferSyntax: IMPLICIT_LITTLE, meta: false },
    );
    const item = header('fffee000', '', inner.length, { littleEndian: true, explicitVR: false }, inner);
    const end = header('fffee0dd', '', 0, { littleEndian: true, explicitVR: false });
    for (const transferSyntax of [EXPLICIT_LITTLE, EXPLICIT_BIG]) {
      const known = dicomBytes({ '00091001': as('UN', item), Rows: 1 }, { transferSyntax });
      const encoding = { littleEndian: transferSyntax === EXPLICIT_LITTLE, explicitVR: true };
      const undefinedLength = Buffer.concat([
        dicomBytes({ Modality: 'DX' }, { transferSyntax }),
        header('00091001', 'UN', 0xffffffff, encoding, Buffer.concat([item, end])),
        header('00280010', 'US', 2, encoding, Buffer.from([0, 0])),
      ]);
      for (const bytes of [known, undefinedLength]) {
        const { dataset } = readDicom(bytes);
        const element = dataset.get('00091001');
        expect(element?.kind).toBe('sequence');
        expect(element?.vr).toBe('UN');
        expect(first(items(dataset, '00091001')[0], '00100010')).toBe('HIDDEN^NAME');
        expect(dataset.has('00280010')).toBe(true);
      }
    }
  });

  it('keeps UN that only starts like a sequence as bytes', () => {
    const bytes = Buffer.from('feff00e0ffff0000aabb', 'hex');
    const element = readDicom(dicomBytes({ '00091001': as('UN', bytes) })).dataset.get('00091001');
    expect(element?.kind === 'value' && Buffer.from(element.bytes).equals(bytes)).toBe(true);
  });

  it('keeps fragments and offsets, at the top and in an icon', () => {
    const parts = [Buffer.from([1, 2]), Buffer.alloc(0), Buffer.from([3, 4])];
    const pixels = fragments(parts, [0, 10]);
    const { dataset } = readDicom(
      dicomBytes(
        { IconImageSequence: [{ PixelData: pixels, Rows: 1 }], PixelData: pixels },
        { transferSyntax: '1.2.840.10008.1.2.4.50', undefinedLength: true },
      ),
    );
    const icon = items(dataset, '00880200')[0];
    for (const element of [dataset.get('7fe00010'), icon?.get('7fe00010')]) {
      if (element?.kind !== 'fragments') throw new Error('no fragments');
      expect(element.offsets).toEqual([0, 10]);
      expect(element.fragments.map((part) => [...part])).toEqual([[1, 2], [], [3, 4]]);
    }
    expect(icon?.has('00280010')).toBe(true);
  });

  it('ignores zeros after the dataset, and nothing else', () => {
    const bytes = dicomBytes(STUDY);
    for (const padding of [1, 7, 8, 300]) {
      expect(text(readDicom(Buffer.concat([bytes, Buffer.alloc(padding)])).dataset, '00080060')).toBe('DX');
    }
    expect(failure(() => readDicom(Buffer.concat([bytes, Buffer.from('00000001')])))).toBeDefined();
    expect(failure(() => readDicom(Buffer.concat([bytes, Buffer.from('rest')])))).toBe('TRUNCATED');
  });

  it('puts elements in order and keeps the last of two', () => {
    const encoding = { littleEndian: true, explicitVR: true };
    const late = header('00080060', 'CS', 2, encoding, Buffer.from('CR'));
    const { dataset } = readDicom(Buffer.concat([dicomBytes(STUDY), late]));
    expect(texts(dataset, '00080060')).toEqual(['CR']);
    expect([...dataset.keys()]).toEqual([...dataset.keys()].sort());
  });

  it('takes values as views of the file', () => {
    const bytes = dicomBytes({ PixelData: as('OB', new Uint8Array(64)) });
    const element = readDicom(bytes).dataset.get('7fe00010');
    expect(element?.kind === 'value' && element.bytes.buffer === bytes.buffer).toBe(true);
  });
});

describe('hostile files', () => {
  const little = { littleEndian: true, explicitVR: true };
  const start = dicomBytes({ Modality: 'DX' });

  it('stops at 50,000 nested sequences', () => {
    const open = Buffer.concat([
      header('00081140', 'SQ', 0xffffffff, little),
      header('fffee000', '', 0xffffffff, { ...little, explicitVR: false }),
    ]);
    const bytes = Buffer.concat([start, ...Array<Buffer>(50_000).fill(open)]);
    expect(failure(() => readDicom(bytes))).toBe('TOO_DEEP');
  });

  it('stops where UN nests, which is looked into on suspicion only', () => {
    let inner: Buffer = Buffer.alloc(8);
    for (let i = 0; i < 2000; i++) {
      const element = header('00091001', 'UN', inner.length, { ...little, explicitVR: false }, inner);
      inner = header('fffee000', '', element.length, { ...little, explicitVR: false }, element);
    }
    expect(failure(() => readDicom(dicomBytes({ '00091001': as('UN', inner) })))).toBe('TOO_DEEP');
  });

  it('stops a deflate bomb', () => {
    const bytes = dicomBytes(
      { PixelData: as('OB', new Uint8Array(8 * 2 ** 20)) },
      { transferSyntax: DEFLATED },
    );
    expect(bytes.length).toBeLessThan(20_000);
    expect(failure(() => readDicom(bytes, { maxInflatedBytes: 2 ** 20 }))).toBe('INFLATES_TOO_LARGE');
    expect(failure(() => readDicom(bytes.subarray(0, -4)))).toBe('TRUNCATED');
  });

  it('stops at too many elements, items and fragments', () => {
    const limits = { maxElements: 100 };
    const element = header('00091001', 'LO', 0, little);
    expect(failure(() => readDicom(Buffer.concat([start, ...Array(200).fill(element)]), limits))).toBe(
      'TOO_MANY_ELEMENTS',
    );
    const empty = Array.from({ length: 200 }, () => ({}));
    expect(failure(() => readDicom(dicomBytes({ ViewCodeSequence: empty }), limits))).toBe(
      'TOO_MANY_ELEMENTS',
    );
    const parts = fragments(Array.from({ length: 200 }, () => Buffer.alloc(0)));
    expect(failure(() => readDicom(dicomBytes({ PixelData: parts }), limits))).toBe('TOO_MANY_ELEMENTS');
  });

  it('refuses files over the limit and bytes that are no DICOM', () => {
    expect(failure(() => readDicom(start, { maxBytes: 100 }))).toBe('TOO_LARGE');
    for (const bytes of [
      Buffer.alloc(0),
      Buffer.alloc(4096),
      Buffer.from('%PDF-1.7 '.repeat(100)),
      Buffer.alloc(600, 8),
    ]) {
      expect(looksLikeDicom(bytes)).toBe(false);
      expect(failure(() => readDicom(bytes))).toBe('NOT_DICOM');
    }
  });

  it('says TRUNCATED for lengths past the end', () => {
    const lies = [
      header('7fe00010', 'OW', 0xfffffff0, little, Buffer.alloc(4)),
      header('00081140', 'SQ', 0x7fffffff, little),
      header(
        '00081140',
        'SQ',
        0xffffffff,
        little,
        header('fffee000', '', 0x10000, { ...little, explicitVR: false }),
      ),
      header(
        '7fe00010',
        'OB',
        0xffffffff,
        little,
        header('fffee000', '', 0x10000, { ...little, explicitVR: false }),
      ),
    ];
    for (const lie of lies) expect(failure(() => readDicom(Buffer.concat([start, lie])))).toBe('TRUNCATED');
  });

  it('throws only codes of the registry, whichever byte is missing or changed', () => {
    const bytes = dicomBytes(STUDY, { undefinedLength: true });
    fc.assert(
      fc.property(fc.nat(bytes.length), fc.nat(bytes.length - 1), fc.nat(255), (cut, at, value) => {
        const changed = Buffer.from(bytes.subarray(0, cut));
        if (at < cut) changed[at] = value;
        try {
          readDicom(changed);
        } catch (error) {
          expect((error as Error).name).toBe('CxrError');
        }
      }),
      { numRuns: 2000 },
    );
  });
});
