export interface KsTest {
  /** The largest distance between the two empirical distribution functions, 0 to 1. */
  readonly statistic: number;
  /** Of two samples of one distribution being at least as far apart: the limit for large samples. */
  readonly p: number;
}

/**
 * Two-sample Kolmogorov-Smirnov test. The p-value is Kolmogorov's limiting distribution at
 * sqrt(n m / (n + m)) D (Smirnov 1948), which is a little too small for small samples.
 *
 * @returns NaN in both where a sample is empty
 */
export function ksTest(a: readonly number[], b: readonly number[]): KsTest {
  const x = Float64Array.from(a).sort();
  const y = Float64Array.from(b).sort();
  if (x.length === 0 || y.length === 0) return { statistic: Number.NaN, p: Number.NaN };
  let i = 0;
  let j = 0;
  let statistic = 0;
  while (i < x.length && j < y.length) {
    const at = Math.min(x[i] as number, y[j] as number);
    while (i < x.length && (x[i] as number) <= at) i += 1;
    while (j < y.length && (y[j] as number) <= at) j += 1;
    statistic = Math.max(statistic, Math.abs(i / x.length - j / y.length));
  }
  const size = (x.length * y.length) / (x.length + y.length);
  return { statistic, p: kolmogorov(Math.sqrt(size) * statistic) };
}

/** Survival function of the Kolmogorov distribution: 2 sum (-1)^(k-1) exp(-2 k^2 t^2). */
export function kolmogorov(t: number): number {
  if (!(t > 0.04)) return 1; // The sum is 1 to the last digit there, and needs ever more terms.
  if (t < 1) {
    // Jacobi's theta identity: few terms where the alternating sum needs many.
    const factor = Math.sqrt(2 * Math.PI) / t;
    let sum = 0;
    for (let k = 1; k <= 20; k++) sum += Math.exp(-((2 * k - 1) ** 2 * Math.PI ** 2) / (8 * t * t));
    return 1 - factor * sum;
  }
  let sum = 0;
  for (let k = 1; k <= 20; k++) sum += (k % 2 === 1 ? 1 : -1) * Math.exp(-2 * k * k * t * t);
  return Math.min(1, Math.max(0, 2 * sum));
}
