import type { Finding } from './types.js';

/** An image with what is known about it: the model's findings, and the radiologists' where they looked. */
export interface Candidate {
  readonly imageId: string;
  readonly patient: string;
  readonly predictions: readonly Finding[];
  /** Undefined: nobody corrected it. Empty: a radiologist says that there is nothing. */
  readonly corrections: readonly Finding[] | undefined;
}

/** An image for retraining, with the labels that it gets. */
export interface Selected {
  readonly imageId: string;
  readonly patient: string;
  readonly labels: readonly Finding[];
  readonly origin: 'model' | 'correction';
}

/**
 * - `PROTECTED_PATIENT`: the patient is in validation, test or canary; whatever is trained on is then measured on.
 * - `NO_FINDING`: the model found nothing, so that it has no confidence to go by.
 * - `LOW_CONFIDENCE`: at least one box does not pass.
 */
export type Left = 'PROTECTED_PATIENT' | 'NO_FINDING' | 'LOW_CONFIDENCE';

export interface Selection {
  readonly selected: readonly Selected[];
  readonly left: readonly { readonly imageId: string; readonly why: Left }[];
}

/**
 * Which images a model may learn from: those that a radiologist corrected, and those each of whose boxes has a
 * confidence above `confidence`. Never one of a protected patient, corrected or not.
 */
export function select(
  candidates: readonly Candidate[],
  confidence: number,
  isProtected: (patient: string) => boolean,
): Selection {
  const selected: Selected[] = [];
  const left: { imageId: string; why: Left }[] = [];
  for (const { imageId, patient, predictions, corrections } of candidates) {
    if (isProtected(patient)) left.push({ imageId, why: 'PROTECTED_PATIENT' });
    else if (corrections) selected.push({ imageId, patient, labels: corrections, origin: 'correction' });
    else if (predictions.length === 0) left.push({ imageId, why: 'NO_FINDING' });
    else if (predictions.some((p) => p.confidence <= confidence))
      left.push({ imageId, why: 'LOW_CONFIDENCE' });
    else selected.push({ imageId, patient, labels: predictions, origin: 'model' });
  }
  const byId = (a: { imageId: string }, b: { imageId: string }) => (a.imageId < b.imageId ? -1 : 1);
  return { selected: selected.sort(byId), left: left.sort(byId) };
}
