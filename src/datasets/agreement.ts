import { iou } from './boxes/iou.js';
import type { CleanReading, LabelledBox } from './boxes/rules.js';

/** Undefined kappa (nothing in common, or chance alone agrees) is null, never NaN: JSON has none. */
export type Kappa = number | null;

export interface PairAgreement {
  readonly readers: readonly [string, string];
  /** Images that both have read. */
  readonly n: number;
  readonly classes: readonly {
    readonly classId: number;
    readonly name: string;
    readonly kappa: Kappa;
    /** Images on which both, the first alone, the second alone saw the class. */
    readonly both: number;
    readonly first: number;
    readonly second: number;
    /** Mean IoU of matched boxes; null where none matched. */
    readonly meanIou: number | null;
    readonly matched: number;
  }[];
  readonly meanIou: number | null;
  readonly matched: number;
}

export interface FleissAgreement {
  /** Readers of every image looked at. */
  readonly ratings: number;
  /** Images looked at. */
  readonly n: number;
  readonly classes: readonly { readonly classId: number; readonly name: string; readonly kappa: Kappa }[];
}

export interface Agreement {
  readonly readers: readonly string[];
  readonly images: number;
  readonly pairs: readonly PairAgreement[];
  /** Over images that all readers have read. */
  readonly fleiss: FleissAgreement;
  /** Over images read by `ratings` readers, whoever they are, for the number that most images have (from 2). */
  readonly fleissPerImage: FleissAgreement | null;
}

/** A pair's counts of one class. */
interface Cell {
  both: number;
  first: number;
  second: number;
  iou: number;
  matched: number;
}

/**
 * How far readers agree: on whether a class is present on an image, over the images they have both (all) read, and
 * on where it is. Images come one at a time; counts are kept.
 *
 * - Cohen's kappa (1960) for pairs: (po - pe) / (1 - pe).
 * - Fleiss' kappa (1971) for all, over two categories, present and not.
 * - IoU: boxes of one class and image are matched one to one, the largest IoU first; unmatched ones count nothing.
 */
export class AgreementBuilder {
  readonly #classes: readonly string[];
  readonly #pairs = new Map<string, { n: number; cells: Cell[] }>();
  readonly #readers = new Set<string>();
  /** By the readers of an image, joined: how many images, and of each class how many saw it on how many images. */
  readonly #groups = new Map<string, { readers: number; n: number; present: Map<number, number>[] }>();
  #images = 0;

  constructor(classes: readonly string[]) {
    this.#classes = classes;
  }

  /** @param readings of one image, one a reader */
  add(readings: readonly CleanReading[]): void {
    this.#images += 1;
    const sorted = [...readings].sort((a, b) => (a.reader < b.reader ? -1 : 1));
    for (const { reader } of sorted) this.#readers.add(reader);
    sorted.forEach((a, i) => {
      for (const b of sorted.slice(i + 1)) this.#pair(a, b);
    });
    this.#group(sorted);
  }

  result(): Agreement {
    const readers = [...this.#readers].sort();
    const pairs = [...this.#pairs].sort(([a], [b]) => (a < b ? -1 : 1));
    return {
      readers,
      images: this.#images,
      pairs: pairs.map(([key, { n, cells }]) =>
        this.#pairResult(JSON.parse(key) as [string, string], n, cells),
      ),
      fleiss: this.#fleiss(readers.length, [this.#groups.get(JSON.stringify(readers))]),
      fleissPerImage: this.#perImage(),
    };
  }

  #pair(a: CleanReading, b: CleanReading): void {
    const key = JSON.stringify([a.reader, b.reader]);
    const pair = this.#pairs.get(key) ?? {
      n: 0,
      cells: this.#classes.map(() => ({ both: 0, first: 0, second: 0, iou: 0, matched: 0 })),
    };
    this.#pairs.set(key, pair);
    pair.n += 1;
    pair.cells.forEach((cell, classId) => {
      const ours = a.boxes.filter((box) => box.classId === classId);
      const theirs = b.boxes.filter((box) => box.classId === classId);
      if (ours.length > 0 && theirs.length > 0) {
        cell.both += 1;
        for (const overlap of matches(ours, theirs)) {
          cell.iou += overlap;
          cell.matched += 1;
        }
      } else if (ours.length > 0) cell.first += 1;
      else if (theirs.length > 0) cell.second += 1;
    });
  }

