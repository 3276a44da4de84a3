import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { encodeJpegLossless } from '../../../src/dicom/encode/jpeg-lossless.js';
import { encodeHtj2k, encodeJpeg2000 } from '../../../src/dicom/encode/jpeg2000.js';
import { encodeJpegLs } from '../../../src/dicom/encode/jpegls.js';
import { decodeFrame, frameCount } from '../../../src/dicom/frames.js';
import { readDicom } from '../../../src/dicom/read.js';
import { EXPLICIT_BIG, EXPLICIT_LITTLE, IMPLICIT_LITTLE } from '../../../src/dicom/transfer-syntax.js';
import type { ErrorCode } from '../../../src/errors.js';
import { as, dicomBytes, type Elements, fragments, image } from '../../support/dicom-builder.js';

const RLE = '1.2.840.10008.1.2.5';
const J2K = '1.2.840.10008.1.2.4.90';

const fileOf = (elements: Elements, transferSyntax = EXPLICIT_LITTLE) =>
  readDicom(dicomBytes({ SOPClassUID: '1.2.840.10008.5.1.4.1.1.7', ...elements }, { transferSyntax }));

async function codeOf(run: () => unknown): Promise<ErrorCode | string> {
  try {
    await run();
  } catch (error) {
    return (error as { code?: ErrorCode }).code ?? String(error);
  }
  return 'nothing thrown';
}

/** Stored values that fit, one for each sample, from a seed. */
function values(count: number, bits: number, signed: boolean, seed = 1): number[] {
  let state = seed;
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const value = Math.floor((state / 2 ** 32) * 2 ** bits);
    return signed ? value - 2 ** (bits - 1) : value;
  });
}

/** As a film: slow change over the whole range, a little noise. The encoders overflow on pure noise. */
function film(rows: number, columns: number, bits: number, signed: boolean, seed = 1): number[] {
  const noise = values(rows * columns, 2, false, seed);
  const top = 2 ** bits - 1;
  const low = signed ? -(2 ** (bits - 1)) : 0;
  return noise.map((n, i) => {
    const [x, y] = [i % columns, Math.floor(i / columns)];
    const wave = (1 + Math.sin(x / 9 + seed) * Math.cos(y / 7)) / 2;
    return low + Math.max(0, Math.min(top, Math.round(wave * (top + 4)) - n));
  });
}

const ARRAYS = { 8: Uint8Array, 16: Uint16Array, 32: Uint32Array } as const;

