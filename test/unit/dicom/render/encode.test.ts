import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { encodeJpeg, encodePng } from '../../../../src/dicom/render/encode.js';
import type { Rendered } from '../../../../src/dicom/render/types.js';
import { chestFilm } from '../../../../src/samples/phantom/chest.js';
import { createRandom } from '../../../../src/samples/random.js';

const sides = fc.record({ width: fc.integer({ min: 1, max: 70 }), height: fc.integer({ min: 1, max: 70 }) });

/** Noise, or a few levels in runs, at any place of its memory. */
const pictures: fc.Arbitrary<Rendered> = fc
  .record({
    size: sides,
    channels: fc.constantFrom(1 as const, 3 as const),
    bits: fc.constantFrom(8 as const, 16 as const),
    offset: fc.integer({ min: 0, max: 5 }),
    run: fc.constantFrom(1, 50),
    seed: fc.integer({ min: 1, max: 1e6 }),
  })
  .map(({ size, channels, bits, offset, run, seed }) => {
    const random = createRandom(seed);
    const count = size.width * size.height * channels;
    const values = Array.from({ length: Math.ceil(count / run) }, () => random.next() * 2 ** bits);
    const memory = bits === 8 ? new Uint8Array(count + offset) : new Uint16Array(count + offset);
    const data = memory.subarray(offset);
    for (let i = 0; i < count; i++) data[i] = values[Math.floor(i / run)] ?? 0;
    return { ...size, channels, bits, data, maxValue: 2 ** bits - 1 };
  });

async function pixelsOf(encoded: Buffer, { channels, bits }: Pick<Rendered, 'channels' | 'bits'>) {
  const space = { 1: { 8: 'b-w', 16: 'grey16' }, 3: { 8: 'srgb', 16: 'rgb16' } } as const;
  const { data, info } = await sharp(encoded)
    .toColourspace(space[channels][bits])
    .raw({ depth: bits === 8 ? 'uchar' : 'ushort' })
    .toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height, channels: info.channels };
}

/** A film of 8 bits as large as a small detector. */
function film(): Rendered {
  const [width, height] = [600, 700];
  const options = { rows: height, columns: width, view: 'PA', female: true, anatomySeed: 5 } as const;
  const { data } = chestFilm(options, createRandom(5));
  return {
    ...{ width, height, channels: 1, bits: 8, maxValue: 255 },
    data: Uint8Array.from(data, (value) => Math.round(255 * Math.min(1, Math.max(0, value)))),
  };
}

describe('PNG', () => {
  it('holds every pixel, whatever its depth, colours, size and place in memory', async () => {
    await fc.assert(
      fc.asyncProperty(pictures, async (picture) => {
        const { data, ...shape } = await pixelsOf(await encodePng(picture), picture);
        const { width, height, channels } = picture;
        expect(shape).toEqual({ width, height, channels });
        expect(data.equals(Buffer.from(picture.data.slice().buffer))).toBe(true);
      }),
      { numRuns: 150 },
    );
  });

  it('has no chunks but those of its pixels', async () => {
    const png = await encodePng(film());
    const types: string[] = [];
    for (let at = 8; at < png.length; at += 12 + png.readUInt32BE(at))
      types.push(png.toString('latin1', at + 4, at + 8));
    expect(types).toEqual(['IHDR', 'IDAT', 'IEND']);
  });

  it('may be as large as a frame', async () => {
    // The most pixels that `imageAttributes` lets through with sides of at most 65,535.
    const [width, height] = [65_535, 4096];
    const data = new Uint8Array(width * height);
    const png = await encodePng({ width, height, channels: 1, bits: 8, data, maxValue: 255 });
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([width, height]);
  });

  it('of a film is smaller than a search for repetitions makes it; of one colour it is hardly there', async () => {
    const picture = film();
    const { width, height, data } = picture;
    const searched = await sharp(data, { raw: { width, height, channels: 1 } })
      .toColourspace('b-w')
      .png({ compressionLevel: 6, adaptiveFiltering: false })
      .toBuffer();
    expect((await encodePng(picture)).length).toBeLessThan(searched.length);
    const black = await encodePng({ ...picture, data: new Uint8Array(data.length) });
    expect(black.length).toBeLessThan(data.length / 200);
  });
});

