import { type BinaryMeasures, type BinarySet, binarySet, calibrationOf, measureBinary } from './binary.js';
import { type BootstrapOptions, bootstrap, type Interval, meanOf } from './bootstrap.js';

/** 1 there, 0 not there, null not known: the image then does not count for that class. */
export type Label = 0 | 1 | null;

export interface ClassifiedImage {
  /** A probability a class. */
  readonly scores: readonly number[];
  /** A label a class; of the task `classify` exactly one is 1. */
  readonly labels: readonly Label[];
}

export interface ClassifierOptions extends BootstrapOptions {
  /** `multilabel` only: a class is said to be there at this probability or above. Default 0.5. */
  readonly threshold?: number | undefined;
  /** Of the calibration error. Default 15. */
  readonly bins?: number | undefined;
}

type Intervals = { readonly [K in keyof BinaryMeasures]: Interval | null };

export interface ClassMeasures extends BinaryMeasures {
  readonly classId: number;
  readonly name: string;
  readonly positives: number;
  readonly negatives: number;
  readonly intervals: Intervals;
}

export interface ClassifierEvaluation extends BinaryMeasures {
  readonly images: number;
  /** `classify` only: images whose most probable class is theirs. */
  readonly accuracy: number | null;
  readonly classes: readonly ClassMeasures[];
  /** 95 %, by resampling images. */
  readonly intervals: Intervals & { readonly accuracy: Interval | null };
}

type Totals = BinaryMeasures & { readonly accuracy: number | null };

const NAMES = ['auc', 'f1', 'precision', 'recall', 'brier', 'ece'] as const;

/**
 * AUC, F1, precision, recall, Brier score and expected calibration error, each class against the rest, and their means
 * over the classes for which they are defined. Of `classify` the model says its most probable class, and `ece` in
 * total is that of this class's probability (Guo et al. 2017).
 *
 * @param classes names in order of class ids
 * @throws RangeError where scores or labels are not one a class, or a score is none
 */
export async function evaluateClassifier(
  task: 'classify' | 'multilabel',
  classes: readonly string[],
  images: readonly ClassifiedImage[],
  options: ClassifierOptions = {},
): Promise<ClassifierEvaluation> {
  const { threshold = 0.5, bins = 15 } = options;
  images.forEach((image, i) => {
    check(image, classes.length, task, i);
  });
  const best = images.map(({ scores }) => scores.indexOf(Math.max(...scores)));
  const says = (image: number, classId: number): boolean =>
    task === 'classify' ? best[image] === classId : (images[image]?.scores[classId] as number) >= threshold;
  const sets = classes.map((_, classId) => setOf(images, classId, says));

  const measureAll = (times: Uint32Array) => {
    const each = sets.map((set) => measureBinary(set, times, bins));
    return { each, total: totalOf(each, times) };
  };
  const totalOf = (each: readonly BinaryMeasures[], times: Uint32Array): Totals => {
    const mean = (name: keyof BinaryMeasures) => meanOf(each.map((measures) => measures[name]));
    const means = Object.fromEntries(NAMES.map((name) => [name, mean(name)])) as unknown as BinaryMeasures;
    return task === 'classify'
      ? { ...means, ...topOf(images, best, times, bins) }
      : { ...means, accuracy: null };
  };

  const { each, total } = measureAll(new Uint32Array(images.length).fill(1));
  const intervals = await bootstrap(images.length, options, (times) => {
    const { each: sampled, total: all } = measureAll(times);
    return [all.accuracy, ...[all, ...sampled].flatMap((measures) => NAMES.map((name) => measures[name]))];
  });
  const intervalsAt = (k: number) =>
    Object.fromEntries(
      NAMES.map((name, n) => [name, intervals[1 + k * NAMES.length + n] ?? null]),
    ) as unknown as Intervals;
  return {
    images: images.length,
    ...total,
    intervals: { ...intervalsAt(0), accuracy: intervals[0] ?? null },
    classes: classes.map((name, classId) => {
      const { labels } = sets[classId] as BinarySet;
      const positives = labels.reduce((sum, label) => sum + label, 0);
      return {
        ...{ classId, name, positives, negatives: labels.length - positives },
        ...(each[classId] as BinaryMeasures),
        intervals: intervalsAt(classId + 1),
      };
    }),
  };
}

function setOf(
  images: readonly ClassifiedImage[],
  classId: number,
  says: (image: number, classId: number) => boolean,
): BinarySet {
  return binarySet(
    images.flatMap(({ scores, labels }, image) => {
      const label = labels[classId] ?? null;
      if (label === null) return [];
      return [{ image, label, score: scores[classId] as number, predicted: says(image, classId) }];
    }),
  );
}

/** How often the most probable class is right, and how far its probability is from that. */
function topOf(
  images: readonly ClassifiedImage[],
  best: readonly number[],
  times: Uint32Array,
  bins: number,
): { readonly accuracy: number | null; readonly ece: number | null } {
  const calibration = calibrationOf(bins);
  let [right, all] = [0, 0];
  images.forEach(({ scores, labels }, i) => {
    const count = times[i] as number;
    const top = best[i] as number;
    const hit = labels[top] === 1 ? count : 0;
    calibration.add(scores[top] as number, hit, count);
    right += hit;
    all += count;
  });
  return { accuracy: all === 0 ? null : right / all, ece: calibration.error() };
}

function check({ scores, labels }: ClassifiedImage, classes: number, task: string, i: number): void {
  if (scores.length !== classes || labels.length !== classes)
    throw new RangeError(
      `image ${i}: ${scores.length} scores and ${labels.length} labels of ${classes} classes`,
    );
  if (!scores.every((score) => score >= 0 && score <= 1))
    throw new RangeError(`image ${i}: a score is no probability`);
  if (task === 'classify' && labels.filter((label) => label === 1).length !== 1)
    throw new RangeError(`image ${i}: not exactly one class is its label`);
}