describe('native pixel data', () => {
  it('gives the BitsStored bits up to HighBit, whatever stands around them', async () => {
    const cases = fc.record({
      width: fc.constantFrom(8 as const, 16 as const, 32 as const),
      stored: fc.integer({ min: 1, max: 32 }),
      gap: fc.nat(31),
      signed: fc.boolean(),
      syntax: fc.constantFrom(EXPLICIT_LITTLE, EXPLICIT_BIG, IMPLICIT_LITTLE),
      garbage: fc.boolean(),
      seed: fc.nat(),
    });
    await fc.assert(
      fc.asyncProperty(cases, async ({ width, stored, gap, signed, syntax, garbage, seed }) => {
        const bits = Math.min(stored, width);
        const shift = gap % (width - bits + 1);
        const wanted = values(12, bits, signed, seed);
        const mask = 2n ** BigInt(bits) - 1n;
        const around = garbage ? (2n ** BigInt(width) - 1n) ^ (mask << BigInt(shift)) : 0n;
        const raw = wanted.map((value) => Number(((BigInt(value) & mask) << BigInt(shift)) | around));
        const options = {
          rows: 3,
          columns: 2,
          frames: 2,
          bitsStored: bits,
          highBit: shift + bits - 1,
          signed,
        };
        const data = ARRAYS[width].from(raw);
        // OW is in words of 16 bits: for other widths only OB and OL keep the bytes where the builder put them.
        const vr = width === 8 ? 'OB' : width === 16 ? 'OW' : 'OL';
        const file = fileOf({ ...image({ ...options, data }), PixelData: as(vr, data) }, syntax);
        expect(frameCount(file)).toBe(2);
        for (const index of [0, 1]) {
          const frame = await decodeFrame(file, index);
          expect([...frame.data]).toEqual(wanted.slice(6 * index, 6 * index + 6));
          expect(frame).toMatchObject({ rows: 3, columns: 2, samples: 1, bitsStored: bits, signed });
        }
      }),
    );
  });

  it('unpacks samples of 1, 12 and 24 bits, frames not on byte boundaries', async () => {
    for (const bits of [1, 12, 24]) {
      const wanted = values(3 * 15, bits, false);
      const packed = new Uint8Array(Math.ceil((wanted.length * bits) / 8) + 1);
      wanted.forEach((value, i) => {
        for (let b = 0; b < bits; b++) {
          const at = i * bits + b;
          packed[at >> 3] = (packed[at >> 3] ?? 0) | ((Math.floor(value / 2 ** b) % 2) << (at & 7));
        }
      });
      const file = fileOf(image({ rows: 3, columns: 5, frames: 3, bitsAllocated: bits, data: packed }));
      for (const index of [0, 1, 2]) {
        expect([...(await decodeFrame(file, index)).data]).toEqual(wanted.slice(15 * index, 15 * index + 15));
      }
    }
  });

  it('does not copy what is aligned and clean', async () => {
    const file = fileOf(image({ rows: 2, columns: 2, bitsStored: 12, data: Uint16Array.of(1, 2, 3, 4095) }));
    const element = file.dataset.get('7fe00010');
    const { data } = await decodeFrame(file, 0);
    expect(element?.kind === 'value' && element.bytes.byteOffset % 2 === 0).toBe(true);
    expect(element?.kind === 'value' && data.buffer === element.bytes.buffer).toBe(true);
  });

  it('puts planes side by side', async () => {
    const planes = Uint8Array.of(1, 2, 3, 4, 11, 12, 13, 14, 21, 22, 23, 24);
    const file = fileOf(image({ rows: 2, columns: 2, samples: 3, planar: true, data: planes }));
    expect([...(await decodeFrame(file, 0)).data]).toEqual([1, 11, 21, 2, 12, 22, 3, 13, 23, 4, 14, 24]);
  });

  it('turns YBR into RGB by PS3.3 C.7.6.3.1.2', async () => {
    // The equations of the standard, forwards.
    const forwards = ([r, g, b]: readonly number[]) => [
      0.299 * (r ?? 0) + 0.587 * (g ?? 0) + 0.114 * (b ?? 0),
      -0.1687 * (r ?? 0) - 0.3313 * (g ?? 0) + 0.5 * (b ?? 0) + 128,
      0.5 * (r ?? 0) - 0.4187 * (g ?? 0) - 0.0813 * (b ?? 0) + 128,
    ];
    const rgb = values(300, 8, false);
    const ybr = Uint8Array.from(
      Array.from({ length: 100 }, (_, i) => forwards(rgb.slice(3 * i, 3 * i + 3)))
        .flat()
        .map(Math.round),
    );
    const frame = await decodeFrame(
      fileOf(image({ rows: 10, columns: 10, samples: 3, photometric: 'YBR_FULL', data: ybr })),
      0,
    );
    expect(frame.photometric).toBe('RGB');
    frame.data.forEach((value, i) => {
      expect(Math.abs(value - (rgb[i] as number))).toBeLessThanOrEqual(2);
    });
  });

  it('shares colour differences between two pixels of YBR_FULL_422', async () => {
    const stored = Uint8Array.of(10, 20, 128, 128, 76, 76, 85, 255);
    const file = fileOf(
      image({ rows: 2, columns: 2, samples: 3, photometric: 'YBR_FULL_422', data: stored }),
    );
    expect([...(await decodeFrame(file, 0)).data]).toEqual([10, 10, 10, 20, 20, 20, 254, 0, 0, 254, 0, 0]);
  });

  it('leaves palette indices', async () => {
    const file = fileOf(
      image({ rows: 1, columns: 2, photometric: 'PALETTE COLOR', data: Uint8Array.of(3, 7) }),
    );
    const frame = await decodeFrame(file, 0);
    expect(frame).toMatchObject({ photometric: 'PALETTE COLOR', samples: 1 });
    expect([...frame.data]).toEqual([3, 7]);
  });

  it('reads float pixel data', async () => {
    const floats = Float32Array.of(1.5, -2.25);
    const file = fileOf({
      ...image({ rows: 1, columns: 2, bitsAllocated: 32, data: floats }),
      PixelData: undefined,
      '7fe00008': as('OF', floats),
    });
    expect((await decodeFrame(file, 0)).data).toEqual(floats);
  });
});

