import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DicomFile } from '../../../src/dicom/dataset.js';
import { decodeFrame, frameCount } from '../../../src/dicom/frames.js';
import { readDicom } from '../../../src/dicom/read.js';
import { type OpenFile, readOpen } from '../../../src/dicom/read-open.js';
import { renderFrame } from '../../../src/dicom/render/frame.js';
import type { RenderOptions } from '../../../src/dicom/render/types.js';
import {
  DEFLATED,
  EXPLICIT_BIG,
  EXPLICIT_LITTLE,
  GE_PRIVATE,
  IMPLICIT_LITTLE,
} from '../../../src/dicom/transfer-syntax.js';
import { texts } from '../../../src/dicom/values.js';
import { CxrError, isCxrError } from '../../../src/errors.js';
import { as, dicomBytes, type Elements, image } from '../../support/dicom-builder.js';

/** A file of these bytes whose first `filled` are read; the memory behind them holds another file's. */
function open(bytes: Buffer, filled: number, shrunkTo = bytes.length): OpenFile & { reads: number } {
  const content = Buffer.alloc(bytes.length, 0x5a);
  const read = Math.min(filled, bytes.length);
  bytes.copy(content, 0, 0, read);
  return {
    ...{ content, filled: read, reads: 0 },
    read(from, target) {
      this.reads += target.length;
      if (from + target.length > shrunkTo) throw new CxrError('TRUNCATED');
      target.set(bytes.subarray(from, from + target.length));
    },
  };
}

const words = (rows: number, columns: number, seed = 1) =>
  Uint16Array.from({ length: rows * columns }, (_, i) => Math.imul(i + seed, 2_654_435_761) >>> 16);

const film = (more: Elements = {}, rows = 30, columns = 41): Elements => ({
  SOPClassUID: '1.2.840.10008.5.1.4.1.1.1.1',
  PatientName: 'DOE^JANE',
  WindowCenter: '2000',
  WindowWidth: '4000',
  ...image({ rows, columns, data: words(rows, columns) }),
  BitsStored: 12,
  HighBit: 11,
  ...more,
});

const WHOLE: RenderOptions = { bits: 8, window: 'auto' };

/** All pictures of a file, or the code of what is wrong with it. */
async function pictures(read: () => DicomFile, options: RenderOptions): Promise<unknown> {
  try {
    const file = read();
    const found: unknown[] = [texts(file.dataset, '00100010'), file.byteLength, [...file.dataset.keys()]];
    for (let index = 0; index < frameCount(file); index++) {
      const frame = await decodeFrame(file, index, { asStored: true });
      const { data, ...about } = renderFrame(file, frame, options, index);
      found.push(about, createHash('sha1').update(data).digest('hex'));
    }
    return found;
  } catch (error) {
    if (isCxrError(error)) return error.code;
    throw error;
  }
}

const expectSame = async (bytes: Buffer, filled: number, options = WHOLE) =>
  expect(await pictures(() => readOpen(open(bytes, filled)), options)).toEqual(
    await pictures(() => readDicom(bytes), options),
  );

const KINDS: Readonly<Record<string, Elements>> = {
  plain: film(),
  'even columns': film({}, 31, 40),
  'no window': film({ WindowCenter: undefined, WindowWidth: undefined }),
  inverted: film({ PhotometricInterpretation: 'MONOCHROME1' }),
  signed: film({ PixelRepresentation: 1, RescaleSlope: '0.5', RescaleIntercept: '-100' }),
  '16 bits': film({ BitsStored: 16, HighBit: 15 }),
  'high bits': film({ HighBit: 15 }),
  padding: film({ PixelPaddingValue: 0, PixelPaddingRangeLimit: 900 }),
  frames: film({ NumberOfFrames: 3, Rows: 10 }),
  bytes: film({ BitsAllocated: 8, BitsStored: 8, HighBit: 7, PixelData: as('OW', words(15, 41)) }),
  colour: film({ SamplesPerPixel: 3, PhotometricInterpretation: 'RGB', Rows: 10 }),
  'without pixels': film({ PixelData: undefined }),
  'too few pixels': film({ Rows: 31 }),
  'something behind': film({ fffcfffc: as('OB', new Uint8Array(40)), '7fe10010': as('LO', 'x') }),
  'an icon': film({ IconImageSequence: [image({ rows: 2, columns: 2, data: words(2, 2) })] }),
  'the tag in a value': film({
    '00091001': as('OB', Buffer.from([0xe0, 0x7f, 0x10, 0, 0x4f, 0x57, 0, 0, 0, 2, 0, 0, 1, 2])),
  }),
};
const SYNTAXES = [EXPLICIT_LITTLE, IMPLICIT_LITTLE, EXPLICIT_BIG, DEFLATED, GE_PRIVATE];
const OPTIONS: readonly RenderOptions[] = [
  WHOLE,
  { bits: 8, window: 'percentile' },
  { bits: 16, window: 'auto' },
  { bits: 8, window: 'auto', size: { width: 7, height: 5 } },
  { bits: 8, window: 'auto', size: { width: 60, height: 47 } },
  { bits: 16, window: 'auto', stretch: true, size: { width: 41, height: 1 } },
];

