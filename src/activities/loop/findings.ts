import { CxrError } from '../../errors.js';
import type { Finding } from '../../models/feedback/types.js';
import type { ModelDeclaration, Prediction } from '../../models/types.js';

/** A class of a multi-label model is there from this probability on. */
const PRESENT = 0.5;

/**
 * What a prediction says of an image: the boxes of a detector; the one class of a softmax; each class that a
 * multi-label model is more than half sure of. The latter two are about the image as a whole.
 * @throws CxrError MODEL_OUTPUT
 */
export function findingsOf(prediction: Prediction, { task }: ModelDeclaration): readonly Finding[] {
  if ('failed' in prediction) throw new CxrError('MODEL_OUTPUT');
  if ('boxes' in prediction)
    return prediction.boxes.map(({ classId, confidence, bbox }) => ({ classId, confidence, bbox }));
  const findings = prediction.scores.map((confidence, classId) => ({ classId, confidence, bbox: null }));
  const sorted = findings.sort((a, b) => b.confidence - a.confidence);
  return task === 'classify' ? sorted.slice(0, 1) : sorted.filter(({ confidence }) => confidence >= PRESENT);
}