/** PackBits with literal runs of up to 128 bytes; segments as PS3.5 annex G. */
function rle(segments: readonly (readonly number[])[]): Buffer {
  const packed = segments.map((bytes) => {
    const runs: number[] = [];
    for (let i = 0; i < bytes.length; i += 128)
      runs.push(Math.min(128, bytes.length - i) - 1, ...bytes.slice(i, i + 128));
    return Buffer.from(runs.length % 2 === 0 ? runs : [...runs, 128]);
  });
  const head = Buffer.alloc(64);
  head.writeUInt32LE(segments.length);
  let at = 64;
  packed.forEach((segment, i) => {
    head.writeUInt32LE(at, 4 + 4 * i);
    at += segment.length;
  });
  return Buffer.concat([head, ...packed]);
}

describe('compressed pixel data', () => {
  const shapes = fc.record({
    rows: fc.integer({ min: 2, max: 60 }),
    columns: fc.integer({ min: 2, max: 60 }),
    bitsStored: fc.integer({ min: 2, max: 16 }),
    signed: fc.boolean(),
    seed: fc.nat(),
  });
  const syntaxes = [
    ['1.2.840.10008.1.2.4.57', encodeJpegLossless],
    ['1.2.840.10008.1.2.4.70', encodeJpegLossless],
    ['1.2.840.10008.1.2.4.80', encodeJpegLs],
    [J2K, encodeJpeg2000],
    ['1.2.840.10008.1.2.4.201', encodeHtj2k],
  ] as const;

  it.each(syntaxes)('gives back what was stored, %s', async (syntax, encode) => {
    await fc.assert(
      fc.asyncProperty(shapes, async ({ rows, columns, bitsStored, signed, seed }) => {
        // Nor do they take signed samples of 8 bits and less.
        fc.pre(bitsStored > 8 || !signed || !/\.(90|201)$/.test(syntax));
        const wanted = film(rows, columns, bitsStored, signed, seed % 1000);
        const wide = bitsStored > 8;
        const data = wide
          ? (signed ? Int16Array : Uint16Array).from(wanted)
          : (signed ? Int8Array : Uint8Array).from(wanted);
        const coded = await encode({ rows, columns, samples: 1, bitsStored, signed, data });
        const bitsAllocated = wide ? 16 : 8;
        const pixels = { rows, columns, bitsAllocated, bitsStored, signed, data: fragments([coded]) };
        const frame = await decodeFrame(fileOf(image(pixels), syntax), 0);
        expect([...frame.data]).toEqual(wanted);
      }),
      { numRuns: 40 },
    );
  });

  it.each([
    ['1.2.840.10008.1.2.4.80', 'RGB', encodeJpegLs],
    [J2K, 'YBR_RCT', encodeJpeg2000],
    ['1.2.840.10008.1.2.4.201', 'YBR_RCT', encodeHtj2k],
  ] as const)('gives back colour, %s', async (syntax, photometric, encode) => {
    // The JPEG 2000 encoders at hand fail on colour of more than 8 bits; test/interop has it from another one.
    for (const bitsStored of encode === encodeJpegLs ? [8, 12] : [8]) {
      const wanted = film(40, 30 * 3, bitsStored, false);
      const data = (bitsStored > 8 ? Uint16Array : Uint8Array).from(wanted);
      const coded = await encode({ rows: 40, columns: 30, samples: 3, bitsStored, signed: false, data });
      const pixels = {
        rows: 40,
        columns: 30,
        samples: 3,
        bitsAllocated: data.BYTES_PER_ELEMENT * 8,
        bitsStored,
        photometric,
      };
      const frame = await decodeFrame(fileOf(image({ ...pixels, data: fragments([coded]) }), syntax), 0);
      expect(frame.photometric).toBe('RGB');
      expect([...frame.data]).toEqual(wanted);
    }
  });

  it('gives back JPEG XL of 12 bits, which libjxl spreads over 16', async () => {
    // 8 x 4 samples of i * 131 mod 4096, lossless, by libjxl's own encoder.
    const coded = Buffer.from(
      'ff0a187018142d0208040100b8004b188b150a2542e6051cc85c130303030303038371ff90b772285ab464e755be6562108326ab6c406f606060d008',
      'hex',
    );
    const pixels = { rows: 4, columns: 8, bitsAllocated: 16, bitsStored: 12, data: fragments([coded]) };
    for (const syntax of ['110', '112']) {
      const { data } = await decodeFrame(fileOf(image(pixels), `1.2.840.10008.1.2.4.${syntax}`), 0);
      expect([...data]).toEqual(Array.from({ length: 32 }, (_, i) => (i * 131) % 4096));
    }
  });

  it('decodes JPEG, colour as RGB, whatever the dataset says its colour is', async () => {
    const rgb = Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => [200, 60, 30][i % 3] as number);
    const colour = await sharp(rgb, { raw: { width: 64, height: 64, channels: 3 } })
      .jpeg({ quality: 95 })
      .toBuffer();
    // JFIF knows only YCbCr, so what carries its mark is no RGB.
    const jfif = Buffer.from('ffe000104a46494600010100000100010000', 'hex');
    const marked = Buffer.concat([colour.subarray(0, 2), jfif, colour.subarray(2)]);
    const cases = [
      ['YBR_FULL_422', colour],
      ['YBR_FULL', colour],
      ['RGB', marked],
    ] as const;
    for (const [photometric, coded] of cases) {
      const pixels = { rows: 64, columns: 64, samples: 3, photometric, data: fragments([coded]) };
      const frame = await decodeFrame(fileOf(image(pixels), '1.2.840.10008.1.2.4.50'), 0);
      expect(frame.photometric).toBe('RGB');
      frame.data.forEach((value, i) => {
        expect(Math.abs(value - (rgb[i] as number))).toBeLessThanOrEqual(3);
      });
    }
  });

  it('unpacks RLE: bytes of a sample are segments, the highest first', async () => {
    const wanted = values(300, 16, true);
    const coded = rle([wanted.map((v) => (v >> 8) & 255), wanted.map((v) => v & 255)]);
    const pixels = { rows: 3, columns: 100, bitsAllocated: 16, signed: true, data: fragments([coded]) };
    expect([...(await decodeFrame(fileOf(image(pixels), RLE), 0)).data]).toEqual(wanted);
  });

  it('repeats bytes of an RLE run', async () => {
    const coded = Buffer.concat([rle([[]]), Buffer.from([0xfd, 9, 128, 1, 5, 6])]);
    const pixels = { rows: 2, columns: 3, data: fragments([coded]) };
    expect([...(await decodeFrame(fileOf(image(pixels), RLE), 0)).data]).toEqual([9, 9, 9, 9, 5, 6]);
  });

  it('decodes fewer levels of JPEG 2000 where a small picture is enough', async () => {
    const data = Uint16Array.from({ length: 101 * 67 }, (_, i) => (i % 101) * 20);
    for (const [syntax, encode] of [
      [J2K, encodeJpeg2000],
      ['1.2.840.10008.1.2.4.201', encodeHtj2k],
    ] as const) {
      const coded = await encode({ rows: 67, columns: 101, samples: 1, bitsStored: 12, signed: false, data });
      const pixels = { rows: 67, columns: 101, bitsAllocated: 16, bitsStored: 12, data: fragments([coded]) };
      const file = fileOf(image(pixels), syntax);
      const half = await decodeFrame(file, 0, { reduce: 2 });
      expect(half).toMatchObject({ rows: 17, columns: 26 });
      expect(half.data.length).toBe(17 * 26);
      // A ramp stays a ramp.
      for (let x = 3; x < 23; x++) expect(Math.abs((half.data[5 * 26 + x] ?? 0) - 80 * x)).toBeLessThan(60);
      const least = await decodeFrame(file, 0, { reduce: 30 });
      expect(least.rows).toBeLessThanOrEqual(5);
    }
  });

  it('joins fragments of frames in any legal split', async () => {
    const frames = [1, 2, 3].map((seed) => film(16, 16, 8, false, seed));
    const coded: Buffer[] = [];
    for (const frame of frames) {
      const data = Uint8Array.from(frame);
      const bytes = Buffer.from(
        await encodeJpeg2000({ rows: 16, columns: 16, samples: 1, bitsStored: 8, signed: false, data }),
      );
      coded.push(bytes.length % 2 === 0 ? bytes : Buffer.concat([bytes, Buffer.alloc(1)]));
    }
    const tables = fc.constantFrom('basic', 'extended', 'none');
    const cuts = fc.array(fc.nat(60), { minLength: 3, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(cuts, tables, async (cutAt, table) => {
        const offsets: number[] = [];
        const parts: Uint8Array[] = [];
        let position = 0;
        coded.forEach((bytes, i) => {
          offsets.push(position);
          const cut = 2 * (cutAt[i] ?? 0);
          for (const part of cut === 0 ? [bytes] : [bytes.subarray(0, cut), bytes.subarray(cut)]) {
            parts.push(part);
            position += 8 + part.length;
          }
        });
        const data = fragments(parts, table === 'basic' ? offsets : []);
        const file = fileOf(
          {
            ...image({ rows: 16, columns: 16, frames: 3, data }),
            '7fe00001': table === 'extended' ? as('OV', offsets) : undefined,
          },
          J2K,
        );
        for (const [i, frame] of frames.entries())
          expect([...(await decodeFrame(file, i)).data]).toEqual(frame);
      }),
      { numRuns: 30 },
    );
  });

  it('decodes again after a codec failed', async () => {
    const data = Uint8Array.from(film(64, 64, 8, false));
    const raw = { rows: 64, columns: 64, samples: 1 as const, bitsStored: 8, signed: false, data };
    for (const [syntax, encode] of syntaxes) {
      const coded = Buffer.from(await encode(raw));
      const good = fileOf(image({ rows: 64, columns: 64, data: fragments([coded]) }), syntax);
      for (let i = 0; i < 8; i++) {
        const bad = Buffer.from(coded);
        for (let at = 40 + i; at < bad.length - 2; at += 41) bad[at] = (bad[at] ?? 0) ^ (1 + i);
        const file = fileOf(image({ rows: 64, columns: 64, data: fragments([bad]) }), syntax);
        expect(['nothing thrown', 'DECODE_FAILED', 'PIXELS_TRUNCATED', 'BAD_IMAGE_ATTRIBUTES']).toContain(
          await codeOf(() => decodeFrame(file, 0)),
        );
      }
      expect([...(await decodeFrame(good, 0)).data]).toEqual([...data]);
    }
  });
});

