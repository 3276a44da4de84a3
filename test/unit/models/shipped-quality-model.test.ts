import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FEATURE_COUNT, FEATURES_VERSION, qualityFeatures } from '../../../src/imaging/quality/features.js';
import { loadQualityModel, type QualityModel } from '../../../src/models/onnx.js';
import { chestFilm } from '../../../src/samples/phantom/chest.js';
import type { Film } from '../../../src/samples/phantom/film.js';
import { blur, overExpose } from '../../../src/samples/phantom/spoil.js';
import { createRandom, type Random } from '../../../src/samples/random.js';

const FILMS = 16;
/** Far from the seeds that the training used. */
const SEED = 77_000_000;

let model: QualityModel;
beforeAll(async () => {
  const bytes = readFileSync(new URL('../../../models/quality-svm-1.onnx', import.meta.url));
  model = await loadQualityModel(bytes, { featureCount: FEATURE_COUNT, featuresVersion: FEATURES_VERSION });
});
afterAll(() => model.close());

function featuresOf(film: Film): Float32Array {
  const data = Uint8Array.from(film.data, (v) => Math.round(255 * Math.max(0, Math.min(1, v))));
  return qualityFeatures({ width: film.columns, height: film.rows, data, maxValue: 255 });
}

const tone = (film: Film, to: (v: number) => number): Film => ({ ...film, data: film.data.map(to) });
const grain = (random: Random) => 2 * (random.next() + random.next() + random.next() - 1.5);

function crop(film: Film, share: number, random: Random): Film {
  const [rows, columns] = [Math.round(film.rows * share), Math.round(film.columns * share)];
  const [top, left] = [random.int(0, film.rows - rows), random.int(0, film.columns - columns)];
  const data = new Float32Array(rows * columns);
  for (let y = 0; y < rows; y++)
    data.set(film.data.subarray((top + y) * film.columns + left).subarray(0, columns), y * columns);
  return { rows, columns, data };
}

const SPOILT: readonly (readonly [string, (film: Film, random: Random) => Film])[] = [
  ['under-exposed', (film, r) => tone(film, (v) => 0.55 + 0.38 * v + 0.05 * grain(r))],
  ['over-exposed', overExpose],
  ['blurred', (film) => blur(film, film.rows * 0.008)],
  ['noisy', (film, r) => tone(film, (v) => v + 0.2 * grain(r))],
  ['clipped', (film) => tone(film, (v) => (v - 0.45) * 5 + 0.5)],
  ['white', (film) => tone(film, (v) => v * 3)],
  ['cropped', (film, r) => crop(film, 0.42, r)],
];

const films = Array.from({ length: FILMS }, (_, i) => {
  const random = createRandom(SEED + i);
  const view = (['PA', 'AP', 'LATERAL', 'PA'] as const)[i % 4] as 'PA';
  const anatomySeed = random.int(1, 2 ** 30);
  return chestFilm({ rows: 640, columns: 512, view, female: i % 2 === 0, anatomySeed }, random);
});

async function acceptance(change: (film: Film, random: Random) => Film): Promise<number> {
  const rows = films.map((film, i) => featuresOf(change(film, createRandom(SEED - i))));
  return (await model.predict(rows)).filter((v) => v.accepted).length / FILMS;
}

describe('the shipped quality model', () => {
  it('accepts generated films of seeds that it has not seen', async () => {
    expect(await acceptance((film) => film)).toBeGreaterThanOrEqual(0.95);
  });

  it.each(SPOILT)('rejects %s ones', async (_, spoil) => {
    expect(await acceptance(spoil)).toBeLessThanOrEqual(0.05);
  });

  it('is small enough to ship', () => {
    expect(readFileSync(new URL('../../../models/quality-svm-1.onnx', import.meta.url)).length).toBeLessThan(
      1e6,
    );
  });
});
