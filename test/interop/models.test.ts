import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openModel } from '../../src/models/open-model.js';
import { decodePicture } from '../../src/models/picture.js';
import type { Declared, Detections, Prediction } from '../../src/models/types.js';
import { chestFilm } from '../../src/samples/phantom/chest.js';
import { createRandom } from '../../src/samples/random.js';
import { classifierModel, detectorModel } from '../support/onnx-graph.js';
import { runPython } from './python.js';

let folder: string;
let files: readonly string[];
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'models-'));
  files = await pictures(folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Films, tall, wide, smaller and larger than the input, grey and colour, PNG and (decoded alike) one pixel. */
async function pictures(place: string): Promise<readonly string[]> {
  const sizes = [
    [300, 400, 1],
    [640, 512, 1],
    [333, 97, 3],
    [41, 700, 3],
    [1201, 1003, 1],
    [64, 96, 3],
    [1, 1, 1],
  ] as const;
  return Promise.all(
    sizes.map(async ([rows, columns, channels], i) => {
      const film = chestFilm(
        {
          rows: Math.max(rows, 64),
          columns: Math.max(columns, 64),
          view: 'PA',
          female: i % 2 === 0,
          anatomySeed: i,
        },
        createRandom(i),
      );
      const random = createRandom(100 + i);
      const data = Buffer.alloc(rows * columns * channels);
      for (let y = 0; y < rows; y++)
        for (let x = 0; x < columns; x++)
          for (let c = 0; c < channels; c++) {
            const level = (film.data[y * film.columns + x] as number) * 200 + c * 20 + random.int(0, 15);
            data[(y * columns + x) * channels + c] = Math.max(0, Math.min(255, Math.round(level)));
          }
      const path = join(place, `${rows}x${columns}.png`);
      await sharp(data, { raw: { width: columns, height: rows, channels } })
        .png()
        .toFile(path);
      return path;
    }),
  );
}

interface Job {
  readonly kind: 'raw' | 'end-to-end' | 'softmax' | 'sigmoid' | 'none';
  readonly fit: 'letterbox' | 'stretch' | 'crop';
  readonly size: readonly [number, number];
  readonly bytes: Uint8Array;
  readonly declared?: Declared;
}

const THRESHOLDS = { confidence: 0.6, iou: 0.45, maxDetections: 50 };

/** Their answers and ours on the same files. */
async function both<T>(job: Job): Promise<{ theirs: readonly T[]; ours: readonly Prediction[] }> {
  const model = join(folder, `${job.kind}-${job.fit}-${job.size.join('x')}.onnx`);
  writeFileSync(model, job.bytes);
  const { confidence, iou, maxDetections: most } = THRESHOLDS;
  const { kind, fit, size } = job;
  const text = await runPython(
    'models.py',
    JSON.stringify({ model, kind, fit, size, confidence, iou, most, files }),
  );
  const theirs = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as T);
  const opened = await openModel(job.bytes, job.declared ?? {}, { device: 'cpu' });
  const decoded = await Promise.all(files.map((file) => decodePicture(readFileSync(file))));
  const ours = await opened.predict(decoded, THRESHOLDS);
  await opened.close();
  expect(theirs).toHaveLength(files.length);
  return { theirs, ours };
}

describe('detectors against Python onnxruntime and NumPy', () => {
  const classes = ['nodule', 'effusion', 'cardiomegaly'];
  it.each([
    ['raw', [160, 128], 3, undefined],
    ['raw', [320, 320], 1, 1],
    ['end-to-end', [160, 160], 3, 2],
  ] as const)(
    '%s, input %s, %i channels, batch %s: the same boxes',
    async (layout, size, channels, batch) => {
      const [width, height] = size;
      const bytes = detectorModel({ classes, width, height, channels, layout, ...(batch && { batch }) });
      interface Theirs {
        readonly boxes: readonly (readonly number[])[];
        readonly scores: readonly number[];
        readonly classes: readonly number[];
      }
      const { theirs, ours } = await both<Theirs>({ kind: layout, fit: 'letterbox', size, bytes });
      let boxes = 0;
      theirs.forEach((their, i) => {
        const left = [...(ours[i] as Detections).boxes];
        expect(left.length, files[i]).toBe(their.boxes.length);
        boxes += left.length;
        // Paired, not by position: two of almost equal confidence may change places.
        their.boxes.forEach((box, k) => {
          const at = left.findIndex(
            ({ classId, confidence, bbox }) =>
              classId === their.classes[k] &&
              Math.abs(confidence - (their.scores[k] as number)) < 1e-3 &&
              bbox.every((value, corner) => Math.abs(value - (box[corner] as number)) < 0.5),
          );
          expect(at, `${files[i]} ${box.join(', ')}`).toBeGreaterThanOrEqual(0);
          left.splice(at, 1);
        });
      });
      expect(boxes).toBeGreaterThan(20);
    },
  );
});

describe('classifiers against Python onnxruntime, NumPy and Pillow', () => {
  const classes = ['NORMAL', 'PNEUMONIA', 'other'];
  it.each([
    ['softmax', 'stretch', { task: 'classify' }, undefined],
    ['sigmoid', 'stretch', { task: 'multilabel' }, undefined],
    ['none', 'crop', { task: 'classify', author: 'Ultralytics' }, 'Softmax'],
    ['none', 'stretch', { task: 'multilabel' }, 'Sigmoid'],
  ] as const)('%s applied here, %s: the same scores', async (kind, fit, metadata, end) => {
    const bytes = classifierModel({ classes, size: 96, metadata, ...(end && { end }) });
    const { theirs, ours } = await both<{ scores: readonly number[] }>({ kind, fit, size: [96, 96], bytes });
    const all: number[] = [];
    theirs.forEach(({ scores }, i) => {
      const our = ours[i] as { scores: readonly number[] };
      scores.forEach((score, k) => {
        expect(Math.abs(score - (our.scores[k] as number)), `${files[i]} ${classes[k]}`).toBeLessThan(1e-3);
        all.push(score);
      });
    });
    // Scores that tell images apart, or the comparison would say nothing.
    expect(Math.max(...all) - Math.min(...all)).toBeGreaterThan(0.2);
  });
});