describe('hostile images', () => {
  const plain = image({ rows: 2, columns: 2, data: new Uint8Array(4) });
  const failing = async (elements: Elements, syntax?: string) =>
    codeOf(() => decodeFrame(fileOf({ ...plain, ...elements }, syntax), 0));

  it('says what is wrong with the attributes', async () => {
    expect(await failing({ PixelData: undefined })).toBe('NO_PIXELS');
    expect(await failing({ PixelData: as('SQ', [{}]) })).toBe('BAD_IMAGE_ATTRIBUTES');
    expect(await failing({ Rows: 0 })).toBe('BAD_IMAGE_ATTRIBUTES');
    expect(await failing({ Rows: undefined })).toBe('BAD_IMAGE_ATTRIBUTES');
    expect(await failing({ SamplesPerPixel: 2 })).toBe('BAD_IMAGE_ATTRIBUTES');
    expect(await failing({ SamplesPerPixel: 60000 })).toBe('BAD_IMAGE_ATTRIBUTES');
    expect(await failing({ BitsStored: 9 })).toBe('BAD_IMAGE_ATTRIBUTES');
    expect(await failing({ BitsAllocated: 0 })).toBe('BAD_IMAGE_ATTRIBUTES');
    expect(await failing({ HighBit: 6 })).toBe('BAD_IMAGE_ATTRIBUTES');
    expect(await failing({ NumberOfFrames: '-1' })).toBe('BAD_IMAGE_ATTRIBUTES');
  });

  it('says that pixel data is short', async () => {
    expect(await failing({ Rows: 3 })).toBe('PIXELS_TRUNCATED');
    expect(await failing({ SamplesPerPixel: 3 })).toBe('PIXELS_TRUNCATED');
    expect(await failing({ NumberOfFrames: '2000000000' })).toBe('PIXELS_TRUNCATED');
    expect(
      await failing({ NumberOfFrames: '2000000000', PixelData: fragments([Buffer.alloc(2)]) }, RLE),
    ).toBe('PIXELS_TRUNCATED');
  });

  it('spends no memory on frames that cannot be', async () => {
    const huge = { Rows: 65535, Columns: 65535 };
    expect(await failing(huge)).toBe('IMAGE_TOO_LARGE');
    expect(await failing({ ...huge, PixelData: fragments([rle([[1]])]) }, RLE)).toBe('IMAGE_TOO_LARGE');
    const large = { Rows: 10000, Columns: 10000, PixelData: fragments([rle([[1]])]) };
    expect(await failing(large, RLE)).toBe('IMAGE_TOO_LARGE');
  });

  it('refuses bitstreams of another size than the dataset says, before decoding', async () => {
    const data = new Uint8Array(64 * 64);
    const raw = { rows: 64, columns: 64, samples: 1 as const, bitsStored: 8, signed: false, data };
    for (const [syntax, encode] of [
      [J2K, encodeJpeg2000],
      ['1.2.840.10008.1.2.4.70', encodeJpegLossless],
      ['1.2.840.10008.1.2.4.80', encodeJpegLs],
    ] as const) {
      const coded = await encode(raw);
      expect(await failing({ PixelData: fragments([coded]) }, syntax)).toBe('BAD_IMAGE_ATTRIBUTES');
    }
  });

  it('refuses RLE that lies', async () => {
    const failingRle = (bytes: Buffer) => failing({ PixelData: fragments([bytes]) }, RLE);
    expect(await failingRle(Buffer.alloc(10))).toBe('PIXELS_TRUNCATED');
    expect(
      await failingRle(
        rle([
          [1, 2, 3, 4],
          [1, 2, 3, 4],
        ]),
      ),
    ).toBe('DECODE_FAILED');
    expect(await failingRle(rle([[1, 2]]))).toBe('PIXELS_TRUNCATED');
    const beyond = rle([[1, 2, 3, 4]]);
    beyond.writeUInt32LE(0xfffffff0, 4);
    expect(await failingRle(beyond)).toBe('DECODE_FAILED');
    const runs = Buffer.concat([rle([[]]), Buffer.from(Array(1000).fill([129, 7]).flat())]);
    expect(await failingRle(runs)).toBe('nothing thrown');
  });

  it('says that half a bitstream is half', async () => {
    const data = Uint8Array.from(film(64, 64, 8, false));
    const raw = { rows: 64, columns: 64, samples: 1 as const, bitsStored: 8, signed: false, data };
    const whole = { ...image({ rows: 64, columns: 64, data }) };
    for (const [syntax, encode] of [
      [J2K, encodeJpeg2000],
      ['1.2.840.10008.1.2.4.70', encodeJpegLossless],
      ['1.2.840.10008.1.2.4.80', encodeJpegLs],
      ['1.2.840.10008.1.2.4.201', encodeHtj2k],
    ] as const) {
      const coded = await encode(raw);
      const half = fragments([coded.subarray(0, coded.length >> 1)]);
      expect(['PIXELS_TRUNCATED', 'DECODE_FAILED']).toContain(
        await failing({ ...whole, PixelData: half }, syntax),
      );
    }
  });

  it('says so of half a baseline JPEG, which libjpeg fills up in grey', async () => {
    const grey = { raw: { width: 64, height: 64, channels: 1 as const } };
    const coded = await sharp(Uint8Array.from(film(64, 64, 8, false)), grey)
      .jpeg()
      .toColourspace('b-w')
      .toBuffer();
    const pixels = (data: Uint8Array) => ({ ...image({ rows: 64, columns: 64, data: fragments([data]) }) });
    expect(await failing(pixels(coded), '1.2.840.10008.1.2.4.50')).toBe('nothing thrown');
    expect(await failing(pixels(coded.subarray(0, coded.length / 2)), '1.2.840.10008.1.2.4.50')).toBe(
      'PIXELS_TRUNCATED',
    );
  });

  it('names a transfer syntax it cannot decode', async () => {
    expect(await failing({ PixelData: fragments([Buffer.alloc(4)]) }, '1.2.840.10008.1.2.4.102')).toBe(
      'UNSUPPORTED_TRANSFER_SYNTAX',
    );
    expect(await failing({ PixelData: fragments([Buffer.alloc(4)]) }, '1.3.6.1.4.1.99999.1')).toBe(
      'UNSUPPORTED_TRANSFER_SYNTAX',
    );
  });
});
