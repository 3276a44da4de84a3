import { IMAGE_STATISTICS, type ImageStatistics } from './image-statistics.js';
import { ksTest } from './ks.js';
import { histogram, psi, quantileEdges } from './psi.js';

const BINS = 10;

/** What is compared: production, or what the model was trained on. */
export interface Population {
  /** Findings by class id. */
  readonly classCounts: readonly number[];
  /** Of every finding of the production model. */
  readonly confidences: readonly number[];
  readonly images: readonly ImageStatistics[];
}

export type Drift = 'none' | 'some' | 'large' | 'unknown';

export interface NumberDrift {
  readonly training: { readonly n: number; readonly mean: number | null };
  readonly production: { readonly n: number; readonly mean: number | null };
  /** Over bins that hold equal parts of training. Null where one side is empty. */
  readonly psi: number | null;
  readonly ks: { readonly statistic: number; readonly p: number } | null;
  readonly drift: Drift;
}

export interface DriftReport {
  readonly dataset: string;
  readonly version: string;
  readonly modelVersion: string;
  readonly classMix: {
    readonly classes: readonly string[];
    readonly training: readonly number[];
    readonly production: readonly number[];
    readonly psi: number | null;
    readonly drift: Drift;
  };
  readonly confidence: NumberDrift;
  readonly images: Readonly<Record<(typeof IMAGE_STATISTICS)[number], NumberDrift>>;
}

/** From here on chance alone may have made the difference. */
const CHANCE = 0.05;

/**
 * What drifted, and how far; by PSI: below 0.1 none, below 0.25 some, else large. Of few images PSI is large by chance:
 * numbers that the KS test does not tell apart have not drifted.
 */
export function driftReport(
  about: Pick<DriftReport, 'dataset' | 'version' | 'modelVersion'> & { readonly classes: readonly string[] },
  training: Population,
  production: Population,
): DriftReport {
  const { classes, ...names } = about;
  const counts = (p: Population) => classes.map((_, i) => p.classCounts[i] ?? 0);
  const mix = orNull(psi(counts(training), counts(production)));
  const images = IMAGE_STATISTICS.map((name) => {
    const values = (p: Population) => p.images.map((image) => image[name]);
    return [name, compare(values(training), values(production))] as const;
  });
  return {
    ...names,
    classMix: {
      classes,
      training: counts(training),
      production: counts(production),
      psi: mix,
      drift: verdict(mix),
    },
    confidence: compare(training.confidences, production.confidences),
    images: Object.fromEntries(images) as DriftReport['images'],
  };
}

function compare(training: readonly number[], production: readonly number[]): NumberDrift {
  const edges = quantileEdges(training, BINS);
  const index = orNull(psi(histogram(training, edges), histogram(production, edges)));
  const ks = ksTest(training, production);
  return {
    training: { n: training.length, mean: mean(training) },
    production: { n: production.length, mean: mean(production) },
    psi: index,
    ks: index === null ? null : ks,
    drift: index !== null && ks.p >= CHANCE ? 'none' : verdict(index),
  };
}

function verdict(index: number | null): Drift {
  if (index === null) return 'unknown';
  return index < 0.1 ? 'none' : index < 0.25 ? 'some' : 'large';
}

function mean(values: readonly number[]): number | null {
  return orNull(values.reduce((a, b) => a + b, 0) / values.length);
}

const orNull = (n: number): number | null => (Number.isFinite(n) ? n : null);
