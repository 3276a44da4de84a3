/** Names of splits with what each gets: images of some total, or shares; their ratio is what counts. */
export type SplitSpec = Readonly<Record<string, number>>;

/** Of VinDr-CXR's 15,000 training images. */
export const DETECTION_SPLITS: SplitSpec = {
  training: 11_500,
  validation: 750,
  test: 750,
  staging: 1_000,
  canary: 500,
  production: 500,
};

/**
 * Scales the splits to `total` by the method of the largest remainder (Hamilton): every split gets the whole part
 * of its quota, and what is left goes one each to the largest fractions, the earlier split first where two are
 * equal.
 *
 * @returns sizes in the order of the splits; they add up to `total`
 */
export function splitSizes(splits: SplitSpec, total: number): Readonly<Record<string, number>> {
  const names = Object.keys(splits);
  const whole = names.reduce((sum, name) => sum + (splits[name] ?? 0), 0);
  const quotas = names.map((name) => (total * (splits[name] ?? 0)) / whole);
  const sizes = quotas.map(Math.floor);
  const left = total - sizes.reduce((sum, size) => sum + size, 0);
  const byFraction = quotas
    .map((quota, i) => ({ i, fraction: quota - Math.floor(quota) }))
    .sort((a, b) => b.fraction - a.fraction || a.i - b.i);
  for (const { i } of byFraction.slice(0, left)) sizes[i] = (sizes[i] as number) + 1;
  return Object.fromEntries(names.map((name, i) => [name, sizes[i] as number]));
}
