import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openModel } from '../../src/models/open-model.js';
import { decodePicture } from '../../src/models/picture.js';
import { trainExternally } from '../../src/models/trainers/external.js';
import type { TrainingProgress } from '../../src/models/trainers/trainer.js';
import { writeDetectionSamples } from '../../src/samples/write-detection-samples.js';
import { cxrflow } from '../support/cli.js';

const TRAINER = fileURLToPath(new URL('../../trainers/ultralytics/', import.meta.url));
const CLASSES = new Map([
  [3, 'Cardiomegaly'],
  [7, 'Lung Opacity'],
  [8, 'Nodule/Mass'],
  [10, 'Pleural effusion'],
]);
const folder = mkdtempSync(join(tmpdir(), 'cxrflow-yolo-'));
const dataset = join(folder, 'dataset');
let python: string;

beforeAll(async () => {
  python = process.env.CXRFLOW_TRAINER_PYTHON ?? install();
  await writeDataset();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('trains a nano model for an epoch, exports it, and cxrflow registers and serves it', async () => {
  const told: TrainingProgress[] = [];
  const checkpoints: string[] = [];
  const { PATH = '', HOME = '' } = process.env;
  const trained = await trainExternally(
    {
      command: [python, join(TRAINER, 'train.py')],
      env: { PATH, HOME },
      timeLimit: 1_800_000,
      silence: 900_000,
      outputLimit: 2 ** 30,
      grace: 10_000,
    },
    {
      workDir: join(folder, 'work'),
      datasetDir: dataset,
      params: {
        protocol: 1,
        seed: 1,
        classes: [...CLASSES.values()],
        dataset: 'films',
        version: 'v1',
        baseModel: null,
        params: { model: 'yolo11n.yaml', epochs: 1, imgsz: 64, batch: 4, device: 'cpu' },
      },
      checkpoint: undefined,
    },
    {
      onProgress: (progress) => told.push(progress),
      onCheckpoint: async (path) => {
        checkpoints.push(path);
      },
    },
    new AbortController().signal,
  );
  expect(told.at(-1)).toMatchObject({ epoch: 1, epochs: 1 });
  expect(checkpoints.every((path) => existsSync(join(folder, 'work', 'output', path)))).toBe(true);
  expect(checkpoints.length).toBeGreaterThan(0);
  // Nothing was written into the dataset: Ultralytics likes to leave caches beside labels.
  expect(existsSync(join(dataset, 'training', 'labels.cache'))).toBe(false);

  const model = await openModel(readFileSync(trained.model));
  expect(model.declaration).toMatchObject({
    task: 'detect',
    classes: [...CLASSES.values()],
    input: { width: 64, height: 64, channels: 3 },
  });
  const film = join(dataset, 'validation', 'images', 'film-16.png');
  const [answer] = await model.predict([await decodePicture(readFileSync(film))]);
  expect(answer).toHaveProperty('boxes');
  await model.close();

  const data = join(folder, 'data');
  const registered = await cxrflow([
    'model',
    'register',
    trained.model,
    '--name',
    'yolo',
    '--data',
    data,
    '--json',
  ]);
  expect(registered.code, registered.stderr).toBe(0);
  const shown = await cxrflow(['model', 'show', 'yolo', '--data', data, '--json']);
  expect(JSON.stringify(JSON.parse(shown.stdout))).toContain('Pleural effusion');
});

/** 16 films to learn from, 4 to validate on, in the layout of a dataset version. */
async function writeDataset(): Promise<void> {
  const { images, truth } = await writeDetectionSamples(join(folder, 'films'), {
    images: 20,
    readers: 1,
    format: 'png',
  });
  const classIds = [...CLASSES.keys()];
  for (const [n, { imageId, findings }] of truth.entries()) {
    const split = join(dataset, n < 16 ? 'training' : 'validation');
    mkdirSync(join(split, 'images'), { recursive: true });
    mkdirSync(join(split, 'labels'), { recursive: true });
    await copyFile(join(images, `${imageId}.png`), join(split, 'images', `film-${n}.png`));
    const lines = findings.map(({ classId, box: [x0, y0, x1, y1] }) => {
      const [width, height] = [416, 512];
      const box = [(x0 + x1) / 2 / width, (y0 + y1) / 2 / height, (x1 - x0) / width, (y1 - y0) / height];
      return `${classIds.indexOf(classId)} ${box.join(' ')}\n`;
    });
    writeFileSync(join(split, 'labels', `film-${n}.txt`), lines.join(''));
  }
}

/** A Python with the trainer's requirements, made once in the cache folder. */
function install(): string {
  const folder = join(process.env.CXRFLOW_CACHE ?? join(homedir(), '.cache', 'cxrflow'), 'venv-ultralytics');
  const script = `set -e; test -e "$1/complete" && exit 0; rm -rf "$1"; python3 -m venv "$1"
    "$1/bin/pip" install --quiet --disable-pip-version-check -r "$2"; touch "$1/complete"`;
  mkdirSync(join(folder, '..'), { recursive: true });
  const requirements = join(TRAINER, 'requirements.txt');
  execFileSync('flock', [`${folder}.lock`, 'bash', '-c', script, 'bash', folder, requirements], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return join(folder, 'bin', 'python');
}
