import { areaAverage, halve } from './area.js';

/**
 * Features of a rendered film for the quality model. docs/quality-model.md is the contract, and
 * scripts/quality/features.py the same in NumPy: change the three together, with a new version.
 */
export const FEATURES_VERSION = 'cxr-quality-1';

/** Names in the order of the vector. */
export const FEATURE_NAMES = [
  'p01',
  'p05',
  'p25',
  'p50',
  'p75',
  'p95',
  'p99',
  'mean',
  'std',
  'clipped_low',
  'clipped_high',
  'entropy',
  'gradient',
  'laplacian',
  'fine_gradient',
  'fine_laplacian',
  'sharpness',
  'noise',
  'fine_noise',
  'edge_density',
  'symmetry',
  'lung_contrast',
  'lung_difference',
  'border_dark',
  'border_bright',
  'border_offset',
  'centroid_x',
  'centroid_y',
  'frontal_profile',
  'vertical_profile',
] as const;

export const FEATURE_COUNT = FEATURE_NAMES.length;

export interface GreyImage {
  readonly width: number;
  readonly height: number;
  /** Row by row, one sample a pixel, 0 (black) to `maxValue` (white). */
  readonly data: Uint8Array | Uint16Array;
  readonly maxValue: number;
}

const SIDE = 256;
const FINE = 2 * SIDE;
const PERCENTILES = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99];
/** Memory that every image uses again: taken anew, it has garbage collected once a film. */
const scratch = { fine: new Float64Array(FINE * FINE), grey: new Float64Array(SIDE * SIDE) };
/** Keeps a value that rounding put a hair below a limit on the same side in every implementation. */
const EDGE = 1e-9;

/**
 * The feature vector of one grey image, `FEATURE_COUNT` numbers in the order of `FEATURE_NAMES`.
 *
 * @throws RangeError where `data` does not hold width x height samples.
 */
export function qualityFeatures(image: GreyImage): Float32Array {
  if (image.width < 1 || image.height < 1 || image.data.length !== image.width * image.height)
    throw new RangeError(`not a grey image of ${image.width}x${image.height}: ${image.data.length} samples`);
  const fine = areaAverage(image, FINE, scratch.fine);
  const grey = halve(fine, FINE, scratch.grey);
  const sharp = detail(grey, SIDE);
  const sharpFine = detail(fine, FINE);
  const { mean, std } = moments(grey);
  const left = box(grey, 0.2, 0.38, 0.25, 0.6);
  const right = box(grey, 0.62, 0.8, 0.25, 0.6);
  const border = borderOf(grey);
  return Float32Array.from([
    ...ranked(grey, PERCENTILES),
    mean,
    std,
    shareBelow(grey, 0.004 + EDGE),
    shareAbove(grey, 0.996 - EDGE),
    entropy(grey),
    Math.log10(sharp.gradient + 1e-8),
    Math.log10(sharp.laplacian + 1e-8),
    Math.log10(sharpFine.gradient + 1e-8),
    Math.log10(sharpFine.laplacian + 1e-8),
    Math.log10((sharpFine.laplacian + 1e-8) / (sharp.gradient + 1e-8)),
    Math.log10(sharp.noise + 1e-6),
    Math.log10(sharpFine.noise + 1e-6),
    sharp.edges,
    symmetry(grey),
    box(grey, 0.45, 0.55, 0.25, 0.6) - (left + right) / 2,
    Math.abs(left - right),
    shareBelow(border, 0.05 + EDGE),
    shareAbove(border, 0.95 - EDGE),
    moments(border).mean - mean,
    ...centroid(grey),
    correlation(
      columnMeans(grey),
      SIDE_RANGE.map((x) => Math.cos(4 * Math.PI * ((x + 0.5) / SIDE - 0.5))),
    ),
    correlation(
      rowMeans(grey),
      SIDE_RANGE.map((y) => Math.cos(2 * Math.PI * ((y + 0.5) / SIDE - 0.95))),
    ),
  ]);
}

