import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { decodeFrame } from '../../../../src/dicom/frames.js';
import { readDicom } from '../../../../src/dicom/read.js';
import { renderFrame } from '../../../../src/dicom/render/frame.js';
import { imageKind } from '../../../../src/imaging/read/kind.js';
import { readImage } from '../../../../src/imaging/read/read-image.js';
import { dicomBytes, image } from '../../../support/dicom-builder.js';

const [WIDTH, HEIGHT] = [50, 30];
const values = Uint8Array.from({ length: WIDTH * HEIGHT }, (_, i) => (i * 37) % 256);
const wide = Uint16Array.from({ length: WIDTH * HEIGHT }, (_, i) => (i * 1009) % 65_536);
const colour = Uint8Array.from({ length: 3 * WIDTH * HEIGHT }, (_, i) => (i * 53) % 256);
const raw = (channels: 1 | 3) => ({ raw: { width: WIDTH, height: HEIGHT, channels } });
const grey8 = () => sharp(values, raw(1)).toColourspace('b-w');
const grey16 = () => sharp(wide, raw(1)).toColourspace('grey16');
const rgb = () => sharp(colour, raw(3));

/** 12 bits, white first. */
const film = () =>
  dicomBytes({
    SOPClassUID: '1.2.840.10008.5.1.4.1.1.1.1',
    ...image({
      rows: HEIGHT,
      columns: WIDTH,
      data: wide.map((value) => value >> 4),
      bitsStored: 12,
      photometric: 'MONOCHROME1',
    }),
  });

/** Of the high byte of the number of lines in the frame header. */
const heightAt = (jpeg: Buffer) => jpeg.indexOf(Buffer.from([0xff, 0xc0])) + 5;

describe('imageKind', () => {
  it('goes by content', async () => {
    expect(imageKind(await grey8().jpeg().toBuffer())).toBe('jpeg');
    expect(imageKind(await grey8().png().toBuffer())).toBe('png');
    expect(imageKind(await grey8().tiff().toBuffer())).toBe('tiff');
    expect(imageKind(film())).toBe('dicom');
    for (const other of ['', 'GIF89a', '%PDF-1.7', 'image_id,label\n'])
      expect(imageKind(Buffer.from(other))).toBeUndefined();
  });
});

