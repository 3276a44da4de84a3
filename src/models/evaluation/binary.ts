/** Scores of one class over the images whose label is known, in order of rising score. */
export interface BinarySet {
  readonly scores: Float64Array;
  /** 1 where the class is there. */
  readonly labels: Uint8Array;
  /** 1 where the model says it is there. */
  readonly predicted: Uint8Array;
  /** Index of the image of each. */
  readonly image: Uint32Array;
}

export interface BinaryMeasures {
  /** Area under the ROC curve, ties counted half; null where all labels are the same. */
  readonly auc: number | null;
  /** 2 TP / (2 TP + FP + FN); null where there is nothing to find and nothing was found. */
  readonly f1: number | null;
  readonly precision: number | null;
  readonly recall: number | null;
  /** Mean squared distance of probability and label (Brier 1950). */
  readonly brier: number | null;
  /** Expected calibration error: distance of mean probability and frequency, by bins of equal width. */
  readonly ece: number | null;
}

export function binarySet(
  rows: readonly {
    readonly image: number;
    readonly score: number;
    readonly label: 0 | 1;
    readonly predicted: boolean;
  }[],
): BinarySet {
  const sorted = [...rows].sort((a, b) => a.score - b.score);
  return {
    scores: Float64Array.from(sorted, ({ score }) => score),
    labels: Uint8Array.from(sorted, ({ label }) => label),
    predicted: Uint8Array.from(sorted, ({ predicted }) => Number(predicted)),
    image: Uint32Array.from(sorted, ({ image }) => image),
  };
}

/**
 * @param times how often each image counts
 * @param bins of the calibration error
 */
export function measureBinary(set: BinarySet, times: Uint32Array, bins: number): BinaryMeasures {
  const { scores, labels, predicted, image } = set;
  const calibration = calibrationOf(bins);
  let [positives, negatives, squares] = [0, 0, 0];
  let [truePositives, falsePositives] = [0, 0];
  // Pairs of a positive above a negative; those of equal score count half.
  let pairs = 0;
  for (let i = 0; i < scores.length; ) {
    const score = scores[i] as number;
    let [tiedPositives, tiedNegatives] = [0, 0];
    for (; i < scores.length && scores[i] === score; i++) {
      const count = times[image[i] as number] as number;
      const label = labels[i] as number;
      if (label === 1) tiedPositives += count;
      else tiedNegatives += count;
      if (predicted[i] === 1 && label === 1) truePositives += count;
      if (predicted[i] === 1 && label === 0) falsePositives += count;
      squares += count * (score - label) ** 2;
    }
    pairs += tiedPositives * (negatives + tiedNegatives / 2);
    positives += tiedPositives;
    negatives += tiedNegatives;
    calibration.add(score, tiedPositives, tiedPositives + tiedNegatives);
  }
  const all = positives + negatives;
  const found = truePositives + falsePositives;
  return {
    auc: ratio(pairs, positives * negatives),
    f1: ratio(2 * truePositives, found + positives),
    precision: ratio(truePositives, found),
    recall: ratio(truePositives, positives),
    brier: ratio(squares, all),
    ece: calibration.error(),
  };
}

export interface Calibration {
  /** @param right how many of the `count` answers of this confidence were so */
  add(confidence: number, right: number, count: number): void;
  /** Null where nothing was added. */
  error(): number | null;
}

/** Bins of equal width over 0 to 1, each with its lower bound and without its upper, the last with both. */
export function calibrationOf(bins: number): Calibration {
  const sums = new Float64Array(bins);
  const rights = new Float64Array(bins);
  let total = 0;
  return {
    add(confidence, right, count) {
      const bin = Math.min(Math.floor(confidence * bins), bins - 1);
      sums[bin] = (sums[bin] as number) + confidence * count;
      rights[bin] = (rights[bin] as number) + right;
      total += count;
    },
    error: () =>
      ratio(
        sums.reduce((gap, sum, bin) => gap + Math.abs(sum - (rights[bin] as number)), 0),
        total,
      ),
  };
}

function ratio(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}