/** Contents of a JPEG's segments before its samples, by marker. */
function segments(jpeg: Buffer): Map<number, Buffer[]> {
  const found = new Map<number, Buffer[]>();
  for (let at = 2; jpeg[at + 1] !== 0xda; at += 2 + jpeg.readUInt16BE(at + 2)) {
    const marker = jpeg[at + 1] ?? 0;
    const content = jpeg.subarray(at + 4, at + 2 + jpeg.readUInt16BE(at + 2));
    found.set(marker, [...(found.get(marker) ?? []), content]);
  }
  return found;
}

describe('JPEG', () => {
  const noise = (a: ArrayLike<number>, b: ArrayLike<number>) => {
    let squares = 0;
    for (let i = 0; i < a.length; i++) squares += ((a[i] ?? 0) - (b[i] ?? 0)) ** 2;
    return 10 * Math.log10(255 ** 2 / (squares / a.length));
  };

  it.each([80, 95, 100])(
    'of grey at quality %i is as close to the picture as libvips is',
    async (quality) => {
      const picture = film();
      const { width, height, data } = picture;
      const jpeg = await encodeJpeg(picture, quality);
      const libvips = await sharp(data, { raw: { width, height, channels: 1 } })
        .toColourspace('b-w')
        .jpeg({ quality })
        .toBuffer();
      const [ours, theirs] = await Promise.all([pixelsOf(jpeg, picture), pixelsOf(libvips, picture)]);
      expect(ours).toMatchObject({ width, height, channels: 1 });
      // The fast transform costs a little below quality 96.
      expect(noise(ours.data, data)).toBeGreaterThan(noise(theirs.data, data) - 1.5);
      expect(segments(jpeg).get(0xdb)).toEqual(segments(libvips).get(0xdb));
    },
  );

  it('is baseline, and says nothing but what JFIF asks for', async () => {
    for (const channels of [1, 3] as const) {
      const data = new Uint8Array(64 * 64 * channels).fill(90);
      const picture: Rendered = { width: 64, height: 64, channels, bits: 8, data, maxValue: 255 };
      const found = segments(await encodeJpeg(picture));
      // Tables, baseline frame, JFIF.
      for (const marker of found.keys()) expect([0xdb, 0xc4, 0xc0, 0xe0]).toContain(marker);
      expect(found.get(0xc0)?.[0]?.[5]).toBe(channels);
    }
  });

  it('that was made stays what it is when another is made', async () => {
    const picture = film();
    const first = await encodeJpeg(picture);
    const copy = Buffer.from(first);
    await encodeJpeg({ ...picture, data: picture.data.map((value) => 255 - value) });
    expect(first.equals(copy)).toBe(true);
  });

  it('of 16 bits is refused', async () => {
    const picture: Rendered = {
      ...{ width: 1, height: 1, channels: 1, bits: 16, maxValue: 1 },
      data: Uint16Array.of(1),
    };
    await expect(encodeJpeg(picture)).rejects.toHaveProperty('code', 'BAD_INPUT');
  });

  it.each([1, 3] as const)(
    'of %i channels is refused where a side is too long, and no longer',
    async (channels) => {
      const strip = (width: number): Rendered => ({
        ...{ width, height: 1, channels, bits: 8, maxValue: 255 },
        data: new Uint8Array(width * channels),
      });
      const upright = { ...strip(65_501), width: 1, height: 65_501 };
      expect(segments(await encodeJpeg(strip(65_500))).has(0xc0)).toBe(true);
      for (const picture of [strip(65_501), upright])
        await expect(encodeJpeg(picture)).rejects.toHaveProperty('code', 'TOO_LONG_FOR_JPEG');
    },
  );
});
