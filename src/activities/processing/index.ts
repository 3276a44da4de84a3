import type { ProcessingCpu, ProcessingIo, ProcessingMain } from '../api/processing.js';
import { preparePart } from '../cpu/prepare-part.js';
import { writeShard } from '../cpu/write-shard.js';
import type { Deps } from '../deps.js';
import { planInputs } from '../io/plan-inputs.js';
import { preflight } from '../io/preflight.js';
import { publishDataset } from '../io/publish-dataset.js';
import { abandonProcessing, openProcessing } from '../main/open-processing.js';

/** The steps of `chestXrayProcessing`, by the queue that runs them. */
export function processingActivities(deps: Deps): {
  readonly main: ProcessingMain;
  readonly io: ProcessingIo;
  readonly cpu: ProcessingCpu;
} {
  return {
    main: { openProcessing: openProcessing(deps), abandonProcessing: abandonProcessing(deps) },
    io: {
      planInputs: planInputs(deps),
      preflight: preflight(deps),
      publishDataset: publishDataset(deps),
    },
    cpu: { preparePart: preparePart(deps), writeShard: writeShard(deps) },
  };
}
