import type { Box } from '../types.js';

/** A box that is really there. */
export type Truth = Pick<Box, 'classId' | 'bbox'>;

export interface EvaluatedImage {
  /** Boxes by the reference reader. */
  readonly truths: readonly Truth[];
  readonly predictions: readonly Box[];
}

/** The detections of one class over all images, the most confident first. */
export interface ClassMatches {
  readonly truths: number;
  /** True boxes by image. */
  readonly truthsOf: Uint32Array;
  /** Image of each detection. */
  readonly image: Uint32Array;
  /** For each threshold, whether each detection found a true box. */
  readonly hits: readonly Uint8Array[];
}

/** 0.50 to 0.95 by 0.05, computed as numpy.linspace does: a hit may hang on the last bit. */
export const IOU_THRESHOLDS: readonly number[] = Array.from({ length: 10 }, (_, i) =>
  i === 9 ? 0.95 : i * ((0.95 - 0.5) / 9) + 0.5,
);

/** Of a class in an image; the least confident beyond it do not count (COCO's maxDets). */
const MOST_DETECTIONS = 100;
/** An IoU of 1 - 1e-10 counts as 1 (COCO). */
const ALMOST_ONE = 1 - 1e-10;

/**
 * Matches detections to true boxes as COCOeval does (pycocotools, area all, no crowds): in each image, from the most
 * confident down, a detection takes the free true box of highest IoU, of equal ones the last.
 */
export function matchClass(images: readonly EvaluatedImage[], classId: number): ClassMatches {
  const truthsOf = new Uint32Array(images.length);
  const found: { confidence: number; image: number; hits: readonly boolean[] }[] = [];
  images.forEach((image, i) => {
    const truths = image.truths.filter((truth) => truth.classId === classId);
    truthsOf[i] = truths.length;
    const predictions = image.predictions
      .filter((box) => box.classId === classId)
      .sort((a, b) => b.confidence - a.confidence)
      .slice(0, MOST_DETECTIONS);
    const ious = predictions.map((box) => truths.map((truth) => iou(box.bbox, truth.bbox)));
    const hits = IOU_THRESHOLDS.map((threshold) => matched(ious, truths.length, threshold));
    predictions.forEach(({ confidence }, d) => {
      found.push({ confidence, image: i, hits: hits.map((hit) => hit[d] as boolean) });
    });
  });
  // Stable: of equal confidence, in order of the images.
  found.sort((a, b) => b.confidence - a.confidence);
  return {
    truths: truthsOf.reduce((a, b) => a + b, 0),
    truthsOf,
    image: Uint32Array.from(found, ({ image }) => image),
    hits: IOU_THRESHOLDS.map((_, t) => Uint8Array.from(found, ({ hits }) => Number(hits[t]))),
  };
}

function matched(ious: readonly (readonly number[])[], truths: number, threshold: number): boolean[] {
  const taken = new Uint8Array(truths);
  return ious.map((row) => {
    let best = Math.min(threshold, ALMOST_ONE);
    let at = -1;
    row.forEach((value, g) => {
      if (taken[g] === 1 || value < best) return;
      best = value;
      at = g;
    });
    if (at >= 0) taken[at] = 1;
    return at >= 0;
  });
}

type Corners = Box['bbox'];

/** Of corners, by way of width and height as COCO keeps boxes. */
function iou([ax, ay, aRight, aBottom]: Corners, [bx, by, bRight, bBottom]: Corners): number {
  const [aw, ah, bw, bh] = [aRight - ax, aBottom - ay, bRight - bx, bBottom - by];
  const width = Math.min(ax + aw, bx + bw) - Math.max(ax, bx);
  const height = Math.min(ay + ah, by + bh) - Math.max(ay, by);
  if (width <= 0 || height <= 0) return 0;
  const shared = width * height;
  return shared / (aw * ah + bw * bh - shared);
}
