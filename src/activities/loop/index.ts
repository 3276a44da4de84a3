import type { LoopGpuActivities, LoopIoActivities, LoopMainActivities } from '../api/loop.js';
import type { Deps } from '../deps.js';
import type { ModelSessions } from '../gpu/model-sessions.js';
import { buildRetrainVersion, dropRetrainVersion } from './retrain/build-version.js';
import { closeRetrain } from './retrain/close.js';
import { collectFeedback } from './retrain/collect.js';
import { measureDrift } from './retrain/drift.js';
import { evaluateModel } from './retrain/evaluate.js';
import { openRetrain } from './retrain/open.js';
import { promoteCandidate } from './retrain/promote.js';
import { registerCandidate } from './retrain/register.js';
import { selectFeedback } from './retrain/select.js';
import { trainModel } from './retrain/train.js';
import { closeSimulation } from './simulation/close.js';
import { openSimulation } from './simulation/open.js';
import { planSimulation } from './simulation/plan.js';
import { simulate } from './simulation/simulate.js';

/** The steps of `onlineSimulation` and `feedbackRetrain`, by queue. */
export function loopActivities(
  deps: Deps,
  sessions: ModelSessions,
): { main: LoopMainActivities; io: LoopIoActivities; gpu: LoopGpuActivities } {
  return {
    main: {
      openSimulation: openSimulation(deps),
      closeSimulation: closeSimulation(deps),
      openRetrain: openRetrain(deps),
      promoteCandidate: promoteCandidate(deps),
      closeRetrain: closeRetrain(deps),
    },
    io: {
      planSimulation: planSimulation(deps),
      collectFeedback: collectFeedback(deps),
      selectFeedback: selectFeedback(deps),
      buildRetrainVersion: buildRetrainVersion(deps),
      dropRetrainVersion: dropRetrainVersion(deps),
    },
    gpu: {
      simulate: simulate(deps, sessions),
      trainModel: trainModel(deps),
      registerCandidate: registerCandidate(deps),
      evaluateModel: evaluateModel(deps, sessions),
      measureDrift: measureDrift(deps, sessions),
    },
  };
}
