import type { ProcessingCpu, ProcessingIo, ProcessingMain } from '../api/processing.js';
import type { Deps } from '../deps.js';
import { abandonProcessing, openProcessing } from './open-processing.js';
import { planInputs } from './plan-inputs.js';
import { preflight } from './preflight.js';
import { preparePart } from './prepare-part.js';
import { publishDataset } from './publish-dataset.js';
import { writeShard } from './write-shard.js';

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