  #group(readings: readonly CleanReading[]): void {
    const key = JSON.stringify(readings.map(({ reader }) => reader));
    const group = this.#groups.get(key) ?? {
      readers: readings.length,
      n: 0,
      present: this.#classes.map(() => new Map<number, number>()),
    };
    this.#groups.set(key, group);
    group.n += 1;
    group.present.forEach((histogram, classId) => {
      const saw = readings.filter(({ boxes }) => boxes.some((box) => box.classId === classId)).length;
      histogram.set(saw, (histogram.get(saw) ?? 0) + 1);
    });
  }

  #pairResult(readers: [string, string], n: number, cells: readonly Cell[]): PairAgreement {
    const overlap = cells.reduce((sum, cell) => sum + cell.iou, 0);
    const matched = cells.reduce((sum, cell) => sum + cell.matched, 0);
    return {
      readers,
      n,
      classes: cells.map((cell, classId) => ({
        classId,
        name: this.#classes[classId] ?? '',
        kappa: cohen(n, cell.both, cell.first, cell.second),
        both: cell.both,
        first: cell.first,
        second: cell.second,
        meanIou: mean(cell.iou, cell.matched),
        matched: cell.matched,
      })),
      meanIou: mean(overlap, matched),
      matched,
    };
  }

  #perImage(): FleissAgreement | null {
    const images = new Map<number, number>();
    for (const { readers, n } of this.#groups.values())
      if (readers > 1) images.set(readers, (images.get(readers) ?? 0) + n);
    if (images.size === 0) return null;
    const [ratings] = [...images].reduce((best, next) =>
      next[1] > best[1] || (next[1] === best[1] && next[0] > best[0]) ? next : best,
    );
    const groups = [...this.#groups.values()].filter(({ readers }) => readers === ratings);
    return this.#fleiss(ratings, groups);
  }

  #fleiss(
    ratings: number,
    groups: readonly ({ n: number; present: readonly Map<number, number>[] } | undefined)[],
  ): FleissAgreement {
    return {
      ratings,
      n: groups.reduce((sum, group) => sum + (group?.n ?? 0), 0),
      classes: this.#classes.map((name, classId) => {
        const histogram = new Map<number, number>();
        for (const group of groups)
          for (const [saw, n] of group?.present[classId] ?? [])
            histogram.set(saw, (histogram.get(saw) ?? 0) + n);
        return { classId, name, kappa: fleiss(ratings, histogram) };
      }),
    };
  }
}

/** Cohen's kappa of a 2 x 2 table of `n` images. */
export function cohen(n: number, both: number, first: number, second: number): Kappa {
  if (n === 0) return null;
  const observed = (n - first - second) / n;
  const a = (both + first) / n;
  const b = (both + second) / n;
  return kappa(observed, a * b + (1 - a) * (1 - b));
}

/**
 * Fleiss' kappa over two categories.
 * @param ratings of each image
 * @param images how many images have 0, 1, … `ratings` readers who saw it
 */
export function fleiss(ratings: number, images: ReadonlyMap<number, number>): Kappa {
  const n = [...images.values()].reduce((sum, count) => sum + count, 0);
  if (n === 0 || ratings < 2) return null;
  let present = 0;
  // Whole numbers until the end, so that the order of images changes nothing.
  let agreeing = 0;
  for (const [saw, count] of images) {
    const not = ratings - saw;
    present += saw * count;
    agreeing += (saw * (saw - 1) + not * (not - 1)) * count;
  }
  const p = present / (n * ratings);
  return kappa(agreeing / (n * ratings * (ratings - 1)), p * p + (1 - p) * (1 - p));
}

function kappa(observed: number, expected: number): Kappa {
  return 1 - expected < 1e-12 ? null : (observed - expected) / (1 - expected);
}

const mean = (sum: number, n: number) => (n === 0 ? null : sum / n);

/** IoUs of boxes matched one to one, the largest first. */
function matches(a: readonly LabelledBox[], b: readonly LabelledBox[]): readonly number[] {
  const candidates = a
    .flatMap((left, i) => b.map((right, j) => ({ i, j, overlap: iou(left.box, right.box) })))
    .filter(({ overlap }) => overlap > 0)
    .sort((x, y) => y.overlap - x.overlap || x.i - y.i || x.j - y.j);
  const left = new Set<number>();
  const right = new Set<number>();
  const found: number[] = [];
  for (const { i, j, overlap } of candidates) {
    if (left.has(i) || right.has(j)) continue;
    left.add(i);
    right.add(j);
    found.push(overlap);
  }
  return found;
}
