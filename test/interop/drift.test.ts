/** The drift report against NumPy and SciPy, on films that were made to differ. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { readPicture } from '../../src/activities/loop/picture.js';
import { type ImageStatistics, imageStatistics } from '../../src/models/drift/image-statistics.js';
import { driftReport, type NumberDrift, type Population } from '../../src/models/drift/report.js';
import { seeded } from '../support/random.js';
import { temporaryFolder } from '../support/servers/process.js';
import { runDatasetsPython } from './python.js';

interface Compared {
  readonly psi: number;
  readonly statistic: number;
  readonly p: number;
  readonly means: readonly [number, number];
}

interface Reference {
  readonly classMix: number;
  readonly confidence: Compared;
  readonly images: Readonly<Record<keyof ImageStatistics, Compared>>;
  readonly files: Readonly<Record<string, ImageStatistics>>;
}

function expectSame(mine: NumberDrift, theirs: Compared): void {
  expect(mine.psi).toBeCloseTo(theirs.psi, 9);
  expect(mine.ks?.statistic).toBeCloseTo(theirs.statistic, 12);
  expect(mine.ks?.p).toBeCloseTo(theirs.p, 9);
  expect([mine.training.mean, mine.production.mean]).toEqual(theirs.means.map((n) => expect.closeTo(n, 9)));
}

test.each([
  ['not at all', 0, 40, 40],
  ['a little', 0.05, 60, 33],
  ['much', 0.3, 25, 90],
])('production that differs %s', async (_, shift, trained, asked) => {
  const folder = temporaryFolder('drift');
  const images = join(folder, 'images');
  mkdirSync(images);
  const random = seeded(trained);
  const statistics: Record<string, ImageStatistics> = {};
  const population = async (name: string, n: number, by: number): Promise<Population> => {
    const measured: ImageStatistics[] = [];
    for (let i = 0; i < n; i++) {
      const level = 60 + random() * 120 + by * 255;
      const pixels = Buffer.from(
        Array.from({ length: 40 * 30 }, () => Math.min(255, level * (0.5 + random()))),
      );
      const png = await sharp(pixels, { raw: { width: 40, height: 30, channels: 1 } })
        .png()
        .toBuffer();
      const file = `${name}-${i}.png`;
      writeFileSync(join(images, file), png);
      const { data } = await readPicture(png);
      const one = imageStatistics(data, 255);
      statistics[file] = one;
      measured.push(one);
    }
    return {
      classCounts: [10 + Math.round(by * 100), 20, 0, 5],
      // Two digits: values that are equal, as scores of real models often are.
      confidences: Array.from({ length: n * 2 }, () => Math.round((random() * 0.5 + 0.3 + by) * 100) / 100),
      images: measured,
    };
  };
  const training = await population('training', trained, 0);
  const production = await population('production', asked, shift);
  const about = { dataset: 'd', version: 'v1', modelVersion: 'm@v1', classes: ['a', 'b', 'c', 'd'] };
  const report = driftReport(about, training, production);
  const file = join(folder, 'report.json');
  writeFileSync(file, JSON.stringify({ ...report, samples: { training, production } }));
  const reference = JSON.parse(await runDatasetsPython('drift.py', file, images)) as Reference;
  expect(report.classMix.psi).toBeCloseTo(reference.classMix, 9);
  expectSame(report.confidence, reference.confidence);
  for (const name of ['mean', 'std', 'p01', 'p50', 'p99'] as const)
    expectSame(report.images[name], reference.images[name]);
  for (const [name, mine] of Object.entries(statistics))
    for (const [key, value] of Object.entries(reference.files[name] as ImageStatistics))
      expect(mine[key as keyof ImageStatistics]).toBeCloseTo(value, 9);
});
