import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { redact } from '../../../../src/dicom/burnin/redact.js';
import type { DicomFile } from '../../../../src/dicom/dataset.js';
import { encodeJpegLs } from '../../../../src/dicom/encode/jpegls.js';
import { encodeRle } from '../../../../src/dicom/encode/rle.js';
import { decodeFrame } from '../../../../src/dicom/frames.js';
import { readDicom } from '../../../../src/dicom/read.js';
import { text } from '../../../../src/dicom/values.js';
import { writeDicom } from '../../../../src/dicom/write.js';
import { dicomBytes, type Elements, fragments } from '../../../support/dicom-builder.js';

const ROWS = 12;
const COLUMNS = 20;
const RECT = { x: 3, y: 2, width: 5, height: 4 };
const RLE = '1.2.840.10008.1.2.5';

const grey = (bits: number, more: Elements = {}): Elements => ({
  Rows: ROWS,
  Columns: COLUMNS,
  SamplesPerPixel: 1,
  PhotometricInterpretation: 'MONOCHROME2',
  BitsAllocated: bits <= 8 ? 8 : bits <= 16 ? 16 : 32,
  BitsStored: bits,
  HighBit: bits - 1,
  PixelRepresentation: 0,
  BurnedInAnnotation: 'YES',
  ...more,
});

/** Values 10 to 249, all positions differ from their neighbours. */
const ramp = (length: number) => Uint16Array.from({ length }, (_, i) => 10 + ((i * 7) % 240));
const inside = (x: number, y: number, r = RECT) =>
  x >= r.x && x < r.x + r.width && y >= r.y && y < r.y + r.height;

/** Compares after writing and reading: outside the rectangle nothing changed, inside all is `fill`. */
async function check(before: DicomFile, fill: readonly number[], rects = [RECT], frames = 1) {
  const after = readDicom(writeDicom(await redact(before, rects)));
  for (let index = 0; index < frames; index++) {
    const [was, is] = [await decodeFrame(before, index), await decodeFrame(after, index)];
    expect(is.photometric).toBe(was.photometric);
    const wanted = Array.from(was.data, (value, i) => {
      const pixel = Math.floor(i / was.samples);
      const hit = inside(pixel % COLUMNS, Math.floor(pixel / COLUMNS));
      return hit && rects.length > 0 ? (fill[i % was.samples] ?? 0) : value;
    });
    expect(Array.from(is.data)).toEqual(wanted);
  }
  expect(text(after.dataset, '00280301')).toBe('NO');
  return after;
}

const read = (elements: Elements, transferSyntax?: string) =>
  readDicom(dicomBytes(elements, transferSyntax ? { transferSyntax } : {}));

describe('native pixels are blanked in place', () => {
  it.each(['1.2.840.10008.1.2', '1.2.840.10008.1.2.1', '1.2.840.10008.1.2.2'])(
    '16 bits, syntax %s',
    async (syntax) => {
      const file = read(grey(12, { PixelData: ramp(ROWS * COLUMNS) }), syntax);
      const after = await check(file, [10]);
      expect(after.transferSyntax).toBe(syntax);
    },
  );

  it('dark is the greatest value of MONOCHROME1', async () => {
    await check(
      read(grey(12, { PhotometricInterpretation: 'MONOCHROME1', PixelData: ramp(ROWS * COLUMNS) })),
      [249],
    );
  });

  it('signed values below zero', async () => {
    const data = Int16Array.from(ramp(ROWS * COLUMNS), (value) => value - 130);
    await check(read(grey(16, { PixelRepresentation: 1, PixelData: data })), [-120]);
  });

  it('every frame by its own background', async () => {
    const data = new Uint16Array([...ramp(ROWS * COLUMNS), ...ramp(ROWS * COLUMNS)]);
    await check(read(grey(12, { NumberOfFrames: 2, PixelData: data })), [10], [RECT], 2);
  });

  it.each([0, 1])('colour, planar configuration %i', async (planar) => {
    const data = Uint8Array.from(ramp(ROWS * COLUMNS * 3));
    const colour = {
      SamplesPerPixel: 3,
      PhotometricInterpretation: 'RGB',
      PlanarConfiguration: planar,
      PixelData: data,
    };
    await check(read(grey(8, colour)), [0, 0, 0]);
  });

  it('changes no pixel without a rectangle inside, and takes away the icon', async () => {
    const file = read(grey(12, { PixelData: ramp(ROWS * COLUMNS), IconImageSequence: [{ Rows: 1 }] }));
    const after = await check(file, [], []);
    expect(after.dataset.has('00880200')).toBe(false);
    const outside = await redact(file, [{ x: COLUMNS, y: 0, width: 9, height: 9 }]);
    expect(outside.dataset.get('7fe00010')).toEqual(file.dataset.get('7fe00010'));
  });

  it('refuses what it cannot blank', async () => {
    const file = read(grey(1, { BitsAllocated: 1, PixelData: new Uint8Array(30) }));
    await expect(redact(file, [RECT])).rejects.toThrow(expect.objectContaining({ code: 'CANNOT_REDACT' }));
  });
});

