import type { ClassMap } from '../boxes/classes.js';
import type { BoxFixes } from '../boxes/rules.js';
import type { BuiltImage } from './records.js';

/** Cells of a heat map along each side. */
export const HEAT_CELLS = 32;
/** Bins of the sizes of boxes: the square root of their share of the image, in twentieths. */
export const SIZE_BINS = 20;
/** Boxes of an image; the last bin is this many or more. */
const MOST_BOXES = 20;

interface Counted {
  images: number;
  boxes: number;
}

export interface ClassStatistics extends Counted {
  readonly id: number;
  readonly name: string;
  /** Boxes by the square root of their share of the image's area. */
  readonly sizes: readonly number[];
  readonly meanArea: number | null;
  /** How many boxes lie over each cell of the image, rows from the top. */
  readonly heat: readonly (readonly number[])[];
}

export interface SplitStatistics {
  readonly images: number;
  /** Image files: several where every reader has one. */
  readonly files: number;
  /** Null where no patient is known. */
  readonly patients: number | null;
  /** Image files without boxes. */
  readonly negatives: number;
  readonly boxes: number;
  /** By class name. */
  readonly classes: Readonly<Record<string, Readonly<Counted>>>;
}

export interface DetectionStatistics {
  readonly splits: Readonly<Record<string, SplitStatistics>>;
  readonly classes: readonly ClassStatistics[];
  readonly readers: Readonly<
    Record<string, { readonly images: number; readonly boxes: number; readonly noFinding: number }>
  >;
  /** Image files by the number of their boxes: 0, 1, … 20 or more. */
  readonly boxesPerImage: readonly number[];
  /** Images by size as written, `WIDTHxHEIGHT`. */
  readonly imageSizes: Readonly<Record<string, number>>;
  readonly fixes: BoxFixes;
}

/** Counts what a version holds, one image at a time; memory does not grow with the images, but for their patients. */
export class StatisticsBuilder {
  readonly #classes: ClassMap;
  readonly #perClass: { images: number; boxes: number; area: number; sizes: number[]; heat: number[][] }[];
  readonly #splits = new Map<
    string,
    {
      images: number;
      files: number;
      negatives: number;
      boxes: number;
      patients: Set<string>;
      classes: Counted[];
    }
  >();
  readonly #readers = new Map<string, { images: number; boxes: number; noFinding: number }>();
  readonly #boxesPerImage = new Array<number>(MOST_BOXES + 1).fill(0);
  readonly #sizes = new Map<string, number>();
  readonly #fixes = { duplicates: 0, reversed: 0, clipped: 0, contradictions: 0 };

  constructor(classes: ClassMap, splits: readonly string[]) {
    this.#classes = classes;
    this.#perClass = classes.map(() => ({
      images: 0,
      boxes: 0,
      area: 0,
      sizes: new Array<number>(SIZE_BINS).fill(0),
      heat: Array.from({ length: HEAT_CELLS }, () => new Array<number>(HEAT_CELLS).fill(0)),
    }));
    for (const split of splits)
      this.#splits.set(split, {
        images: 0,
        files: 0,
        negatives: 0,
        boxes: 0,
        patients: new Set(),
        classes: classes.map(() => ({ images: 0, boxes: 0 })),
      });
  }

  add(image: BuiltImage): void {
    const split = this.#splits.get(image.split);
    if (split === undefined) throw new RangeError('a split that was not announced');
    split.images += 1;
    if (image.patient !== null) split.patients.add(image.patient);
    const size = `${image.placement.to.width}x${image.placement.to.height}`;
    this.#sizes.set(size, (this.#sizes.get(size) ?? 0) + 1);
    for (const rule of ['duplicates', 'reversed', 'clipped', 'contradictions'] as const)
      this.#fixes[rule] += image.fixes[rule];
    const seen = new Set<number>();
    for (const { boxes } of image.labelled) {
      split.files += 1;
      split.boxes += boxes.length;
      if (boxes.length === 0) split.negatives += 1;
      this.#boxesPerImage[Math.min(MOST_BOXES, boxes.length)]! += 1;
      for (const { classId, box } of boxes) {
        seen.add(classId);
        this.#box(classId, box, image.placement.inner);
        (split.classes[classId] as Counted).boxes += 1;
      }
    }
    for (const classId of seen) {
      (split.classes[classId] as Counted).images += 1;
      (this.#perClass[classId] as Counted).images += 1;
    }
    for (const { reader, boxes } of image.readings) {
      const counts = this.#readers.get(reader) ?? { images: 0, boxes: 0, noFinding: 0 };
      this.#readers.set(reader, counts);
      counts.images += 1;
      counts.boxes += boxes.length;
      if (boxes.length === 0) counts.noFinding += 1;
    }
  }

  result(): DetectionStatistics {
    const named = (counts: readonly Counted[]) =>
      Object.fromEntries(
        counts.flatMap(({ images, boxes }, id) =>
          images > 0 ? [[this.#classes[id] ?? '', { images, boxes }]] : [],
        ),
      );
    return {
      splits: Object.fromEntries(
        [...this.#splits].map(([name, { patients, classes, ...counts }]) => [
          name,
          { ...counts, patients: patients.size === 0 ? null : patients.size, classes: named(classes) },
        ]),
      ),
      classes: this.#perClass.map(({ area, images, boxes, sizes, heat }, id) => ({
        id,
        name: this.#classes[id] ?? '',
        images,
        boxes,
        sizes,
        meanArea: boxes === 0 ? null : area / boxes,
        heat,
      })),
      readers: Object.fromEntries([...this.#readers].sort(([a], [b]) => (a < b ? -1 : 1))),
      boxesPerImage: this.#boxesPerImage,
      imageSizes: Object.fromEntries([...this.#sizes].sort(([a], [b]) => (a < b ? -1 : 1))),
      fixes: { ...this.#fixes },
    };
  }

  #box(
    classId: number,
    [x0, y0, x1, y1]: readonly [number, number, number, number],
    { left, top, width, height }: { left: number; top: number; width: number; height: number },
  ): void {
    const counts = this.#perClass[classId];
    if (counts === undefined) throw new RangeError('a class that was not announced');
    const area = ((x1 - x0) * (y1 - y0)) / (width * height);
    counts.boxes += 1;
    counts.area += area;
    counts.sizes[Math.min(SIZE_BINS - 1, Math.floor(Math.sqrt(area) * SIZE_BINS))]! += 1;
    const cell = (value: number, start: number, side: number) =>
      Math.max(0, Math.min(HEAT_CELLS, ((value - start) / side) * HEAT_CELLS));
    const rows = [Math.floor(cell(y0, top, height)), Math.ceil(cell(y1, top, height))] as const;
    const columns = [Math.floor(cell(x0, left, width)), Math.ceil(cell(x1, left, width))] as const;
    for (let y = rows[0]; y < rows[1]; y++)
      for (let x = columns[0]; x < columns[1]; x++) (counts.heat[y] as number[])[x]! += 1;
  }
}