describe('readImage', () => {
  it('keeps every sample of PNG and TIFF, 8 and 16 bits, grey and colour', async () => {
    const cases = [
      { image: grey8(), expected: values, channels: 1, maxValue: 255, bits: 8 },
      { image: grey16(), expected: wide, channels: 1, maxValue: 65_535, bits: 16 },
      { image: rgb(), expected: colour, channels: 3, maxValue: 255, bits: 8 },
    ] as const;
    for (const { image, expected, ...facts } of cases) {
      for (const bytes of [
        await image.png().toBuffer(),
        await image.tiff({ compression: 'lzw' }).toBuffer(),
      ]) {
        const read = await readImage(bytes);
        expect(read).toMatchObject({
          ...facts,
          width: WIDTH,
          height: HEIGHT,
          full: { width: WIDTH, height: HEIGHT },
        });
        expect([...read.data]).toEqual([...expected]);
      }
    }
  });

  it('reads JPEG as its decoder gives it, and drops alpha', async () => {
    const bytes = await grey8().jpeg({ quality: 100 }).toBuffer();
    const read = await readImage(bytes);
    expect(read).toMatchObject({ kind: 'jpeg', channels: 1, bits: 8 });
    for (const [i, value] of read.data.entries())
      expect(Math.abs(value - (values[i] ?? 0))).toBeLessThanOrEqual(3);
    const seen = await readImage(await rgb().ensureAlpha(0.5).png().toBuffer());
    expect(seen.channels).toBe(3);
    expect([...seen.data]).toEqual([...colour]);
  });

  it('applies neither orientation nor profile', async () => {
    const turned = await readImage(await rgb().withMetadata({ orientation: 6 }).png().toBuffer());
    expect([turned.width, turned.height]).toEqual([WIDTH, HEIGHT]);
    expect([...turned.data]).toEqual([...colour]);
  });

  it('shows DICOM as it is rendered', async () => {
    const bytes = film();
    const file = readDicom(bytes);
    const shown = renderFrame(file, await decodeFrame(file, 0), { bits: 8, window: 'auto' });
    const read = await readImage(bytes);
    expect(read).toMatchObject({
      kind: 'dicom',
      bits: 12,
      width: shown.width,
      height: shown.height,
      maxValue: 255,
    });
    expect(read.data).toEqual(shown.data);
  });

  it('makes a large JPEG small at once, and only where it is four times too large', async () => {
    const ramp = Uint8Array.from({ length: 800 * 600 }, (_, i) => ((i % 800) + Math.floor(i / 800)) / 6);
    const large = sharp(ramp, { raw: { width: 800, height: 600, channels: 1 } });
    const files = {
      grey: await large.clone().toColourspace('b-w').jpeg().toBuffer(),
      progressive: await large.clone().toColourspace('b-w').jpeg({ progressive: true }).toBuffer(),
      colour: await large.clone().toColourspace('srgb').jpeg().toBuffer(),
    };
    for (const [name, bytes] of Object.entries(files)) {
      const channels = name === 'colour' ? 3 : 1;
      const at = (width: number, height: number) =>
        readImage(bytes, { wanted: () => ({ size: { width, height }, filter: 'bilinear' }) });
      const full = { width: 800, height: 600 };
      expect(await at(200, 150)).toMatchObject({ width: 200, height: 150, channels, full });
      expect(await at(200, 151)).toMatchObject({ width: 800, height: 600, channels });
      // A ramp stays one: nothing is shifted.
      const { data } = await at(100, 75);
      for (let i = 101; i < 7399; i++) {
        const [x, y] = [(i % 100) * 8 + 3.5, Math.floor(i / 100) * 8 + 3.5];
        if (i % 100 === 0 || i % 100 === 99) continue;
        expect(Math.abs((data[i * channels] ?? Number.NaN) - (x + y) / 6)).toBeLessThanOrEqual(1.5);
      }
    }
  });

  it('refuses the same damage in a grey JPEG, made smaller or not', async () => {
    const raw = { raw: { width: 400, height: 320, channels: 1 } } as const;
    const noise = Uint8Array.from({ length: 400 * 320 }, (_, i) => (i * 2654435761) >>> 24);
    const plain = await sharp(noise, raw).toColourspace('b-w').jpeg().toBuffer();
    const progressive = await sharp(noise, raw).toColourspace('b-w').jpeg({ progressive: true }).toBuffer();
    const damaged = [
      ...[0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99, 1].map((share) =>
        plain.subarray(0, Math.floor(share * plain.length) - (share === 1 ? 3 : 0)),
      ),
      plain.subarray(0, -2),
      progressive.subarray(0, progressive.length / 2),
      Buffer.concat([plain, Buffer.from('and more')]),
      Buffer.concat([plain.subarray(0, 2000), Buffer.alloc(300, 0xa5), plain.subarray(2300)]),
      Buffer.concat([plain.subarray(0, 2000), plain.subarray(2100)]),
      Buffer.concat([plain.subarray(0, 2000), Buffer.from([0xff, 0xd3]), plain.subarray(2000)]),
      // Twice as high as it says.
      Buffer.from(plain).fill(2, heightAt(plain), heightAt(plain) + 1),
    ];
    const outcome = (bytes: Uint8Array, wanted: boolean) =>
      readImage(
        bytes,
        wanted ? { wanted: () => ({ size: { width: 50, height: 40 }, filter: 'box' }) } : {},
      ).then(
        () => 'read',
        (error) => error.code,
      );
    for (const bytes of [plain, progressive]) expect(await outcome(bytes, true)).toBe('read');
    const outcomes = await Promise.all(damaged.map((bytes) => outcome(bytes, true)));
    expect(outcomes).toEqual(await Promise.all(damaged.map((bytes) => outcome(bytes, false))));
    expect(outcomes.filter((one) => one === 'DECODE_FAILED').length).toBeGreaterThan(8);
  });

  it('refuses what it cannot read, by code', async () => {
    const png = await grey16().png().toBuffer();
    const jpeg = await sharp(values, raw(1)).jpeg().toBuffer();
    const code = (bytes: Uint8Array, options = {}) =>
      readImage(bytes, options).then(
        () => 'read',
        (error) => error.code,
      );
    expect(await code(Buffer.from('not an image, but some text'))).toBe('NOT_AN_IMAGE');
    expect(await code(new Uint8Array())).toBe('NOT_AN_IMAGE');
    expect(await code(png.subarray(0, png.length / 2))).toBe('DECODE_FAILED');
    expect(await code(jpeg.subarray(0, jpeg.length / 2))).toBe('DECODE_FAILED');
    expect(await code(jpeg.subarray(0, 20))).toBe('DECODE_FAILED');
    expect(await code(Buffer.concat([png.subarray(0, 60), Buffer.alloc(60, 7), png.subarray(120)]))).toBe(
      'DECODE_FAILED',
    );
    expect(
      await code(
        await sharp(values, raw(1))
          .tiff()
          .toColourspace('b-w')
          .toBuffer()
          .then((b) => b.subarray(0, 40)),
      ),
    ).toBe('DECODE_FAILED');
    expect(await code(png, { maxBytes: png.length - 1 })).toBe('TOO_LARGE');
    expect(await code(png, { maxPixels: WIDTH * HEIGHT - 1 })).toBe('IMAGE_TOO_LARGE');
    expect(await code(jpeg, { maxPixels: WIDTH * HEIGHT - 1 })).toBe('IMAGE_TOO_LARGE');
    expect(await code(film(), { maxPixels: 10 })).toBe('IMAGE_TOO_LARGE');
  });
});
