import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DetectionSamples, writeDetectionSamples } from '../../src/samples/write-detection-samples.js';
import { fileUri } from '../../src/storage/open.js';
import { cxrflow, type Running, running } from '../support/cli.js';
import { temporaryFolder } from '../support/servers/process.js';
import { runDatasetsPython } from './python.js';

interface Layout {
  readonly images: number;
  readonly annotations: number;
  readonly worst: number;
  readonly metadata: readonly string[];
}
interface Answer {
  readonly all: Layout;
  readonly fused: Layout;
  readonly kappas: { readonly worst: number; readonly undefined: number; readonly compared: number };
  readonly fusion: { readonly boxes: number; readonly worst: number };
  readonly leaks: { readonly images: number; readonly patients: number; readonly torn: number };
  readonly trainers: Readonly<Record<'train' | 'val' | 'test', number>>;
}

const IMAGES = 40;
const folder = temporaryFolder('detection-interop');
const env: NodeJS.ProcessEnv = {
  ...process.env,
  CXRFLOW_DATA: join(folder, 'data'),
  CXRFLOW_KEYRING: join(folder, 'keyring.json'),
  CXRFLOW_LOG_LEVEL: 'warn',
  DATABASE_URL: '',
  TEMPORAL_ADDRESS: '',
  CXRFLOW_STORAGE: '',
};
const version = (name: string) => join(folder, 'out', name, 'v1.0');
let up: Running | undefined;
let samples: DetectionSamples;
let answer: Answer;

async function build(name: string, input: object): Promise<void> {
  const whole = {
    boxes: fileUri(samples.boxes),
    images: fileUri(samples.images),
    patients: fileUri(samples.patients),
    destination: fileUri(join(folder, 'out', name)),
    version: 'v1.0',
    ...input,
  };
  const args = ['start', 'detectionDataset', '--wait', '--json', '--input', JSON.stringify(whole)];
  const { code, stdout, stderr } = await cxrflow(args, env);
  expect(code, stdout + stderr).toBe(0);
}

/** Samples in which readers leave images out, so that what they have in common differs. */
beforeAll(async () => {
  samples = await writeDetectionSamples(join(folder, 'samples'), {
    images: IMAGES,
    seed: 5,
    size: { rows: 120, columns: 96 },
    format: 'png',
  });
  const [head = '', ...rows] = (await readFile(samples.boxes, 'utf8')).trimEnd().split('\n');
  const left = samples.truth.flatMap(({ imageId }, i) =>
    i % 4 === 0 ? [`${imageId},R3`] : i % 7 === 0 ? [`${imageId},R1`] : [],
  );
  const kept = rows.filter((row) => {
    const [id, , , reader] = row.split(',');
    return !left.includes(`${id},${reader}`);
  });
  await writeFile(samples.boxes, `${[head, ...kept].join('\n')}\n`);
  mkdirSync(join(folder, 'out'));
  up = await running(['up', '--port', '0'], env);
  await build('all', {});
  await build('fused', { annotators: 'fused' });
  answer = JSON.parse(
    await runDatasetsPython('detection.py', samples.boxes, version('all'), version('fused')),
  ) as Answer;
});
afterAll(() => up?.end('SIGTERM'));

describe('a detection dataset, read by others', () => {
  it('loads in pycocotools; YOLO and COCO say the same boxes within half a pixel; pictures carry nothing but pixels', () => {
    expect(answer.all.images).toBeGreaterThan(2 * IMAGES);
    expect(answer.all.annotations).toBeGreaterThan(20);
    for (const { worst, metadata } of [answer.all, answer.fused]) {
      expect(worst).toBeLessThan(0.5);
      expect(metadata).toEqual([]);
    }
  });

  it('states the kappas of scikit-learn, and of Fleiss computed anew, to 1e-6', () => {
    expect(answer.kappas.compared).toBeGreaterThan(10);
    expect(answer.kappas.undefined).toBeGreaterThan(0);
    expect(answer.kappas.worst).toBeLessThan(1e-6);
  });

  it('fuses boxes as an independent weighted boxes fusion in NumPy does', () => {
    expect(answer.fusion.boxes).toBeGreaterThan(5);
    // COCO rounds to a ten-thousandth of a pixel.
    expect(answer.fusion.worst).toBeLessThan(1e-3);
  });

  it('has no patient in two splits', () => {
    expect(answer.leaks).toEqual({ images: IMAGES, patients: 32, torn: 0 });
  });

  it('lies as trainers want it', () => {
    const { train, val, test } = answer.trainers;
    expect(train).toBeGreaterThan(val);
    expect(val).toBeGreaterThan(0);
    expect(test).toBeGreaterThan(0);
  });

  // Torch is large: CI has none, and test:trainer trains on such a dataset.
  const ultralytics = process.env.CXRFLOW_ULTRALYTICS_PYTHON;
  if (ultralytics)
    it('Ultralytics finds every image and box', () => {
      const script = new URL('ultralytics_layout.py', import.meta.url).pathname;
      const text = execFileSync(ultralytics, [script, join(version('all'), 'organized', 'data.yaml')], {
        encoding: 'utf8',
        env: { ...process.env, YOLO_CONFIG_DIR: join(folder, 'ultralytics'), YOLO_VERBOSE: 'false' },
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      const { nc, splits } = JSON.parse(text.trim().split('\n').at(-1) ?? '') as {
        nc: number;
        splits: Record<'train' | 'val' | 'test', { images: number; boxes: number }>;
      };
      expect(nc).toBe(14);
      expect(splits.train.images).toBe(answer.trainers.train);
      expect(splits.val.images).toBe(answer.trainers.val);
      expect(splits.train.boxes).toBeGreaterThan(10);
    });
});
