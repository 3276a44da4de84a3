import { checkVersionName } from '../../../datasets/version/name.js';
import { CxrError, isCxrError } from '../../../errors.js';
import { modelReference } from '../../../models/registry/reference.js';
import type {
  FeedbackRetrainInput,
  LoopMainActivities,
  ModelRef,
  RetrainRun,
  TrainerSettings,
} from '../../api/loop.js';
import { beating } from '../../beat.js';
import type { Deps } from '../../deps.js';
import { beginRun, runBase } from '../../main/open-base.js';
import { patiently } from '../../patience.js';
import { type Dataset, openDataset } from '../dataset.js';
import { feedbackRoot, resolveModel, resolveVersion } from '../resolve.js';
import { needImages } from '../simulation/open.js';

/** Opens a retraining: whatever would stop it later and can be known now stops it here. */
export function openRetrain(deps: Deps): LoopMainActivities['openRetrain'] {
  return ({ input }) =>
    beating<RetrainRun, undefined>((_, signal) =>
      patiently(deps.config.retry, signal, () => open(deps, input)),
    );
}

async function open(deps: Deps, input: FeedbackRetrainInput): Promise<RetrainRun> {
  const { retrain, training } = deps.config;
  const trainer = trainerOf(deps, input);
  const dataset = await resolveVersion(deps, input);
  const opened = await openDataset(deps, dataset);
  const validation = validationOf(opened);
  needImages(opened, 'canary');
  if (input.newVersion !== undefined) checkVersionName(input.newVersion);
  const feedback = feedbackRoot(input.feedback, dataset);
  await deps.store(feedback).ensure();
  const { modelName, production } = await modelsOf(deps, input.model, opened.classes);
  const base = runBase(deps, {
    type: 'feedbackRetrain',
    source: dataset.root,
    concurrency: 1,
    lease: `feedback:${feedback}`,
  });
  return beginRun(deps, {
    ...base,
    dataset,
    feedback,
    seed: input.seed ?? retrain.seed,
    modelName,
    production,
    confidence: input.confidence ?? retrain.confidence,
    minFeedback: input.minFeedback ?? retrain.minFeedback,
    trainer,
    training,
    margin: input.margin ?? retrain.margin,
    canaryTolerance: input.canaryTolerance ?? retrain.canaryTolerance,
    approval: input.approval ?? retrain.approval,
    newVersion: input.newVersion,
    validation,
    canary: 'canary',
  });
}

/** @throws CxrError TRAINER_UNKNOWN */
function trainerOf({ config }: Deps, input: FeedbackRetrainInput): TrainerSettings {
  const name = input.trainer ?? config.retrain.trainer;
  const { params = {} } = input;
  const known = config.trainers[name];
  if (known) {
    const { command, env = [] } = known;
    return { kind: 'command', name, command, env, params: { ...known.params, ...params } };
  }
  if (name === 'builtin') return { kind: 'builtin', params };
  const names = ['builtin', ...Object.keys(config.trainers)].join(', ');
  throw new CxrError('TRAINER_UNKNOWN', `there are: ${names}`);
}

/** @throws CxrError SPLIT_EMPTY */
function validationOf(dataset: Dataset): string {
  const name = ['validation', 'val'].find((split) => dataset.split(split).length > 0);
  if (name === undefined) needImages(dataset, 'validation');
  return name ?? 'validation';
}

/** A name without a version in production may get its first one; a version may be named only where it is that one. */
async function modelsOf(
  deps: Deps,
  asked: string | undefined,
  classes: readonly string[],
): Promise<{ modelName: string; production: ModelRef | undefined }> {
  if (asked === undefined) {
    const production = await resolveModel(deps, undefined, classes);
    return { modelName: production.name, production };
  }
  const { name, version } = modelReference(asked);
  if (version !== undefined)
    throw new CxrError('BAD_INPUT', 'model: a name; what is compared with is its version in production');
  try {
    return { modelName: name, production: await resolveModel(deps, name, classes) };
  } catch (error) {
    if (isCxrError(error) && (error.code === 'MODEL_UNKNOWN' || error.code === 'MODEL_NO_PRODUCTION'))
      return { modelName: name, production: undefined };
    throw error;
  }
}
