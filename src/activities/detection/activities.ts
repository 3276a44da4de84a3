import type { DetectionCpu, DetectionIo, DetectionMain } from '../api/detection.js';
import { buildDetection } from '../cpu/build-detection.js';
import type { Deps } from '../deps.js';
import { planDetection } from '../io/plan-detection.js';
import { dropDetection, publishDetection } from '../io/publish-detection.js';
import { openDetection } from '../main/open-detection.js';

/** The steps of `detectionDataset`, by the queue that runs them. */
export function detectionActivities(deps: Deps): {
  readonly main: DetectionMain;
  readonly io: DetectionIo;
  readonly cpu: DetectionCpu;
} {
  return {
    main: { openDetection: openDetection(deps) },
    io: {
      planDetection: planDetection(deps),
      publishDetection: publishDetection(deps),
      dropDetection: dropDetection(deps),
    },
    cpu: { buildDetection: buildDetection(deps) },
  };
}
