import { createHash } from 'node:crypto';
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

/** Frames of every kind with smooth and with wild places, so that every difference category is met. */
const frames = fc
  .record({
    columns: fc.integer({ min: 1, max: 40 }),
    rows: fc.integer({ min: 1, max: 40 }),
    samples: fc.constantFrom<1 | 3>(1, 3),
    bitsStored: fc.integer({ min: 1, max: 16 }),
    signed: fc.boolean(),
    seed: fc.integer({ min: 1, max: 1e6 }),
    wild: fc.boolean(),
  })
  .map(({ seed, wild, ...shape }): RawFrame => {
    const { columns, rows, samples, bitsStored, signed } = shape;
    const top = 2 ** bitsStored - 1;
    const count = columns * rows * samples;
    const data = signed
      ? new (bitsStored > 8 ? Int16Array : Int8Array)(count)
      : new (bitsStored > 8 ? Uint16Array : Uint8Array)(count);
    for (let i = 0; i < count; i++) {
      const noise = wild || (i * seed) % 5 === 0;
      const value = noise
        ? Math.imul(Math.imul(i + seed, 2654435761) ^ (i << 13), 40503) >>> (32 - bitsStored)
        : Math.floor((i / count) * top);
      data[i] = value - (signed ? 2 ** (bitsStored - 1) : 0);
    }
    return { ...shape, data };
  });

const grey = ({ samples }: RawFrame) => samples === 1;
const jpeg2000 = ({ samples, signed, bitsStored }: RawFrame) =>
  samples === 1 ? !signed || bitsStored > 8 : !signed && bitsStored === 8;
const thin = ({ rows, columns }: RawFrame) => Math.min(rows, columns) === 1;

/** Name, transfer syntax, photometric interpretation of colour, encoder, what it must take. */
describe.each([
  ['JPEG-LS', '1.2.840.10008.1.2.4.80', 'RGB', encodeJpegLs, (f: RawFrame) => f.bitsStored > 1],
  ['JPEG 2000', '1.2.840.10008.1.2.4.90', 'YBR_RCT', encodeJpeg2000, jpeg2000],
  ['HTJ2K', '1.2.840.10008.1.2.4.201', 'YBR_RCT', encodeHtj2k, (f: RawFrame) => jpeg2000(f) && !thin(f)],
  [
    'JPEG lossless',
    '1.2.840.10008.1.2.4.70',
    'RGB',
    async (f: RawFrame) => encodeJpegLossless(f),
    (f: RawFrame) => f.samples === 1 && f.bitsStored > 1,
  ],
] as const)('%s', (_, syntax, colour, encode, takes) => {
  const givesBack = async (frame: RawFrame) => {
    const encoded = await encode(frame);
    const back = await decodeFrame(fileWith(frame, syntax, encoded, grey(frame) ? undefined : colour), 0);
    expect(Array.from(back.data)).toEqual(Array.from(frame.data));
  };

  it('gives back every value of a frame, or refuses it', async () => {
    await fc.assert(
      fc.asyncProperty(frames, (frame) =>
        givesBack(frame).catch((error: unknown) => {
          expect(error).toHaveProperty('code', 'CANNOT_ENCODE');
        }),
      ),
      { numRuns: 150 },
    );
  });

  it('takes every smooth frame that it is for', async () => {
    const smooth = frames.filter(takes).map((frame): RawFrame => {
      const data = frame.data.slice().sort();
      return { ...frame, data };
    });
    await fc.assert(fc.asyncProperty(smooth, givesBack), { numRuns: 40 });
  });
});

describe('a codec that failed', () => {
  it('encodes the next frame', async () => {
    const noise = createHash('shake256', { outputLength: 64 * 64 * 3 }).digest();
    const colour: RawFrame = { columns: 64, rows: 64, samples: 3, bitsStored: 8, signed: false, data: noise };
    await expect(encodeJpegLs(colour)).rejects.toHaveProperty('code', 'CANNOT_ENCODE');
    const data = Uint8Array.from({ length: 64 }, (__, i) => i);
    const frame: RawFrame = { columns: 8, rows: 8, samples: 1, bitsStored: 8, signed: false, data };
    const back = await decodeFrame(fileWith(frame, '1.2.840.10008.1.2.4.80', await encodeJpegLs(frame)), 0);
    expect(Array.from(back.data)).toEqual(Array.from(data));
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
    await expect(encodeJpegBaseline({ ...frame, bitsStored: 12 })).rejects.toHaveProperty(
      'code',
      'CANNOT_ENCODE',
    );
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
