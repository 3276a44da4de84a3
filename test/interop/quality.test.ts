import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeFrame } from '../../src/dicom/frames.js';
import { readDicom } from '../../src/dicom/read.js';
import {
  FEATURE_COUNT,
  FEATURE_NAMES,
  FEATURES_VERSION,
  type GreyImage,
  qualityFeatures,
} from '../../src/imaging/quality/features.js';
import { loadQualityModel } from '../../src/models/onnx.js';
import { chestFilm } from '../../src/samples/phantom/chest.js';
import { blur, overExpose } from '../../src/samples/phantom/spoil.js';
import { createRandom } from '../../src/samples/random.js';
import { writeSamples } from '../../src/samples/write-samples.js';
import { runPython } from './python.js';

const MODEL = new URL('../../models/quality-svm-1.onnx', import.meta.url).pathname;
const REFERENCE = new URL('../../scripts/quality', import.meta.url).pathname;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'quality-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const lines = <T>(text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as T);

/** Films good and spoilt, odd sizes, 8 and 16 bits, and edges of what an image can be. */
function images(): GreyImage[] {
  const sizes = [
    [640, 512],
    [333, 257],
    [90, 1000],
    [64, 64],
  ] as const;
  const films = sizes.flatMap(([rows, columns], i) => {
    const film = chestFilm({ rows, columns, view: 'PA', female: true, anatomySeed: i }, createRandom(i));
    return [film, blur(film, 6), overExpose(film)];
  });
  const drawn = films.flatMap(({ rows, columns, data }) =>
    [255, 4095].map((maxValue): GreyImage => {
      const levels = data.map((v) => Math.round(maxValue * Math.max(0, Math.min(1, v))));
      const Samples = maxValue < 256 ? Uint8Array : Uint16Array;
      return { width: columns, height: rows, data: Samples.from(levels), maxValue };
    }),
  );
  const random = createRandom(4);
  const noise = Uint16Array.from({ length: 700 * 300 }, () => random.int(0, 65535));
  return [
    ...drawn,
    { width: 300, height: 700, data: noise, maxValue: 65535 },
    { width: 1, height: 1, data: Uint8Array.of(255), maxValue: 255 },
    { width: 7, height: 3, data: new Uint8Array(21), maxValue: 255 },
  ];
}

describe('quality model against NumPy and Python onnxruntime', () => {
  it('computes the same features within 1e-5 and the same scores', async () => {
    const films = images();
    const files = films.map(({ width, height, maxValue, data }, i) => {
      const path = join(folder, `${width}x${height}-${maxValue}-${i}.raw`);
      writeFileSync(path, data);
      return path;
    });
    interface Theirs {
      readonly features: readonly number[];
      readonly label: number;
      readonly score: number;
    }
    const theirs = lines<Theirs>(await runPython('quality.py', MODEL, REFERENCE, ...files));
    const model = await loadQualityModel(readFileSync(MODEL), {
      featureCount: FEATURE_COUNT,
      featuresVersion: FEATURES_VERSION,
    });
    const ours = films.map(qualityFeatures);
    const verdicts = await model.predict(ours);
    expect(theirs).toHaveLength(films.length);
    theirs.forEach(({ features, label, score }, i) => {
      features.forEach((value, k) => {
        const apart = Math.abs(value - (ours[i]?.[k] as number));
        expect(apart, `${files[i]} ${FEATURE_NAMES[k]}`).toBeLessThan(1e-5);
      });
      expect(Math.abs(score - (verdicts[i]?.score as number))).toBeLessThan(1e-4);
      expect(label === 1).toBe(score >= 0.5);
    });
    await model.close();
  });
});

describe('sample films against pydicom', () => {
  it('hold the values that this program reads from them, in every transfer syntax', async () => {
    const dir = join(folder, 'samples');
    const { files } = await writeSamples(dir, {
      studies: 18,
      size: { rows: 96, columns: 80 },
      extras: false,
    });
    const out = mkdtempSync(join(folder, 'raw-'));
    const paths = files.map((f) => join(dir, f.path));
    const facts = lines<{ file: string; raw: string; type: string; syntax: string }>(
      await runPython('pixels.py', out, ...paths),
    );
    expect(new Set(facts.map((f) => f.syntax)).size).toBe(10);
    for (const { file, raw, type, syntax } of facts) {
      const bytes = Uint8Array.from(readFileSync(raw)).buffer;
      const theirs = type === 'uint8' ? new Uint8Array(bytes) : new Uint16Array(bytes);
      const ours = (await decodeFrame(readDicom(readFileSync(file)), 0)).data;
      const allowed = syntax.endsWith('.50') ? 3 : 0;
      const apart = Array.from(ours).reduce(
        (most, v, i) => Math.max(most, Math.abs(v - (theirs[i] ?? 1e9))),
        0,
      );
      expect(ours.length).toBe(theirs.length);
      expect(apart, syntax).toBeLessThanOrEqual(allowed);
    }
  });
});
