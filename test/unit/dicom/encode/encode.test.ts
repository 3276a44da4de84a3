import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encapsulate } from '../../../../src/dicom/encode/encapsulate.js';
import type { RawFrame } from '../../../../src/dicom/encode/frame.js';
import { encodeJpegBaseline } from '../../../../src/dicom/encode/jpeg-baseline.js';
import { encodeJpegLossless } from '../../../../src/dicom/encode/jpeg-lossless.js';
import { encodeHtj2k, encodeJpeg2000 } from '../../../../src/dicom/encode/jpeg2000.js';
import { encodeJpegLs } from '../../../../src/dicom/encode/jpegls.js';
import { decodeFrame } from '../../../../src/dicom/frames.js';
import { dataset } from '../../../../src/samples/dataset.js';

const HTJ2K = '1.2.840.10008.1.2.4.201';

/** The frame as a DICOM file of that syntax, for this program's decoders. */
function fileWith(frame: RawFrame, transferSyntax: string, encoded: Uint8Array, photometric?: string) {
  const header = {
    SamplesPerPixel: [frame.samples],
    PhotometricInterpretation: photometric ?? (frame.samples === 3 ? 'RGB' : 'MONOCHROME2'),
    PlanarConfiguration: frame.samples === 3 ? [0] : undefined,
    Rows: [frame.rows],
    Columns: [frame.columns],
    BitsAllocated: [frame.data.BYTES_PER_ELEMENT * 8],
    BitsStored: [frame.bitsStored],
    HighBit: [frame.bitsStored - 1],
    PixelRepresentation: [frame.signed ? 1 : 0],
    PixelData: encapsulate([encoded]),
  };
  return {
    meta: new Map(),
    dataset: dataset(header, { littleEndian: true, charset: 'latin1' }),
    transferSyntax,
    littleEndian: true,
    explicitVR: true,
    byteLength: encoded.length,
  };
}

/** Frames with smooth and with wild places, so that every difference category is met. */
const frames = (samples: 1 | 3) =>
  fc
    .record({
      columns: fc.integer({ min: 1, max: 40 }),
      rows: fc.integer({ min: 1, max: 40 }),
      bitsStored: fc.integer({ min: 2, max: 16 }),
      seed: fc.integer({ min: 1, max: 1e6 }),
    })
    .map(({ columns, rows, bitsStored, seed }): RawFrame => {
      const top = 2 ** bitsStored - 1;
      const count = columns * rows * samples;
      const value = (i: number) =>
        (i * seed) % 5 === 0 ? Math.imul(i + seed, 2654435761) & top : Math.floor((i / count) * top);
      const data = bitsStored > 8 ? new Uint16Array(count) : new Uint8Array(count);
      for (let i = 0; i < count; i++) data[i] = value(i);
      return { columns, rows, samples, bitsStored, signed: false, data };
    });

describe.each([
  ['JPEG-LS', '1.2.840.10008.1.2.4.80', encodeJpegLs],
  ['JPEG 2000', '1.2.840.10008.1.2.4.90', encodeJpeg2000],
  ['HTJ2K', HTJ2K, encodeHtj2k],
  ['JPEG lossless', '1.2.840.10008.1.2.4.70', async (f: RawFrame) => encodeJpegLossless(f)],
] as const)('%s', (_, syntax, encode) => {
  it('gives back every value of a grey frame', async () => {
    await fc.assert(
      fc.asyncProperty(frames(1), async (frame) => {
        // OpenJPH spoils these; the encoder refuses them.
        fc.pre(syntax !== HTJ2K || frame.bitsStored > 4 || Math.min(frame.rows, frame.columns) > 1);
        const back = await decodeFrame(fileWith(frame, syntax, await encode(frame)), 0);
        expect(Array.from(back.data)).toEqual(Array.from(frame.data));
      }),
      { numRuns: 40 },
    );
  });

  it('gives back signed values', async () => {
    const data = Int16Array.from({ length: 600 }, (_, i) => Math.round(2047 * Math.sin(i / 7)) - 1);
    const frame: RawFrame = { columns: 30, rows: 20, samples: 1, bitsStored: 12, signed: true, data };
    const back = await decodeFrame(fileWith(frame, syntax, await encode(frame)), 0);
    expect(Array.from(back.data)).toEqual(Array.from(data));
  });
});

