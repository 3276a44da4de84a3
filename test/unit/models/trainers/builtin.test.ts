import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openModel } from '../../../../src/models/open-model.js';
import { decodePicture } from '../../../../src/models/picture.js';
import { trainBuiltIn } from '../../../../src/models/trainers/builtin.js';
import type { TrainingParams, TrainingProgress } from '../../../../src/models/trainers/trainer.js';
import { writeDetectionSamples } from '../../../../src/samples/write-detection-samples.js';

const folder = mkdtempSync(join(tmpdir(), 'cxrflow-builtin-'));
const dataset = join(folder, 'dataset');
const CLASSES = ['Cardiomegaly', 'Pleural effusion'];
const CLASS_IDS = [3, 10];
const held: { readonly path: string; readonly present: readonly boolean[] }[] = [];
const never = new AbortController().signal;

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** 60 films to learn from, 20 to validate on, 40 held back; labels are boxes, as in a detection set. */
beforeAll(async () => {
  const { images, truth } = await writeDetectionSamples(join(folder, 'films'), {
    ...{ images: 120, readers: 1, format: 'png', seed: 909 },
    size: { rows: 256, columns: 208 },
  });
  for (const [n, { imageId, findings }] of truth.entries()) {
    const film = join(images, `${imageId}.png`);
    const classes = findings.map(({ classId }) => CLASS_IDS.indexOf(classId)).filter((k) => k >= 0);
    if (n >= 80) held.push({ path: film, present: CLASSES.map((_, k) => classes.includes(k)) });
    else put(n < 60 ? (n < 50 ? 'training' : 'retrain') : 'validation', `film-${n}`, film, classes);
  }
});

function put(split: string, name: string, film: string, classes: readonly number[]): void {
  for (const part of ['images', 'labels']) mkdirSync(join(dataset, split, part), { recursive: true });
  copyFileSync(film, join(dataset, split, 'images', `${name}.png`));
  const lines = classes.map((k) => `${k} 0.5 0.5 0.2 0.2\n`).join('');
  writeFileSync(join(dataset, split, 'labels', `${name}.txt`), lines);
}

const params = (params: Record<string, unknown> = {}): TrainingParams => ({
  ...{ protocol: 1, seed: 1, classes: CLASSES, dataset: 'films', version: 'v1', baseModel: null },
  params,
});

describe('the built-in trainer', () => {
  it('gives a classifier that finds on new films what it was shown, and goes on from computed features', async () => {
    const out = join(folder, 'out');
    const told: TrainingProgress[] = [];
    const { model, metrics } = await trainBuiltIn(dataset, params(), out, (p) => told.push(p), never);
    expect(told.at(-1)).toMatchObject({ epoch: 200, epochs: 200 });
    expect(metrics).toMatchObject({ images: 60 });
    const opened = await openModel(readFileSync(model));
    expect(opened.declaration).toMatchObject({ task: 'multilabel', classes: CLASSES });
    const pictures = await Promise.all(held.map(({ path }) => decodePicture(readFileSync(path))));
    const scores = (await opened.predict(pictures)).map((p) => (p as { scores: readonly number[] }).scores);
    await opened.close();
    for (const k of CLASSES.keys()) expect(auc(k, scores)).toBeGreaterThan(0.85);

    const before = readFileSync(model);
    const features = statSync(join(out, 'features.jsonl')).size;
    await trainBuiltIn(dataset, params(), out, () => {}, never);
    expect(readFileSync(model).equals(before)).toBe(true);
    // One line end for a new beginning, and no features again.
    expect(statSync(join(out, 'features.jsonl')).size).toBe(features + 1);
  });

  it('stops when it is told to, without a model', async () => {
    const out = join(folder, 'stopped');
    const stop = new AbortController();
    const stopped = trainBuiltIn(dataset, params(), out, () => stop.abort(new Error('enough')), stop.signal);
    await expect(stopped).rejects.toThrow('enough');
    expect(existsSync(join(out, 'model.onnx'))).toBe(false);
  });

  it('says what is missing', async () => {
    const none = trainBuiltIn(join(folder, 'nowhere'), params(), join(folder, 'x'), () => {}, never);
    await expect(none).rejects.toMatchObject({ code: 'TRAINING_SET_EMPTY' });
    const bad = trainBuiltIn(dataset, params({ epochs: 0 }), join(folder, 'x'), () => {}, never);
    await expect(bad).rejects.toMatchObject({ code: 'BAD_INPUT' });
    const one = { ...params(), classes: ['Cardiomegaly'] };
    const unknown = trainBuiltIn(dataset, one, join(folder, 'x'), () => {}, never);
    await expect(unknown).rejects.toMatchObject({ code: 'BAD_INPUT' });
  });

  it('refuses films that are all alike in their labels', async () => {
    const alike = join(folder, 'alike');
    for (const n of [0, 1]) {
      mkdirSync(join(alike, 'training', 'images'), { recursive: true });
      copyFileSync(held[n]?.path ?? '', join(alike, 'training', 'images', `${n}.png`));
    }
    await expect(trainBuiltIn(alike, params(), join(folder, 'x'), () => {}, never)).rejects.toMatchObject({
      code: 'TRAINING_SET_ONE_CLASS',
    });
  });
});

/** The share of pairs of a film with the finding and one without that are in the right order. */
function auc(k: number, scores: readonly (readonly number[])[]): number {
  const of = (present: boolean) =>
    held.flatMap((film, i) => (film.present[k] === present ? [scores[i]?.[k] as number] : []));
  const pairs = of(true).flatMap((a) => of(false).map((b): number => (a > b ? 1 : a === b ? 0.5 : 0)));
  expect(pairs.length).toBeGreaterThan(20);
  return pairs.reduce((sum, pair) => sum + pair, 0) / pairs.length;
}
