import type { Feedback, Finding } from './types.js';

/** The most confident finding stands at the top, as the old simulator wrote it; null where there is none. */
export function feedbackJson(feedback: Feedback): string {
  const predictions = [...feedback.predictions].sort((a, b) => b.confidence - a.confidence);
  const top: Finding | undefined = predictions[0];
  return `${JSON.stringify(
    {
      image_id: feedback.imageId,
      model_version: feedback.modelVersion,
      timestamp: feedback.timestamp,
      class_id: top?.classId ?? null,
      confidence: top?.confidence ?? null,
      bbox: top?.bbox ?? null,
      predictions: predictions.map(({ classId, confidence, bbox }) => ({
        class_id: classId,
        confidence,
        bbox,
      })),
    },
    null,
    2,
  )}\n`;
}
