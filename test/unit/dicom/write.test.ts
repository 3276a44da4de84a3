import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Dataset, Element } from '../../../src/dicom/dataset.js';
import { readDicom } from '../../../src/dicom/read.js';
import { text } from '../../../src/dicom/values.js';
import { IMPLEMENTATION_CLASS_UID, writeDicom } from '../../../src/dicom/write.js';
import { as, dicomBytes, type Elements, fragments } from '../../support/dicom-builder.js';

const SYNTAXES = [
  '1.2.840.10008.1.2',
  '1.2.840.10008.1.2.1',
  '1.2.840.10008.1.2.2',
  '1.2.840.10008.1.2.1.99',
];

/** Everything that a dataset says, independent of how it is held. */
function plain(dataset: Dataset): unknown {
  return [...dataset.values()].map((element: Element) => {
    if (element.kind === 'sequence') return [element.tag, element.items.map(plain)];
    if (element.kind === 'fragments')
      return [element.tag, element.offsets, element.fragments.map((f) => Buffer.from(f).toString('hex'))];
    return [element.tag, element.vr, Buffer.from(element.bytes).toString('hex')];
  });
}

const leaf: fc.Arbitrary<Elements> = fc.record(
  {
    PatientName: fc.stringMatching(/^[A-Z^]{0,9}$/),
    Rows: fc.nat(65535),
    EventElapsedTimes: fc.array(fc.integer({ min: 0, max: 9999 }), { minLength: 1, maxLength: 3 }),
    ImageComments: fc.stringMatching(/^[ -~]{0,30}$/),
    AcquisitionMatrix: fc.array(fc.nat(65535), { minLength: 4, maxLength: 4 }),
    FrameIncrementPointer: fc.constant(as('AT', '00181063')),
    RedPaletteColorLookupTableData: fc.uint16Array({ minLength: 1, maxLength: 8 }),
    '00091001': fc.constant(as('UN', new Uint8Array([1, 2, 3, 4]))),
  },
  { requiredKeys: [] },
);
const nested = fc.letrec<{ dataset: Elements }>((tie) => ({
  dataset: fc
    .tuple(
      leaf,
      fc.option(fc.array(tie('dataset'), { maxLength: 3 }), { nil: undefined, depthSize: 'small' }),
    )
    .map(([elements, items]) =>
      items === undefined ? elements : { ...elements, ReferencedImageSequence: items },
    ),
})).dataset;

test('what was read and written is read again as it was, in every encoding', () => {
  fc.assert(
    fc.property(
      nested,
      fc.constantFrom(...SYNTAXES),
      fc.boolean(),
      (elements, transferSyntax, undefinedLength) => {
        const first = readDicom(
          dicomBytes({ SOPInstanceUID: '1.2.3', ...elements }, { transferSyntax, undefinedLength }),
        );
        const bytes = writeDicom(first);
        const again = readDicom(bytes);
        expect(plain(again.dataset)).toEqual(plain(first.dataset));
        expect(again.transferSyntax).toBe(transferSyntax);
        expect(Buffer.compare(Buffer.from(writeDicom(again)), Buffer.from(bytes))).toBe(0);
      },
    ),
    { numRuns: 200 },
  );
});

test('file meta information is made new: no AE titles, nothing private, a cleared preamble', () => {
  const input = dicomBytes(
    { SOPClassUID: '1.2.840.10008.5.1.4.1.1.1', SOPInstanceUID: '1.2.3' },
    {
      meta: {
        SourceApplicationEntityTitle: 'WARD7',
        SendingApplicationEntityTitle: 'DOE',
        PrivateInformationCreatorUID: '1.9',
        PrivateInformation: new Uint8Array([68, 79, 69, 33]),
        ImplementationVersionName: 'OTHER',
      },
    },
  );
  input.write('MZ executable', 0, 'latin1');
  const output = Buffer.from(writeDicom(readDicom(input)));
  expect(output.subarray(0, 128).every((byte) => byte === 0)).toBe(true);
  expect(output.subarray(128, 132).toString()).toBe('DICM');
  const { meta } = readDicom(output);
  expect([...meta.keys()]).toEqual([
    '00020000',
    '00020001',
    '00020002',
    '00020003',
    '00020010',
    '00020012',
    '00020013',
  ]);
  expect(text(meta, '00020003')).toBe('1.2.3');
  expect(text(meta, '00020012')).toBe(IMPLEMENTATION_CLASS_UID);
  const length = (meta.get('00020000') as { bytes: Uint8Array }).bytes;
  const stated = Buffer.from(length).readUInt32LE();
  expect(output.readUInt16LE(144 + stated)).not.toBe(2);
});

test('encapsulated pixel data keeps its fragments and its offset table', () => {
  const parts = [new Uint8Array([1, 2]), new Uint8Array([3, 4, 5, 6])];
  const input = dicomBytes(
    { SOPInstanceUID: '1.2.3', PixelData: fragments(parts, [0, 10]) },
    { transferSyntax: '1.2.840.10008.1.2.4.50' },
  );
  const element = readDicom(writeDicom(readDicom(input))).dataset.get('7fe00010');
  expect(element).toMatchObject({ kind: 'fragments', offsets: [0, 10] });
  expect(element?.kind === 'fragments' && element.fragments.map((f) => [...f])).toEqual(
    parts.map((p) => [...p]),
  );
});

test('group lengths go, odd values are padded as their VR asks', () => {
  const file = readDicom(dicomBytes({ '00080000': as('UL', 4), SOPInstanceUID: '1.2.3', PatientID: 'AB' }));
  const odd = new Map(file.dataset);
  odd.set('00100020', { kind: 'value', tag: '00100020', vr: 'LO', bytes: Buffer.from('ABC') });
  odd.set('00080018', { kind: 'value', tag: '00080018', vr: 'UI', bytes: Buffer.from('1.2.4') });
  const { dataset } = readDicom(writeDicom({ ...file, dataset: odd }));
  expect(dataset.has('00080000')).toBe(false);
  expect(Buffer.from((dataset.get('00100020') as { bytes: Uint8Array }).bytes).toString()).toBe('ABC ');
  expect(Buffer.from((dataset.get('00080018') as { bytes: Uint8Array }).bytes).toString()).toBe('1.2.4\0');
});

test('a value too long for a 16-bit length is written so that it comes back', () => {
  const long = 'x'.repeat(70_000);
  const file = readDicom(dicomBytes({ SOPInstanceUID: '1.2.3', ImageComments: 'y' }));
  const dataset = new Map(file.dataset);
  dataset.set('00204000', { kind: 'value', tag: '00204000', vr: 'LT', bytes: Buffer.from(long) });
  expect(text(readDicom(writeDicom({ ...file, dataset })).dataset, '00204000')).toBe(long);
});
