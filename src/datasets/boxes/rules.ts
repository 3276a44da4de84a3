import type { RawBox, Reading } from './read-boxes.js';

/** x_min, y_min, x_max, y_max in pixels of the original image; x_min < x_max, y_min < y_max, inside of it. */
export type Box = readonly [number, number, number, number];

export interface LabelledBox {
  readonly classId: number;
  readonly box: Box;
}

export type BoxCode = 'BOX_OUTSIDE' | 'BOX_DEGENERATE';

export interface BoxProblem {
  readonly line: number;
  readonly code: BoxCode;
}

/** How often each rule mended something. */
export interface BoxFixes {
  readonly duplicates: number;
  readonly reversed: number;
  readonly clipped: number;
  readonly contradictions: number;
}

export interface CleanReading {
  readonly reader: string;
  readonly boxes: readonly LabelledBox[];
}

export interface Cleaned {
  readonly reading: CleanReading;
  readonly fixes: BoxFixes;
  readonly problems: readonly BoxProblem[];
}

/** A box thinner than this after clipping marks nothing, pixels. */
const THINNEST = 1;

/**
 * Applies the rules for boxes, in this order:
 * - reversed (`x_min > x_max` or `y_min > y_max`): the two are exchanged;
 * - wholly outside the image: left out, BOX_OUTSIDE;
 * - partly outside: clipped to the image;
 * - under one pixel wide or high then: left out, BOX_DEGENERATE;
 * - the same class and box again by the same reader: one of them is kept.
 * A reader who drew boxes and also said "No finding" is believed for the boxes, and counted.
 *
 * @param size of the original image, pixels
 */
export function cleanReading(
  { reader, boxes, contradictions }: Reading,
  size: { readonly width: number; readonly height: number },
): Cleaned {
  const kept = new Map<string, LabelledBox>();
  const problems: BoxProblem[] = [];
  const fixes = { duplicates: 0, reversed: 0, clipped: 0, contradictions };
  for (const raw of boxes) {
    const ordered = order(raw);
    const box = clip(ordered, size);
    const code = problemOf(ordered, box, size);
    if (code) {
      problems.push({ line: raw.line, code });
      continue;
    }
    if (kept.has(keyOf(raw.classId, box))) fixes.duplicates += 1;
    if (!same(ordered, raw.box)) fixes.reversed += 1;
    if (!same(ordered, box)) fixes.clipped += 1;
    kept.set(keyOf(raw.classId, box), { classId: raw.classId, box });
  }
  return { reading: { reader, boxes: [...kept.values()] }, fixes, problems };
}

function order({ box: [x0, y0, x1, y1] }: RawBox): Box {
  return [Math.min(x0, x1), Math.min(y0, y1), Math.max(x0, x1), Math.max(y0, y1)];
}

function clip([x0, y0, x1, y1]: Box, { width, height }: { width: number; height: number }): Box {
  const inside = (value: number, end: number) => Math.max(0, Math.min(end, value));
  return [inside(x0, width), inside(y0, height), inside(x1, width), inside(y1, height)];
}

function problemOf(
  [x0, y0, x1, y1]: Box,
  [cx0, cy0, cx1, cy1]: Box,
  { width, height }: { width: number; height: number },
): BoxCode | undefined {
  if (x1 <= 0 || y1 <= 0 || x0 >= width || y0 >= height) return 'BOX_OUTSIDE';
  return cx1 - cx0 < THINNEST || cy1 - cy0 < THINNEST ? 'BOX_DEGENERATE' : undefined;
}

const keyOf = (classId: number, box: Box) => `${classId} ${box.join(' ')}`;
const same = (a: Box, b: Box) => a.every((value, i) => value === b[i]);