describe.each([
  ['JPEG-LS', '1.2.840.10008.1.2.4.80', 'RGB', encodeJpegLs],
  ['JPEG 2000', '1.2.840.10008.1.2.4.90', 'YBR_RCT', encodeJpeg2000],
  ['HTJ2K', '1.2.840.10008.1.2.4.201', 'YBR_RCT', encodeHtj2k],
] as const)('%s in colour', (_, syntax, photometric, encode) => {
  it('gives back every value', async () => {
    const data = Uint8Array.from({ length: 32 * 24 * 3 }, (__, i) => Math.imul(i, 2654435761) >>> 24);
    const frame: RawFrame = { columns: 32, rows: 24, samples: 3, bitsStored: 8, signed: false, data };
    const back = await decodeFrame(fileWith(frame, syntax, await encode(frame), photometric), 0);
    expect(Array.from(back.data)).toEqual(Array.from(data));
  });
});

describe('HTJ2K', () => {
  it('refuses what it would spoil', async () => {
    const data = Uint8Array.of(1, 0, 1, 2);
    const thin: RawFrame = { columns: 1, rows: 4, samples: 1, bitsStored: 2, signed: false, data };
    await expect(encodeHtj2k(thin)).rejects.toThrow(RangeError);
  });
});

describe('JPEG baseline', () => {
  const data = Uint8Array.from({ length: 64 * 48 }, (_, i) => 128 + 100 * Math.sin((i % 64) / 9));
  const frame: RawFrame = { columns: 64, rows: 48, samples: 1, bitsStored: 8, signed: false, data };

  it('stays within 6 levels of a smooth frame, in one grey component', async () => {
    const encoded = await encodeJpegBaseline(frame);
    const back = await decodeFrame(fileWith(frame, '1.2.840.10008.1.2.4.50', encoded), 0);
    const apart = Array.from(back.data).map((v, i) => Math.abs(v - (data[i] as number)));
    expect(back.samples).toBe(1);
    expect(Math.max(...apart)).toBeLessThanOrEqual(6);
  });

  it('refuses more than 8 bits', async () => {
    await expect(encodeJpegBaseline({ ...frame, bitsStored: 12 })).rejects.toThrow(RangeError);
  });
});

describe('encapsulate', () => {
  it('points at each frame and loses no byte', () => {
    const encoded = fc.array(fc.uint8Array({ minLength: 1, maxLength: 50 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(encoded, fc.integer({ min: 1, max: 20 }), (parts, half) => {
        const { offsets, fragments } = encapsulate(parts, { fragmentSize: half * 2 });
        expect(fragments.every((f) => f.length % 2 === 0)).toBe(true);
        const stream = Buffer.concat(fragments.flatMap((f) => [Buffer.from('itemhead'), f]));
        parts.forEach((part, i) => {
          const from = offsets[i] as number;
          expect(stream.toString('latin1', from, from + 8)).toBe('itemhead');
          const first = Buffer.from(part.subarray(0, half * 2));
          expect(stream.subarray(from + 8, from + 8 + first.length)).toEqual(first);
        });
        const total = parts.reduce((n, p) => n + p.length + (p.length % 2), 0);
        expect(fragments.reduce((n, f) => n + f.length, 0)).toBe(total);
      }),
    );
  });

  it('leaves the offset table out when asked', () => {
    expect(encapsulate([new Uint8Array(3)], { offsetTable: false }).offsets).toEqual([]);
  });
});
