import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadPipeline } from '../../src/config/pipeline.js';
import { readImage } from '../../src/imaging/read/read-image.js';
import { deviation, merge, momentsOf, NOTHING } from '../../src/imaging/steps/moments.js';
import { prepare, wantedSize } from '../../src/imaging/steps/pipeline.js';
import { chestFilm } from '../../src/samples/phantom/chest.js';
import { createRandom } from '../../src/samples/random.js';
import { runDatasetsPython } from './python.js';

interface Facts {
  readonly mean: number;
  readonly std: number;
  readonly min: number;
  readonly max: number;
}

const SUBJECT = { imageId: 'image', copy: 0, seed: 0 };
const steps = (overrides: object) => loadPipeline({ steps: overrides }).settings;

describe('the steps beside Pillow and NumPy', () => {
  let folder = '';
  let facts: { readonly images: Readonly<Record<string, Facts>>; readonly all: Facts };

  /** Films of the phantom as JPEG and PNG of 8 and 16 bits, smaller and larger than what is wanted; real ones too. */
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'cxrflow-processing-'));
    for (const [index, [rows, columns]] of [
      [1200, 1500],
      [2048, 1536],
      [3000, 2600],
      [700, 640],
      [180, 200],
    ].entries()) {
      const view = {
        rows: rows ?? 1,
        columns: columns ?? 1,
        view: 'PA',
        female: index % 2 === 1,
        anatomySeed: index,
      } as const;
      const { data } = chestFilm(view, createRandom(index));
      const raw = { raw: { width: view.columns, height: view.rows, channels: 1 } } as const;
      const grey = sharp(
        Uint8Array.from(data, (v) => 255 * Math.min(1, Math.max(0, v))),
        raw,
      ).toColourspace('b-w');
      await grey
        .clone()
        .jpeg({ quality: 90 })
        .toFile(join(folder, `${index}.jpg`));
      await grey.png().toFile(join(folder, `${index}.png`));
      const wide = Uint16Array.from(data, (v) => 65_535 * Math.min(1, Math.max(0, v)));
      await sharp(wide, raw)
        .toColourspace('grey16')
        .png()
        .toFile(join(folder, `${index}-16.png`));
    }
    const films = process.env.CXRFLOW_TEST_FILMS;
    if (films !== undefined && existsSync(films))
      for (const file of readdirSync(films).filter((name) => /\.(png|jpg)$/.test(name)))
        copyFileSync(join(films, file), join(folder, `real-${file}`));
    else console.warn('CXRFLOW_TEST_FILMS is not set: generated films only');
    for (const file of readdirSync(folder)) {
      const { picture } = await made(file, { normalise: { method: 'none' } });
      writeFileSync(join(folder, `${file}.resized.raw`), picture.data);
    }
    facts = JSON.parse(await runDatasetsPython('processing.py', folder)) as typeof facts;
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const expected = (file: string, what: string) => {
    const bytes = readFileSync(join(folder, `${file}.${what}.raw`));
    return new Float32Array(Uint8Array.from(bytes).buffer);
  };
  const made = async (file: string, overrides: object) => {
    const settings = steps(overrides);
    const image = await readImage(readFileSync(join(folder, file)), { wanted: wantedSize(settings) });
    return { image, ...prepare(image, settings, SUBJECT) };
  };
  const worst = (a: Float32Array, b: Float32Array) =>
    a.reduce(
      (most, value, i) => Math.max(most, Math.abs(value - (b[i] ?? Number.NaN))),
      a.length === b.length ? 0 : Infinity,
    );

  it('resize as Pillow, every filter, JPEG and PNG, 8 and 16 bits', async () => {
    for (const file of Object.keys(facts.images))
      for (const filter of ['box', 'bilinear', 'bicubic', 'lanczos']) {
        const { picture } = await made(file, {
          resize: { filter, fastDecode: false },
          normalise: { method: 'none' },
        });
        // Decoders of JPEG differ by a level here and there, which averaging makes smaller; PNG by float32 alone.
        const within = file.endsWith('.jpg') ? 0.6 : 2e-4;
        expect([file, filter, worst(picture.data, expected(file, filter)) < within]).toEqual([
          file,
          filter,
          true,
        ]);
      }
  });

  it('normalise as NumPy', async () => {
    for (const file of Object.keys(facts.images))
      for (const method of ['min-max', 'z-score']) {
        const { picture } = await made(file, { normalise: { method } });
        expect([file, method, worst(picture.data, expected(file, method)) < 1e-6]).toEqual([
          file,
          method,
          true,
        ]);
      }
  });

  it('have the mean and deviation of NumPy, of one image and merged of all', async () => {
    let all = NOTHING;
    for (const [file, { mean, std, min, max }] of Object.entries(facts.images).sort()) {
      const { picture } = await made(file, { resize: { fastDecode: false }, normalise: { method: 'none' } });
      const moments = momentsOf(picture.data);
      all = merge(all, moments);
      if (!file.endsWith('.png')) continue;
      expect(Math.abs(moments.mean - mean)).toBeLessThan(1e-6 * Math.max(1, mean));
      expect(Math.abs(deviation(moments) - std)).toBeLessThan(1e-6 * Math.max(1, std));
      expect([moments.min, moments.max]).toEqual([expect.closeTo(min, 3), expect.closeTo(max, 3)]);
    }
    // JPEGs are among them: their decoders differ by some hundredths of a level on average.
    expect(Math.abs(all.mean - facts.all.mean)).toBeLessThan(0.01);
    expect(Math.abs(deviation(all) - facts.all.std)).toBeLessThan(0.01);
  });

  it('count as numpy.histogram', async () => {
    for (const file of Object.keys(facts.images).filter((name) => name.endsWith('.png'))) {
      const features = { enabled: true, bins: 64, range: [0, 1] };
      const { histogram, picture } = await made(file, { features });
      const bytes = readFileSync(join(folder, `${file}.histogram.raw`));
      const counts = new Float64Array(Uint8Array.from(bytes).buffer);
      const moved = counts.reduce(
        (sum, n, i) => sum + Math.abs(n - (histogram?.[i] ?? Number.NaN) * picture.data.length),
        0,
      );
      // A value at the edge of a bin may fall to either side by the last bit of float32.
      expect([file, moved <= 0.001 * picture.data.length]).toEqual([file, true]);
    }
  });

  it('decode large JPEGs small within what docs/processing.md says', async () => {
    const seen: [string, boolean][] = [];
    for (const file of Object.keys(facts.images).filter((name) => name.endsWith('.jpg'))) {
      const { image, picture } = await made(file, { normalise: { method: 'none' } });
      const exact = expected(file, 'bilinear');
      const differences = picture.data.map((value, i) => Math.abs(value - (exact[i] ?? Number.NaN))).sort();
      const mean = differences.reduce((a, b) => a + b) / differences.length;
      const p99 = differences[Math.floor(0.99 * differences.length)] ?? Number.NaN;
      const most = differences.at(-1) ?? Number.NaN;
      seen.push([file, image.width === 224]);
      expect([file, mean < 0.2, p99 <= 1, most <= 5]).toEqual([file, true, true, true]);
    }
    expect(seen.filter(([, small]) => small).length).toBeGreaterThanOrEqual(3);
  });
});
