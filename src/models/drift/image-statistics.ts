export const IMAGE_STATISTICS = ['mean', 'std', 'p01', 'p50', 'p99'] as const;

/** Of the levels of one picture as parts of white, 0 to 1. */
export type ImageStatistics = Readonly<Record<(typeof IMAGE_STATISTICS)[number], number>>;

/**
 * Brightness of a picture in five numbers: mean, standard deviation (of all pixels, not of a sample), and the
 * percentiles 1, 50 and 99 (the lowest level that at least so many of the pixels do not exceed).
 *
 * @param levels one value a pixel, 0 to `white`
 */
export function imageStatistics(levels: Uint8Array | Uint16Array, white: number): ImageStatistics {
  const counts = new Float64Array(white + 1);
  for (const level of levels) counts[level] = (counts[level] as number) + 1;
  const n = levels.length;
  let sum = 0;
  let squares = 0;
  counts.forEach((count, level) => {
    const part = level / white;
    sum += count * part;
    squares += count * part * part;
  });
  const mean = sum / n;
  const percentile = (p: number) => {
    let below = 0;
    for (let level = 0; level <= white; level++) {
      below += counts[level] as number;
      if (below >= p * n) return level / white;
    }
    return 1;
  };
  return {
    mean,
    std: Math.sqrt(Math.max(0, squares / n - mean * mean)),
    p01: percentile(0.01),
    p50: percentile(0.5),
    p99: percentile(0.99),
  };
}
