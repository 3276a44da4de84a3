import { setImmediate } from 'node:timers/promises';

/** Lower and upper bound of 95 %. */
export type Interval = readonly [number, number];

export interface BootstrapOptions {
  /** How many resamples; 0: no intervals. Default 1,000. */
  readonly samples?: number | undefined;
  /** Same seed, same intervals. Default 0. */
  readonly seed?: number | undefined;
}

const SAMPLES = 1_000;
/** The event loop is not held up for longer. */
const LONGEST_MS = 100;
const [LOW, HIGH] = [0.025, 0.975];

/**
 * Resamples images with replacement (Efron's percentile bootstrap): `measure` is called with how often each image was
 * drawn, and returns its measures, null where one is undefined in that resample.
 *
 * @returns an interval for each measure; null where fewer than half of the resamples define it.
 */
export async function bootstrap(
  images: number,
  { samples = SAMPLES, seed = 0 }: BootstrapOptions,
  measure: (times: Uint32Array) => readonly (number | null)[],
): Promise<readonly (Interval | null)[]> {
  const random = mulberry32(seed);
  const times = new Uint32Array(images);
  const found: number[][] = [];
  let measures = 0;
  let rested = performance.now();
  for (let sample = 0; sample < samples && images > 0; sample++) {
    // A thousand resamples of a large set take long: heartbeats have to go out meanwhile.
    if (performance.now() - rested > LONGEST_MS) {
      await setImmediate();
      rested = performance.now();
    }
    times.fill(0);
    for (let i = 0; i < images; i++) {
      const drawn = Math.floor(random() * images);
      times[drawn] = (times[drawn] as number) + 1;
    }
    const values = measure(times);
    measures = values.length;
    values.forEach((value, k) => {
      found[k] ??= [];
      if (value !== null) found[k].push(value);
    });
  }
  return Array.from({ length: measures }, (_, k) => {
    const values = found[k] ?? [];
    if (values.length === 0 || values.length * 2 < samples) return null;
    values.sort((a, b) => a - b);
    return [quantile(values, LOW), quantile(values, HIGH)];
  });
}

/** Linear between neighbours, as numpy.quantile. */
function quantile(sorted: readonly number[], part: number): number {
  const at = part * (sorted.length - 1);
  const low = Math.floor(at);
  const [a, b] = [sorted[low] as number, sorted[Math.min(low + 1, sorted.length - 1)] as number];
  return a + (b - a) * (at - low);
}

/** Tommy Ettinger's mulberry32: numbers from 0 up to 1. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 15), z | 1);
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61);
    return ((z ^ (z >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Mean of what is defined; null where nothing is. */
export function meanOf(values: readonly (number | null)[]): number | null {
  const defined = values.filter((value) => value !== null);
  return defined.length === 0 ? null : defined.reduce((a, b) => a + b, 0) / defined.length;
}