describe('readOpen', () => {
  it.each(Object.entries(KINDS))('gives the pictures of the whole file: %s', async (_, elements) => {
    for (const transferSyntax of SYNTAXES) {
      const bytes = dicomBytes(elements, { transferSyntax });
      for (const options of OPTIONS) await expectSame(bytes, 800, options);
    }
  });

  it('wherever the first bytes end, and wherever the file does', async () => {
    const kind = fc.constantFrom(...Object.values(KINDS));
    const syntax = fc.constantFrom(...SYNTAXES);
    const odd = fc.boolean();
    await fc.assert(
      fc.asyncProperty(
        kind,
        syntax,
        odd,
        fc.nat(3000),
        fc.nat(9000),
        async (elements, s, shift, filled, end) => {
          const bytes = dicomBytes(elements, { transferSyntax: s });
          // A name of odd length, which is not allowed, moves the words to odd addresses.
          const at = bytes.indexOf('DOE^JANE') - 2;
          if (shift && s === EXPLICIT_LITTLE) bytes.writeUInt16LE(7, at);
          const moved = shift ? Buffer.concat([bytes.subarray(0, at + 2), bytes.subarray(at + 3)]) : bytes;
          await expectSame(moved.subarray(0, end), filled);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('whatever bytes are changed', async () => {
    const change = fc.tuple(fc.nat(1000), fc.nat(255));
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...Object.values(KINDS)),
        fc.array(change, { maxLength: 4 }),
        async (elements, changes) => {
          const bytes = dicomBytes(elements);
          for (const [at, value] of changes) bytes[at] = value;
          await expectSame(bytes, 900);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('leaves the pixels in the file until they are asked for', async () => {
    const bytes = dicomBytes(KINDS['an icon'] ?? {});
    const source = open(bytes, 1000);
    const file = readOpen(source);
    const pixels = file.dataset.get('7fe00010');
    expect(source.reads).toBe(0);
    expect(frameCount(file)).toBe(1);
    expect((await decodeFrame(file, 0, { asStored: true })).words).toBeDefined();
    expect(source.reads).toBe(0);
    expect(pixels?.kind === 'value' && Buffer.from(pixels.bytes)).toEqual(Buffer.from(words(30, 41).buffer));
    expect(source.reads).toBe(30 * 41 * 2);
  });

  it('reads rows in pieces that need not fit, in any order', async () => {
    // Rows so long that a piece is four of them.
    const [rows, columns] = [11, 60_001];
    const data = words(rows, columns);
    const bytes = dicomBytes(film({ PixelData: data }, rows, columns));
    for (const size of [undefined, { width: 13, height: 2 }, { width: 9, height: 30 }]) {
      await expectSame(bytes, 4000, { ...WHOLE, ...(size && { size }) });
    }
    const frame = await decodeFrame(readOpen(open(bytes, 4000)), 0, { asStored: true });
    const other = await decodeFrame(readOpen(open(bytes, 4000)), 0, { asStored: true });
    const order = fc.array(fc.tuple(fc.nat(rows - 1), fc.boolean()), { maxLength: 20 });
    fc.assert(
      fc.property(order, (asked) => {
        for (const [row, mine] of asked) {
          const held = mine ? frame.words : other.words;
          const at = held?.at(row, 1) ?? 0;
          const expected = data.subarray(row * columns, (row + 1) * columns);
          expect(held?.pixels.subarray(at, at + columns).findIndex((word, i) => word !== expected[i])).toBe(
            -1,
          );
        }
      }),
      { numRuns: 20 },
    );
  });

  it('says so when the file shrinks while it is read', async () => {
    const bytes = dicomBytes(film());
    const shrunk = () => readOpen(open(bytes, 1000, bytes.length - 2));
    expect(await pictures(shrunk, WHOLE)).toBe('TRUNCATED');
  });

  it('holds the limits of nesting', async () => {
    const deep = (levels: number): Elements => (levels === 0 ? {} : { ViewCodeSequence: [deep(levels - 1)] });
    const bytes = dicomBytes(film(deep(80)));
    expect(await pictures(() => readOpen(open(bytes, 4000)), WHOLE)).toBe('TOO_DEEP');
  });
});
