import type { PipelineSettings } from '../../../config/sections/pipeline.js';

/** Steps whose result is not the same for every copy, needs the other images, or is kept beside the pixels. */
const SECOND = new Set(['normalise', 'augment', 'features']);

/**
 * The steps in two phases. The first is done once, when an image is decoded; the second when examples are written and
 * all images are known.
 */
export function stepsBefore(pipeline: PipelineSettings): {
  readonly first: PipelineSettings;
  /** What of the second phase is done to an original before it is normalised. */
  readonly between: PipelineSettings;
  readonly second: PipelineSettings;
} {
  const cut = pipeline.order.findIndex((step) => SECOND.has(step));
  const [first, second] = [pipeline.order.slice(0, cut), pipeline.order.slice(cut)];
  return {
    first: { ...pipeline, order: first },
    between: { ...pipeline, order: second.slice(0, second.indexOf('normalise')) },
    second: { ...pipeline, order: second },
  };
}
