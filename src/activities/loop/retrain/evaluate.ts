import { readYoloLabels } from '../../../datasets/yolo.js';
import { CxrError } from '../../../errors.js';
import { type ClassifiedImage, evaluateClassifier } from '../../../models/evaluation/classifier.js';
import { evaluateDetections } from '../../../models/evaluation/detections.js';
import type { EvaluatedImage } from '../../../models/evaluation/matching.js';
import type { Evaluated, LoopGpuActivities, RetrainRun, SplitScore, VersionRef } from '../../api/loop.js';
import type { ModelInUse } from '../../api/models.js';
import { beating } from '../../beat.js';
import type { Deps } from '../../deps.js';
import type { ModelSessions } from '../../gpu/model-sessions.js';
import { type Predicted, predictions } from '../../gpu/predictions.js';
import { reportsOf } from '../../main/run-id.js';
import { patiently } from '../../patience.js';
import { uriOf } from '../../staging.js';
import { type Dataset, type DatasetImage, openDataset } from '../dataset.js';
import { needSameClasses } from '../resolve.js';
import { writeJson } from '../staged.js';

/** A detector is measured with all its boxes, not with those that it is sure of. */
const ALL_BOXES = { confidence: 0.001 } as const;
/** Resamples of the bootstrap: it holds the thread of the heartbeats. */
const SAMPLES = 200;

/** What a model achieves on validation and canary; all of it goes into the reports of the run. */
export function evaluateModel(deps: Deps, sessions: ModelSessions): LoopGpuActivities['evaluateModel'] {
  return ({ run, version, model }) =>
    beating<Evaluated, undefined>((_, signal) =>
      patiently(run.retry, signal, async (further) => {
        const dataset = await openDataset(deps, version);
        needSameClasses(dataset.classes, model.id, model.declaration.classes);
        const score = (split: string) =>
          scoreSplit(deps, sessions, { run, version, model }, dataset, split, signal, further);
        const metric = model.declaration.task === 'detect' ? 'mAP50' : 'AUC';
        return { metric, validation: await score(run.validation), canary: await score(run.canary) };
      }),
    );
}

async function scoreSplit(
  deps: Deps,
  sessions: ModelSessions,
  { run, version, model }: { run: RetrainRun; version: VersionRef; model: ModelInUse },
  dataset: Dataset,
  split: string,
  signal: AbortSignal,
  further: () => void,
): Promise<SplitScore> {
  const images = dataset.split(split);
  const session = await sessions.get(model);
  const list = images.map(({ name, store, image }) => ({
    id: name,
    read: (stop?: AbortSignal) => store.read(image, stop ? { signal: stop } : {}),
  }));
  const predicted: Predicted[] = [];
  const { batch } = deps.config.models;
  const options = { batch, signal, thresholds: model.declaration.task === 'detect' ? ALL_BOXES : {} };
  for await (const part of predictions(deps, session, list, options)) {
    predicted.push(...part);
    further();
  }
  const bad = predicted.find((one) => 'error' in one);
  // A measure over the images that happened to work would compare two different sets.
  if (bad && 'error' in bad) throw new CxrError(bad.error, `an image of ${split}`);
  const truths = await Promise.all(images.map((image, i) => truthOf(image, predicted[i] as Predicted)));
  const key = `${reportsOf(run.runId)}evaluation-${model.id.replace(/[^\w.-]+/g, '-')}-${split}.json`;
  const about = { model: model.id, dataset: version.dataset, version: version.version, split };
  const { classes } = dataset;
  const report = uriOf(deps.objects, key);
  const seed = { samples: SAMPLES, seed: run.seed };
  const { task } = model.declaration;
  if (task === 'detect') {
    const evaluation = await evaluateDetections(
      classes,
      predicted.map((one, i): EvaluatedImage => {
        const boxes = 'prediction' in one && 'boxes' in one.prediction ? one.prediction.boxes : [];
        return { truths: truths[i] ?? [], predictions: boxes };
      }),
      seed,
    );
    await writeJson(deps.objects, key, { ...about, ...evaluation });
    return {
      split,
      images: images.length,
      score: evaluation.map50,
      interval: evaluation.intervals.map50,
      report,
    };
  }
  const classified = predicted.map((one, i): ClassifiedImage => {
    const scores = 'prediction' in one && 'scores' in one.prediction ? one.prediction.scores : [];
    const present = new Set((truths[i] ?? []).map(({ classId }) => classId));
    return { scores, labels: classes.map((_, classId) => (present.has(classId) ? 1 : 0)) };
  });
  // A softmax knows one class an image: of images that have none or several nobody knows which it should be.
  const single = ({ labels }: ClassifiedImage) => labels.filter((label) => label === 1).length === 1;
  const measured = task === 'classify' ? classified.filter(single) : classified;
  const evaluation = await evaluateClassifier(task, classes, measured, seed);
  await writeJson(deps.objects, key, { ...about, ...evaluation });
  return { split, images: images.length, score: evaluation.auc, interval: evaluation.intervals.auc, report };
}

async function truthOf({ store, labels }: DatasetImage, { width = 1, height = 1 }: Predicted) {
  if (labels === undefined) return [];
  const text = (await store.read(labels)).toString('utf8');
  return readYoloLabels(text, { width, height }).map(({ classId, box: bbox }) => ({ classId, bbox }));
}