const SIDE_RANGE = Array.from({ length: SIDE }, (_, i) => i);

function moments(values: Float64Array): { mean: number; std: number } {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] as number;
  const mean = sum / values.length;
  let squares = 0;
  for (let i = 0; i < values.length; i++) squares += ((values[i] as number) - mean) ** 2;
  return { mean, std: Math.sqrt(squares / values.length) };
}

const BUCKETS = 4096;

/**
 * The smallest value that at least `q` of all do not exceed, for each q: exactly what sorting would give, but only
 * the buckets that they lie in are sorted.
 */
function ranked(values: Float64Array, quantiles: readonly number[]): number[] {
  const at = new Uint16Array(values.length);
  const ends = new Uint32Array(BUCKETS);
  for (let i = 0; i < at.length; i++) {
    const bucket = Math.max(0, Math.min(BUCKETS - 1, Math.floor((values[i] as number) * BUCKETS)));
    at[i] = bucket;
    ends[bucket]!++;
  }
  for (let i = 1; i < BUCKETS; i++) ends[i]! += ends[i - 1] as number;
  const places = quantiles.map((q) => {
    const rank = Math.ceil(q * values.length) - 1;
    const bucket = ends.findIndex((end) => end > rank);
    return { bucket, rank: rank - (ends[bucket - 1] ?? 0) };
  });
  const held: (number[] | undefined)[] = new Array(BUCKETS);
  for (const { bucket } of places) held[bucket] = [];
  for (let i = 0; i < at.length; i++) held[at[i] as number]?.push(values[i] as number);
  for (const { bucket } of places) held[bucket]?.sort((a, b) => a - b);
  return places.map(({ bucket, rank }) => held[bucket]?.[rank] as number);
}

function shareBelow(values: Float64Array, limit: number): number {
  let n = 0;
  for (let i = 0; i < values.length; i++) if ((values[i] as number) < limit) n++;
  return n / values.length;
}

function shareAbove(values: Float64Array, limit: number): number {
  let n = 0;
  for (let i = 0; i < values.length; i++) if ((values[i] as number) > limit) n++;
  return n / values.length;
}

/** Shannon entropy of a 64-bin histogram over 0..1, as a share of its maximum of 6 bits. */
function entropy(values: Float64Array): number {
  const bins = new Float64Array(64);
  for (let i = 0; i < values.length; i++)
    bins[Math.min(63, Math.floor(((values[i] as number) + EDGE) * 64))]!++;
  let bits = 0;
  for (const n of bins) if (n > 0) bits -= (n / values.length) * Math.log2(n / values.length);
  return bits / 6;
}

/**
 * Over the interior (one pixel off each border): mean squared central-difference gradient; mean square of the
 * 4-neighbour Laplacian; noise by Immerkaer, "Fast Noise Variance Estimation", CVIU 64(2), 1996; share of
 * pixels whose gradient magnitude is above 0.03.
 */
function detail(g: Float64Array, side: number) {
  let gradient = 0;
  let laplacian = 0;
  let noise = 0;
  let edges = 0;
  for (let y = 1; y < side - 1; y++) {
    for (let i = y * side + 1, end = i + side - 2; i < end; i++) {
      const up = g[i - side] as number;
      const down = g[i + side] as number;
      const west = g[i - 1] as number;
      const east = g[i + 1] as number;
      const twice = 2 * (g[i] as number);
      const cross = up + down + west + east;
      const diagonal =
        (g[i - side - 1] as number) +
        (g[i - side + 1] as number) +
        (g[i + side - 1] as number) +
        (g[i + side + 1] as number);
      const squared = ((east - west) ** 2 + (down - up) ** 2) / 4;
      gradient += squared;
      if (squared > 0.0009 + EDGE) edges++;
      laplacian += (cross - 2 * twice) ** 2;
      noise += Math.abs(diagonal - 2 * cross + 2 * twice);
    }
  }
  const n = (side - 2) ** 2;
  return {
    gradient: gradient / n,
    laplacian: laplacian / n,
    noise: (Math.sqrt(Math.PI / 2) * noise) / (6 * n),
    edges: edges / n,
  };
}