describe('compressed pixels are encoded again without loss', () => {
  it('from RLE, 12 bits', async () => {
    const data = ramp(ROWS * COLUMNS);
    const coded = encodeRle({ rows: ROWS, columns: COLUMNS, samples: 1, data });
    const after = await check(read(grey(12, { PixelData: fragments([coded]) }), RLE), [10]);
    expect(after.transferSyntax).toBe('1.2.840.10008.1.2.4.80');
  });

  it('from RLE, 32 bits, to RLE', async () => {
    const data = Uint32Array.from(ramp(ROWS * COLUMNS), (value) => value * 70_000);
    const coded = encodeRle({ rows: ROWS, columns: COLUMNS, samples: 1, data });
    const after = await check(read(grey(32, { PixelData: fragments([coded]) }), RLE), [700_000]);
    expect(after.transferSyntax).toBe(RLE);
  });

  it('from RLE, noise in colour, to RLE: JPEG-LS has no room for it', async () => {
    const [Rows, Columns] = [64, 64];
    const data = createHash('shake256', { outputLength: Rows * Columns * 3 }).digest();
    const colour = {
      Rows,
      Columns,
      SamplesPerPixel: 3,
      PlanarConfiguration: 0,
      PhotometricInterpretation: 'RGB',
    };
    const coded = encodeRle({ rows: Rows, columns: Columns, samples: 3, data });
    const before = read(grey(8, { ...colour, PixelData: fragments([coded]) }), RLE);
    const after = readDicom(writeDicom(await redact(before, [RECT])));
    expect(after.transferSyntax).toBe(RLE);
    const wanted = Array.from(data, (value, i) => {
      const pixel = Math.floor(i / 3);
      return inside(pixel % Columns, Math.floor(pixel / Columns)) ? 0 : value;
    });
    expect(Array.from((await decodeFrame(after, 0)).data)).toEqual(wanted);
  });

  it('from JPEG-LS in two frames, signed', async () => {
    const data = Int16Array.from(ramp(ROWS * COLUMNS), (value) => value - 130);
    const coded = await encodeJpegLs({
      rows: ROWS,
      columns: COLUMNS,
      samples: 1,
      bitsStored: 12,
      signed: true,
      data,
    });
    const file = read(
      grey(12, { PixelRepresentation: 1, NumberOfFrames: 2, PixelData: fragments([coded, coded]) }),
      '1.2.840.10008.1.2.4.80',
    );
    await check(file, [-120], [RECT], 2);
  });

  it('keeps saying that there was lossy compression', async () => {
    const data = Uint8Array.from(ramp(ROWS * COLUMNS));
    const coded = encodeRle({ rows: ROWS, columns: COLUMNS, samples: 1, data });
    const after = await check(
      read(grey(8, { LossyImageCompression: '01', PixelData: fragments([coded]) }), RLE),
      [10],
    );
    expect(text(after.dataset, '00282110')).toBe('01');
  });
});
