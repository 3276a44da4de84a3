/**
 * Is a film black? Asked of modality values, before any window, because a window stretches an empty exposure
 * until it looks like a picture.
 */

export type PixelValues =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array;

/** A value and how many pixels have it: a film has millions of pixels and a few thousand values. */
export type ValueCount = readonly [value: number, count: number];

/** What the rendering says of modality values (`modalityCounts`). */
export interface StatsOptions {
  /** Lowest and highest value that BitsStored could give, in the units of the values. */
  readonly range: readonly [low: number, high: number];
  /** True where low values are shown white: MONOCHROME1, or a Presentation LUT Shape of INVERSE. */
  readonly inverted?: boolean | undefined;
}

/** Fractions of the range, 0 black to 1 white whatever the polarity. All 0 where `count` is 0. */
export interface PercentileStats {
  /** Pixels that are not padding. */
  readonly count: number;
  readonly p01: number;
  readonly p50: number;
  readonly p99: number;
  readonly mean: number;
}

export interface BlackThresholds {
  /** Black when the 99th percentile lies below this fraction of the range. */
  readonly p99: number;
  /** Black when the 1st and 99th percentile are closer than this. */
  readonly spread: number;
  /** Black when the mean lies below this; undefined: the mean is not asked. */
  readonly mean?: number | undefined;
}

export type BlackReason = 'empty' | 'dark' | 'flat' | 'mean';

export const BLACK_THRESHOLDS: BlackThresholds = { p99: 0.05, spread: 0.02 };

const BINS = 65536;

/**
 * Percentiles by nearest rank (the smallest value that at least q of the pixels do not exceed) and mean.
 * Ranges of up to 65,536 integer values are counted exactly, wider or fractional ones in 65,536 equal bins.
 * Values outside the range count as its nearer end.
 *
 * @param values pixels, or values with their counts; padding (PS3.3 C.7.5.1.1.2) is not among them
 */
export function percentileStats(
  values: PixelValues | readonly ValueCount[],
  options: StatsOptions,
): PercentileStats {
  const [low, high] = options.range;
  const bins = Array.isArray(values)
    ? binned(values as readonly ValueCount[], low, high)
    : histogram(values as PixelValues, low, high);
  if (options.inverted) bins.reverse();
  let count = 0;
  let sum = 0;
  for (let i = 0; i < bins.length; i++) {
    const n = bins[i] as number;
    count += n;
    sum += n * i;
  }
  if (count === 0) return { count: 0, p01: 0, p50: 0, p99: 0, mean: 0 };
  const top = bins.length - 1;
  const percentile = (q: number) => rank(bins, Math.ceil(q * count)) / top;
  return {
    count,
    p01: percentile(0.01),
    p50: percentile(0.5),
    p99: percentile(0.99),
    mean: sum / count / top,
  };
}

/**
 * Why a film counts as black, or undefined: `empty` (nothing but padding), `dark` (its 99th percentile is
 * near black), `flat` (all one value), `mean` (the plain threshold, where set).
 */
export function isBlack(
  stats: PercentileStats,
  thresholds: BlackThresholds = BLACK_THRESHOLDS,
): BlackReason | undefined {
  if (stats.count === 0) return 'empty';
  if (stats.p99 < thresholds.p99) return 'dark';
  if (stats.p99 - stats.p01 < thresholds.spread) return 'flat';
  if (thresholds.mean !== undefined && stats.mean < thresholds.mean) return 'mean';
  return undefined;
}

function histogram(values: PixelValues, low: number, high: number): Uint32Array {
  const fractional = values instanceof Float32Array || values instanceof Float64Array;
  const { bins, at } = binsFor(low, high, !fractional);
  for (let i = 0; i < values.length; i++) bins[at(values[i] as number)]!++;
  return bins;
}

function binned(counts: readonly ValueCount[], low: number, high: number): Uint32Array {
  const { bins, at } = binsFor(
    low,
    high,
    counts.every(([value]) => Number.isInteger(value)),
  );
  for (const [value, count] of counts) bins[at(value)]! += count;
  return bins;
}

function binsFor(low: number, high: number, integers: boolean) {
  const exact = integers && Number.isInteger(low) && Number.isInteger(high) && high - low < BINS;
  const bins = new Uint32Array(exact ? high - low + 1 : BINS);
  const top = bins.length - 1;
  const scale = exact ? 1 : high > low ? top / (high - low) : 0;
  const at = (value: number) => Math.max(0, Math.min(top, Math.round((value - low) * scale)));
  return { bins, at };
}

function rank(bins: Uint32Array, wanted: number): number {
  let seen = 0;
  for (let i = 0; i < bins.length; i++) {
    seen += bins[i] as number;
    if (seen >= wanted) return i;
  }
  return bins.length - 1;
}
