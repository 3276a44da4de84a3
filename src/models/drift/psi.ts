/** Shares below this count as this: a class that one side never had must not make the index infinite. */
export const LEAST_SHARE = 1e-4;

/**
 * Population stability index of two distributions over the same bins: the sum over bins of
 * (p - q) ln(p / q), with p and q the shares, at least 1e-4 each (Siddiqi, Credit Risk Scorecards, 2006).
 * Below 0.1 is commonly read as no change, above 0.25 as a large one.
 *
 * @returns NaN where either has no counts
 */
export function psi(reference: readonly number[], actual: readonly number[]): number {
  const p = shares(reference);
  const q = shares(actual);
  return p.reduce((sum, share, i) => {
    const a = Math.max(share, LEAST_SHARE);
    const b = Math.max(q[i] ?? 0, LEAST_SHARE);
    return sum + (b - a) * Math.log(b / a);
  }, 0);
}

/**
 * Inner edges of bins that hold equal parts of the reference: its quantiles, by linear interpolation, each once.
 * @param bins how many; a reference of few different values gives fewer
 */
export function quantileEdges(reference: readonly number[], bins: number): readonly number[] {
  const sorted = Float64Array.from(reference).sort();
  if (sorted.length === 0) return [];
  const edges = Array.from({ length: bins - 1 }, (_, i) => {
    const at = ((i + 1) / bins) * (sorted.length - 1);
    const low = Math.floor(at);
    const value = sorted[low] as number;
    return value + ((sorted[Math.min(low + 1, sorted.length - 1)] as number) - value) * (at - low);
  });
  return [...new Set(edges)];
}

/** Counts by bin: a value belongs to the bin whose lower edge it reaches. */
export function histogram(values: readonly number[], edges: readonly number[]): readonly number[] {
  const counts = new Array<number>(edges.length + 1).fill(0);
  for (const value of values) {
    const above = edges.findIndex((edge) => value < edge);
    const bin = above < 0 ? edges.length : above;
    counts[bin] = (counts[bin] as number) + 1;
  }
  return counts;
}

function shares(counts: readonly number[]): readonly number[] {
  const sum = counts.reduce((a, b) => a + b, 0);
  return counts.map((n) => n / sum);
}
