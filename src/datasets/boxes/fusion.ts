import { iou } from './iou.js';
import type { Box, CleanReading, LabelledBox } from './rules.js';

export interface FusionOptions {
  /** Boxes of one class meet from this IoU on (exclusive); SPEC: 0.4. */
  readonly iou: number;
  /** Readers who must have drawn a finding; SPEC: 2. */
  readonly readers: number;
}

export const FUSION: FusionOptions = { iou: 0.4, readers: 2 };

interface Cluster {
  readonly classId: number;
  readonly readers: Set<string>;
  readonly sum: [number, number, number, number];
  count: number;
  fused: Box;
}

/**
 * Weighted boxes fusion (Solovyev, Wang, Gabruseva 2021, section 3) of readers of equal weight and confidence: each
 * box joins the cluster of its class whose fused box it overlaps most, above the threshold, or opens one; the
 * fused box is the mean of its boxes. Clusters of fewer than `readers` different readers are left out.
 *
 * @param readings in the order of readers, which decides where boxes could join more than one cluster
 */
export function fuse(
  readings: readonly CleanReading[],
  options: FusionOptions = FUSION,
): readonly LabelledBox[] {
  const clusters: Cluster[] = [];
  for (const { reader, boxes } of readings)
    for (const labelled of boxes) join(clusters, labelled, reader, options.iou);
  return clusters
    .filter(({ readers }) => readers.size >= options.readers)
    .map(({ classId, fused }) => ({ classId, box: fused }));
}

function join(clusters: Cluster[], { classId, box }: LabelledBox, reader: string, threshold: number): void {
  let best: Cluster | undefined;
  let overlap = threshold;
  for (const cluster of clusters) {
    if (cluster.classId !== classId) continue;
    const found = iou(cluster.fused, box);
    if (found > overlap) {
      best = cluster;
      overlap = found;
    }
  }
  if (best === undefined) {
    clusters.push({ classId, readers: new Set([reader]), sum: [...box], count: 1, fused: box });
    return;
  }
  const { sum } = best;
  box.forEach((value, i) => {
    sum[i] = (sum[i] as number) + value;
  });
  best.count += 1;
  const { count } = best;
  best.fused = [sum[0] / count, sum[1] / count, sum[2] / count, sum[3] / count];
  best.readers.add(reader);
}
