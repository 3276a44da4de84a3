import { readFile } from 'node:fs/promises';
import sharp, { type Sharp } from 'sharp';
import { describe, expect, it } from 'vitest';
import { resampleGrey } from '../../../../src/imaging/read/jpeg/resample-grey.js';
import { resize } from '../../../../src/imaging/steps/resize.js';
import { chestFilm } from '../../../../src/samples/phantom/chest.js';
import { createRandom } from '../../../../src/samples/random.js';
import { seeded } from '../../../support/random.js';

const FILTERS = ['bilinear', 'bicubic', 'lanczos'] as const;

/** Sides that 8 does not divide are most of all. */
const SIZES = [
  { rows: 320, columns: 296, to: { width: 40, height: 33 } },
  { rows: 333, columns: 401, to: { width: 64, height: 48 } },
  { rows: 615, columns: 499, to: { width: 31, height: 29 } },
  { rows: 300, columns: 1203, to: { width: 9, height: 75 } },
] as const;

function film(rows: number, columns: number): Sharp {
  const { data } = chestFilm(
    { rows, columns, view: 'PA', female: false, anatomySeed: rows },
    createRandom(columns),
  );
  const levels = Uint8Array.from(data, (v) => 255 * Math.min(1, Math.max(0, v)));
  return sharp(levels, { raw: { width: columns, height: rows, channels: 1 } }).toColourspace('b-w');
}

async function decoded(jpeg: Uint8Array) {
  const { data, info } = await sharp(jpeg).toColourspace('b-w').raw().toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, channels: 1, data, maxValue: 255 } as const;
}

/** Of the differences: decoders round each pixel, to the same side where a picture is flat. */
function within(a: Float32Array, b: Float32Array): { mean: number; p99: number; most: number } {
  const differences = a.map((value, i) => Math.abs(value - (b[i] ?? Number.NaN))).sort();
  return {
    mean: differences.reduce((sum, one) => sum + one, 0) / differences.length,
    p99: differences[Math.floor(0.99 * differences.length)] ?? Number.NaN,
    most: differences.at(-1) ?? Number.NaN,
  };
}

describe('a grey JPEG that is resampled without its pixels', () => {
  it.each(SIZES)('is as one that is decoded first, $columns x $rows', async ({ rows, columns, to }) => {
    for (const options of [
      { quality: 90 },
      { quality: 60 },
      { quality: 100 },
      { quality: 97, optimiseCoding: false },
    ]) {
      const jpeg = await film(rows, columns).jpeg(options).toBuffer();
      const whole = await decoded(jpeg);
      for (const filter of FILTERS) {
        const small = resampleGrey(jpeg, to, filter);
        const exact = resize(whole, { ...to, filter, fit: 'stretch', antialias: true, pad: 0 }).data;
        const { mean, p99, most } = within(small ?? new Float32Array(exact.length), exact);
        expect([filter, mean < 0.4, p99 < 1, most < 8]).toEqual([filter, true, true, true]);
      }
    }
  });

  it('keeps a grey as it is, and says it in 256ths', async () => {
    for (const grey of [0, 1, 100, 255]) {
      const raw = { width: 333, height: 300, channels: 1 } as const;
      const jpeg = await sharp(Buffer.alloc(raw.width * raw.height, grey), { raw })
        .toColourspace('b-w')
        .jpeg({ quality: 100 })
        .toBuffer();
      for (const value of resampleGrey(jpeg, { width: 50, height: 50 }, 'bilinear') ?? [])
        expect(value).toBeCloseTo(grey, 5);
    }
    const levels = resampleGrey(
      await film(320, 296).jpeg().toBuffer(),
      { width: 40, height: 40 },
      'bilinear',
    );
    expect(levels?.every((value) => Number.isInteger(value * 256) && value >= 0 && value <= 255)).toBe(true);
  });

  it('is left to others where it is not of that kind', async () => {
    const to = { width: 40, height: 40 };
    const plain = await film(320, 296).jpeg().toBuffer();
    const other = {
      progressive: await film(320, 296).jpeg({ progressive: true }).toBuffer(),
      colour: await film(320, 296).toColourspace('srgb').jpeg().toBuffer(),
      cut: plain.subarray(0, -200),
      'no end': plain.subarray(0, -2),
      png: await film(320, 296).png().toBuffer(),
      nothing: new Uint8Array(0),
      text: await readFile(new URL(import.meta.url)),
    };
    expect(resampleGrey(plain, to, 'bilinear')).toHaveLength(1600);
    for (const [name, bytes] of Object.entries(other))
      expect([name, resampleGrey(bytes, to, 'bilinear')]).toEqual([name, undefined]);
    expect(resampleGrey(plain, { width: 80, height: 80 }, 'bilinear')).toBeUndefined();
    expect(resampleGrey(plain, to, 'box')).toBeUndefined();
  });

  it('never breaks and never goes on, whatever is in the file', async () => {
    const plain = await film(160, 168).jpeg().toBuffer();
    const random = seeded(1);
    for (let i = 0; i < 400; i++) {
      const broken = Buffer.from(plain);
      const changes = 1 + Math.floor(random() * 4);
      for (let n = 0; n < changes; n++)
        broken[Math.floor(random() * broken.length)] = Math.floor(random() * 256);
      const cut = random() < 0.3 ? broken.subarray(0, Math.floor(random() * broken.length)) : broken;
      const small = resampleGrey(cut, { width: 20, height: 20 }, 'bilinear');
      expect(small === undefined || small.every(Number.isFinite)).toBe(true);
    }
  });
});