/** Mean over columns x0..x1 and rows y0..y1, given as shares of the side, rounded to pixels. */
function box(g: Float64Array, x0: number, x1: number, y0: number, y1: number): number {
  const at = (share: number) => Math.round(share * SIDE);
  let sum = 0;
  for (let y = at(y0); y < at(y1); y++)
    for (let x = at(x0); x < at(x1); x++) sum += g[y * SIDE + x] as number;
  return sum / ((at(x1) - at(x0)) * (at(y1) - at(y0)));
}

/** Pearson correlation of the left half with the mirrored right half. */
function symmetry(g: Float64Array): number {
  const half = SIDE / 2;
  const a = new Float64Array(SIDE * half);
  const b = new Float64Array(SIDE * half);
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x < half; x++) {
      a[y * half + x] = g[y * SIDE + x] as number;
      b[y * half + x] = g[y * SIDE + SIDE - 1 - x] as number;
    }
  }
  return correlation(a, b);
}

/** Pearson correlation; 0 where either is constant. */
function correlation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let meanA = 0;
  let meanB = 0;
  for (let i = 0; i < a.length; i++) {
    meanA += (a[i] as number) / a.length;
    meanB += (b[i] as number) / a.length;
  }
  let ab = 0;
  let aa = 0;
  let bb = 0;
  for (let i = 0; i < a.length; i++) {
    const da = (a[i] as number) - meanA;
    const db = (b[i] as number) - meanB;
    ab += da * db;
    aa += da * da;
    bb += db * db;
  }
  const scale = Math.sqrt(aa * bb);
  return scale < 1e-9 ? 0 : ab / scale;
}

/** The outer 13 pixels (5 %) on every side. */
function borderOf(g: Float64Array): Float64Array {
  const frame = 13;
  const inner = SIDE - 2 * frame;
  const out = new Float64Array(SIDE * SIDE - inner * inner);
  let at = 0;
  for (let y = 0; y < SIDE; y++) {
    const row = g.subarray(y * SIDE, (y + 1) * SIDE);
    const whole = y < frame || y >= SIDE - frame;
    for (const part of whole ? [row] : [row.subarray(0, frame), row.subarray(SIDE - frame)]) {
      out.set(part, at);
      at += part.length;
    }
  }
  return out;
}

/** Centre of mass of darkness (1 - v), each axis 0..1; 0.5 where there is none. */
function centroid(g: Float64Array): [x: number, y: number] {
  let total = 0;
  let sx = 0;
  let sy = 0;
  for (let i = 0; i < g.length; i++) {
    const dark = 1 - (g[i] as number);
    total += dark;
    sx += dark * ((i % SIDE) + 0.5);
    sy += dark * (Math.floor(i / SIDE) + 0.5);
  }
  return total < 1e-6 ? [0.5, 0.5] : [sx / total / SIDE, sy / total / SIDE];
}

/** Mean of each column over rows 64..166 (25 to 65 %). */
function columnMeans(g: Float64Array): Float64Array {
  const means = new Float64Array(SIDE);
  for (let y = 64; y < 166; y++)
    for (let x = 0; x < SIDE; x++) means[x] = (means[x] as number) + (g[y * SIDE + x] as number) / 102;
  return means;
}

/** Mean of each row over columns 51..205 (20 to 80 %). */
function rowMeans(g: Float64Array): Float64Array {
  return Float64Array.from({ length: SIDE }, (_, y) => {
    let sum = 0;
    for (let x = 51; x < 205; x++) sum += g[y * SIDE + x] as number;
    return sum / 154;
  });
}
