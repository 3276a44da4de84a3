import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { evaluateClassifier } from '../../src/models/evaluation/classifier.js';
import { evaluateDetections } from '../../src/models/evaluation/detections.js';
import type { EvaluatedImage } from '../../src/models/evaluation/matching.js';
import type { Box } from '../../src/models/types.js';
import { createRandom, type Random } from '../../src/samples/random.js';
import { runDatasetsPython } from './python.js';

const EXACT = 1e-6;

interface CocoMeasures {
  readonly map50: number | null;
  readonly map50to95: number | null;
}
interface Theirs {
  readonly coco: readonly (CocoMeasures & {
    readonly classes: readonly CocoMeasures[];
    readonly summary: readonly number[];
  })[];
  readonly binary: readonly Record<string, number>[];
  readonly multiclass: Record<string, number>;
}

/** Whole numbers: overlaps that are exactly a threshold, and scores that tie, happen often. */
function box(random: Random, whole: boolean): Box['bbox'] {
  const [x, y] = [random.next() * 60, random.next() * 60];
  const [w, h] = [5 + random.next() * 35, 5 + random.next() * 35];
  const corners = [x, y, x + w, y + h] as const;
  return whole ? (corners.map(Math.round) as unknown as Box['bbox']) : corners;
}

function cocoCase(seed: number, options: { images: number; classes: number; whole: boolean; many?: number }) {
  const random = createRandom(seed);
  const { images, classes, whole, many = 6 } = options;
  const confidence = () => (whole ? Math.round(random.next() * 20) / 20 : random.next());
  const list = Array.from({ length: images }, (): EvaluatedImage => {
    // The last class has no true box, and some images are empty.
    const truths = Array.from({ length: random.int(0, 4) }, () => ({
      classId: random.int(0, classes - 2),
      bbox: box(random, whole),
    }));
    const found = truths
      .filter(() => random.next() < 0.8)
      .map(({ classId, bbox }) => {
        const moved = bbox.map((v, k) => v + (k < 2 ? -1 : 1) * random.int(0, 4)) as unknown as Box['bbox'];
        return { classId, bbox: moved, confidence: confidence() };
      });
    const other = Array.from({ length: random.int(0, many) }, () => ({
      classId: random.int(0, classes - 1),
      bbox: box(random, whole),
      confidence: confidence(),
    }));
    return { truths, predictions: [...found, ...other] };
  });
  return { classes, images: list };
}

function binaryCase(seed: number, images: number) {
  const random = createRandom(seed);
  const labels = Array.from({ length: images }, () => Number(random.next() < 0.3));
  const scores = labels.map((label) =>
    Math.min(1, Math.round((random.next() * 0.7 + label * 0.3) * 50) / 50),
  );
  return { labels, scores, predicted: scores.map((score) => Number(score >= 0.5)) };
}

function multiclassCase(seed: number, images: number, classes: number) {
  const random = createRandom(seed);
  const labels = Array.from({ length: images }, (_, i) => (i < classes ? i : random.int(0, classes - 1)));
  const scores = labels.map((label) => {
    const raw = Array.from({ length: classes }, (_, k) => random.next() + (k === label ? 0.6 : 0));
    const sum = raw.reduce((a, b) => a + b, 0);
    return raw.map((v) => v / sum);
  });
  return { labels, scores };
}

const coco = [
  cocoCase(1, { images: 40, classes: 4, whole: false }),
  cocoCase(2, { images: 60, classes: 3, whole: true }),
  cocoCase(3, { images: 3, classes: 5, whole: false }),
  cocoCase(4, { images: 5, classes: 2, whole: true, many: 260 }),
  cocoCase(5, { images: 200, classes: 14, whole: true }),
];
const binary = [binaryCase(1, 200), binaryCase(2, 37), binaryCase(3, 1000)];
const multiclass = multiclassCase(4, 300, 5);

let folder: string;
let theirs: Theirs;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'evaluation-'));
  const file = join(folder, 'cases.json');
  writeFileSync(file, JSON.stringify({ coco, binary, multiclass }));
  theirs = JSON.parse(await runDatasetsPython('evaluation.py', file)) as Theirs;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function same(ours: number | null, their: number | null | undefined, what: string): void {
  if (ours === null || their === null || their === undefined) expect(ours, what).toBe(their);
  else expect(Math.abs(ours - their), `${what}: ${ours} and ${their}`).toBeLessThan(EXACT);
}

const NAMES = Array.from({ length: 14 }, (_, i) => `class ${i}`);

describe('mean average precision against pycocotools', () => {
  it.each(coco.map((_, i) => i))('case %i: in total and for each class', async (i) => {
    const { classes, images } = coco[i] as (typeof coco)[number];
    const ours = await evaluateDetections(NAMES.slice(0, classes), images, { samples: 0 });
    const their = theirs.coco[i] as Theirs['coco'][number];
    same(ours.map50, their.map50, 'mAP50');
    same(ours.map50to95, their.map50to95, 'mAP50-95');
    // What their own summary prints.
    same(ours.map50to95, their.summary[0], 'AP');
    same(ours.map50, their.summary[1], 'AP50');
    ours.classes.forEach((own, k) => {
      same(own.map50, their.classes[k]?.map50, `${own.name} mAP50`);
      same(own.map50to95, their.classes[k]?.map50to95, `${own.name} mAP50-95`);
    });
    expect(ours.classes.at(-1)?.map50).toBeNull();
    expect(ours.map50).toBeGreaterThan(0.01);
  });
});

describe('measures of classifiers against scikit-learn', () => {
  it('two classes: AUC, F1, precision, recall, Brier score, calibration', async () => {
    for (const [i, { labels, scores }] of binary.entries()) {
      const images = labels.map((label, k) => ({
        labels: [label as 0 | 1],
        scores: [scores[k] as number],
      }));
      const ours = await evaluateClassifier('multilabel', ['effusion'], images, { samples: 0 });
      for (const [name, value] of Object.entries(theirs.binary[i] as Record<string, number>)) {
        same(ours[name as 'auc'], value, name);
        same(ours.classes[0]?.[name as 'auc'] ?? null, value, name);
      }
    }
  });

  it('several classes: AUC one against the rest, macro F1, accuracy, calibration', async () => {
    const { labels, scores } = multiclass;
    const images = labels.map((label, i) => ({
      scores: scores[i] as number[],
      labels: NAMES.slice(0, 5).map((_, k): 0 | 1 => (k === label ? 1 : 0)),
    }));
    const ours = await evaluateClassifier('classify', NAMES.slice(0, 5), images, { samples: 0 });
    for (const [name, value] of Object.entries(theirs.multiclass)) same(ours[name as 'auc'], value, name);
  });
});
