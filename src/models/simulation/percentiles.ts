export interface Latency {
  readonly n: number;
  /** Milliseconds; null where nothing was measured. */
  readonly p50: number | null;
  readonly p90: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
  readonly max: number | null;
}

/** Percentiles by linear interpolation between the closest ranks (NumPy's default). */
export function latencyOf(milliseconds: readonly number[]): Latency {
  const sorted = Float64Array.from(milliseconds).sort();
  const n = sorted.length;
  const at = (p: number) => {
    if (n === 0) return null;
    const rank = p * (n - 1);
    const low = Math.floor(rank);
    const value = sorted[low] as number;
    return value + ((sorted[Math.min(low + 1, n - 1)] as number) - value) * (rank - low);
  };
  return { n, p50: at(0.5), p90: at(0.9), p95: at(0.95), p99: at(0.99), max: at(1) };
}
