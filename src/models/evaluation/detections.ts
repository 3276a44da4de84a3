import { type BootstrapOptions, bootstrap, type Interval, meanOf } from './bootstrap.js';
import { type ClassMatches, type EvaluatedImage, IOU_THRESHOLDS, matchClass } from './matching.js';

export interface DetectionMeasures {
  /** Average precision at IoU 0.5; null where there is no true box. */
  readonly map50: number | null;
  /** Mean over IoU 0.50 to 0.95 by 0.05. */
  readonly map50to95: number | null;
}

type Intervals<T> = { readonly [K in keyof T]: Interval | null };

export interface ClassDetectionMeasures extends DetectionMeasures {
  readonly classId: number;
  readonly name: string;
  readonly truths: number;
  readonly predictions: number;
  readonly intervals: Intervals<DetectionMeasures>;
}

export interface DetectionEvaluation extends DetectionMeasures {
  readonly images: number;
  readonly classes: readonly ClassDetectionMeasures[];
  /** 95 %, by resampling images. */
  readonly intervals: Intervals<DetectionMeasures>;
}

/** 0, 0.01 … 1, computed as numpy.linspace does. */
const RECALLS = Array.from({ length: 101 }, (_, i) => (i === 100 ? 1 : i * 0.01));
/** numpy.spacing(1), by which COCO keeps from dividing by 0. */
const EPSILON = Number.EPSILON;

/**
 * Mean average precision as COCOeval computes it (pycocotools: interpolated at 101 recalls, 100 detections of a class
 * in an image, boxes of any area). The mean is over classes that have a true box; the others are null.
 *
 * @param classes names in order of class ids
 * @param images boxes in pixels; those without predictions or true boxes count, too
 */
export async function evaluateDetections(
  classes: readonly string[],
  images: readonly EvaluatedImage[],
  options: BootstrapOptions = {},
): Promise<DetectionEvaluation> {
  const matches = classes.map((_, classId) => matchClass(images, classId));
  const once = new Uint32Array(images.length).fill(1);
  const measures = matches.map((match) => measure(match, once));
  const intervals = await bootstrap(images.length, options, (times) => {
    const each = matches.map((match) => measure(match, times));
    return [total(each), ...each].flatMap(({ map50, map50to95 }) => [map50, map50to95]);
  });
  const intervalsAt = (k: number) => ({
    map50: intervals[2 * k] ?? null,
    map50to95: intervals[2 * k + 1] ?? null,
  });
  return {
    images: images.length,
    ...total(measures),
    intervals: intervalsAt(0),
    classes: classes.map((name, classId) => {
      const { truths, image } = matches[classId] as ClassMatches;
      const own = measures[classId] as DetectionMeasures;
      return {
        classId,
        name,
        truths,
        predictions: image.length,
        ...own,
        intervals: intervalsAt(classId + 1),
      };
    }),
  };
}

function total(measures: readonly DetectionMeasures[]): DetectionMeasures {
  return {
    map50: meanOf(measures.map(({ map50 }) => map50)),
    map50to95: meanOf(measures.map(({ map50to95 }) => map50to95)),
  };
}

/** @param times how often each image counts */
function measure(matches: ClassMatches, times: Uint32Array): DetectionMeasures {
  const truths = matches.truthsOf.reduce((sum, count, image) => sum + count * (times[image] as number), 0);
  const precisions = IOU_THRESHOLDS.map((_, t) =>
    averagePrecision(matches.hits[t] as Uint8Array, matches.image, times, truths),
  );
  return { map50: precisions[0] ?? null, map50to95: meanOf(precisions) };
}

/** Mean over 101 recalls of the highest precision at that recall or beyond. */
function averagePrecision(
  hits: Uint8Array,
  image: Uint32Array,
  times: Uint32Array,
  truths: number,
): number | null {
  if (truths === 0) return null;
  const recall = new Float64Array(hits.length);
  const precision = new Float64Array(hits.length);
  let [right, wrong] = [0, 0];
  for (let d = 0; d < hits.length; d++) {
    const count = times[image[d] as number] as number;
    if (hits[d] === 1) right += count;
    else wrong += count;
    recall[d] = right / truths;
    precision[d] = right / (right + wrong + EPSILON);
  }
  for (let d = hits.length - 2; d >= 0; d--)
    precision[d] = Math.max(precision[d] as number, precision[d + 1] as number);
  let sum = 0;
  let d = 0;
  for (const wanted of RECALLS) {
    while (d < hits.length && (recall[d] as number) < wanted) d++;
    if (d === hits.length) break;
    sum += precision[d] as number;
  }
  return sum / RECALLS.length;
}
