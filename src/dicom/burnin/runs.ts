import type { GreyImage } from './image.js';

/**
 * Horizontal runs of a stroke: flat, with a sharp edge on both sides. Columns of numbers instead of objects,
 * since a noisy film has 100,000 of them. Ordered by row, then by column.
 */
export interface Runs {
  readonly count: number;
  readonly row: Int32Array;
  /** First and last column. */
  readonly from: Int32Array;
  readonly to: Int32Array;
  /** Value of the stroke, and of what lies beside it. */
  readonly level: Uint8Array;
  readonly ground: Uint8Array;
}

/** A stroke's edge rises within this many pixels: drawn text is sharp or antialiased, anatomy is neither. */
const EDGE = 2;
/** No stroke or bar of a letter is longer; wider is a collimator border or a field. */
export const LONGEST_RUN = 90;
/** Least contrast of text, in grey levels: white text on bone or mediastinum keeps about this much. */
const LEAST_CONTRAST = 34;
const NOISE_FACTOR = 5;
const MOST_RUNS = 400_000;

/** Of strokes brighter than what is beside them, and of darker ones. */
export interface BothRuns {
  readonly bright: Runs;
  readonly dark: Runs;
}

/** Finds the runs of both polarities in one pass over the pixels. */
export function findRuns(image: GreyImage, contrast = contrastOf(image)): BothRuns {
  const { width, height, data } = image;
  const bright = new Tracer(data, contrast, 1);
  const dark = new Tracer(data, contrast, -1);
  for (let y = 0; y < height; y++) {
    const first = y * width;
    const end = first + width;
    let nextBright = bright.full ? end : first;
    let nextDark = dark.full ? end : first;
    for (let i = first + EDGE; i < end; i++) {
      const rise = (data[i] as number) - (data[i - EDGE] as number);
      // Nearly everywhere.
      if (rise < contrast && rise > -contrast) continue;
      if (rise > 0) {
        if (i >= nextBright) nextBright = bright.trace(i, first, end, y) + 1;
      } else if (i >= nextDark) nextDark = dark.trace(i, first, end, y) + 1;
    }
  }
  return { bright: bright.runs(), dark: dark.runs() };
}

/** Follows strokes of one polarity from the edge on their left, and collects those that end in an edge. */
class Tracer {
  readonly #data: Uint8Array;
  readonly #contrast: number;
  readonly #flip: number;
  readonly #row: number[] = [];
  readonly #from: number[] = [];
  readonly #to: number[] = [];
  readonly #level: number[] = [];
  readonly #ground: number[] = [];

  /** @param polarity 1: strokes brighter than what is beside them, -1: darker */
  constructor(data: Uint8Array, contrast: number, polarity: 1 | -1) {
    this.#data = data;
    this.#contrast = contrast;
    this.#flip = polarity === 1 ? 0 : 255;
  }

  get full(): boolean {
    return this.#row.length >= MOST_RUNS;
  }

  /**
   * @param i first pixel beyond the contrast, `first` and `end` of its row `y`
   * @returns the pixel behind the stroke
   */
  trace(i: number, first: number, end: number, y: number): number {
    const data = this.#data;
    const flip = this.#flip;
    const base = (data[i - EDGE] as number) ^ flip;
    let peak = (data[i] as number) ^ flip;
    // Up to the top of the edge.
    let j = i + 1;
    while (j < end && ((data[j] as number) ^ flip) > peak) peak = (data[j++] as number) ^ flip;
    const middle = (base + peak) >> 1;
    const limit = Math.min(end, i + LONGEST_RUN);
    while (j < limit) {
      const value = (data[j] as number) ^ flip;
      if (value <= middle) break;
      if (value > peak) peak = value;
      j++;
    }
    // The gap to the next stroke may be a single pixel.
    const [beside, next] = [(data[j] as number) ^ flip, (data[Math.min(end - 1, j + 1)] as number) ^ flip];
    if (j < limit && peak - Math.min(beside, next) >= this.#contrast) {
      let start = i - EDGE + 1;
      while (((data[start] as number) ^ flip) <= middle) start++;
      this.#row.push(y);
      this.#from.push(start - first);
      this.#to.push(j - 1 - first);
      this.#level.push(peak ^ flip);
      this.#ground.push(base ^ flip);
    }
    return j;
  }

  runs(): Runs {
    return {
      count: this.#row.length,
      row: Int32Array.from(this.#row),
      from: Int32Array.from(this.#from),
      to: Int32Array.from(this.#to),
      level: Uint8Array.from(this.#level),
      ground: Uint8Array.from(this.#ground),
    };
  }
}

/** The contrast a run must have: above the film's own noise, estimated from neighbours (median absolute difference). */
export function contrastOf({ width, height, data }: GreyImage): number {
  const counts = new Uint32Array(256);
  let total = 0;
  const step = Math.max(1, Math.floor(height / 64));
  for (let y = 0; y < height; y += step)
    for (let i = y * width + EDGE; i < (y + 1) * width; i += 7) {
      const difference = Math.abs((data[i] as number) - (data[i - EDGE] as number));
      counts[difference] = (counts[difference] as number) + 1;
      total++;
    }
  let median = 0;
  for (let seen = counts[0] as number; seen * 2 < total && median < 255; ) seen += counts[++median] as number;
  // 1.48 x the median of |a - b| is sqrt(2) sigma of one pixel's noise, for normal noise.
  return Math.max(LEAST_CONTRAST, Math.round(NOISE_FACTOR * 1.05 * median));
}
