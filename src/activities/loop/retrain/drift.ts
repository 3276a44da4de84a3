import { latestFeedback } from '../../../catalog/feedback.js';
import { readYoloLabels } from '../../../datasets/yolo.js';
import { type ImageStatistics, imageStatistics } from '../../../models/drift/image-statistics.js';
import { driftMarkdown } from '../../../models/drift/markdown.js';
import { type Drift, type DriftReport, driftReport, type Population } from '../../../models/drift/report.js';
import { seededOrder } from '../../../models/simulation/order.js';
import type { ObjectStore } from '../../../storage/port.js';
import type { DriftSummary, LoopGpuActivities, RetrainRun } from '../../api/loop.js';
import type { ModelInUse } from '../../api/models.js';
import { beating } from '../../beat.js';
import type { Deps } from '../../deps.js';
import { each } from '../../each.js';
import type { ModelSessions } from '../../gpu/model-sessions.js';
import { predictions } from '../../gpu/predictions.js';
import { reportsOf } from '../../main/run-id.js';
import { patiently } from '../../patience.js';
import { uriOf } from '../../staging.js';
import { type Dataset, type DatasetImage, openDataset } from '../dataset.js';
import { findingsOf } from '../findings.js';
import { readPicture } from '../picture.js';
import { writeJson } from '../staged.js';
import { knownImages } from './image-facts.js';

/** Images of each side, chosen by the seed. */
const SAMPLE = 500;
const READS = 4;

/**
 * How production differs from what was trained on: class mix and confidence of what the model says of both, and the
 * brightness of the images.
 */
export function measureDrift(deps: Deps, sessions: ModelSessions): LoopGpuActivities['measureDrift'] {
  return ({ run, version, model }) =>
    beating<DriftSummary, undefined>((_, signal) =>
      patiently(run.retry, signal, async (further) => {
        const dataset = await openDataset(deps, version);
        const training = await trainingSide(deps, sessions, model, dataset, run, signal, further);
        const production = await productionSide(deps, dataset, run, signal, further);
        const report = driftReport(
          {
            dataset: version.dataset,
            version: version.version,
            modelVersion: model.id,
            classes: dataset.classes,
          },
          training,
          production,
        );
        const folder = reportsOf(run.runId);
        await deps.objects.write(`${folder}drift.md`, Buffer.from(driftMarkdown(report)), {
          contentType: 'text/markdown; charset=utf-8',
        });
        await writeJson(deps.objects, `${folder}drift.json`, {
          ...report,
          samples: { training, production },
        });
        return { report: uriOf(deps.objects, `${folder}drift.json`), drift: worst(report) };
      }),
    );
}

/** Labels say the class mix of training; its confidences are what the model in production makes of these images. */
async function trainingSide(
  deps: Deps,
  sessions: ModelSessions,
  model: ModelInUse,
  dataset: Dataset,
  run: RetrainRun,
  signal: AbortSignal,
  further: () => void,
): Promise<Population> {
  const byName = new Map(dataset.training().map((image) => [image.name, image]));
  const chosen = seededOrder([...byName.keys()], run.seed)
    .slice(0, SAMPLE)
    .map((name) => byName.get(name) as DatasetImage);
  const classCounts = new Array<number>(dataset.classes.length).fill(0);
  await each(chosen, READS, async ({ store, labels }) => {
    if (labels === undefined) return;
    const text = (await store.read(labels, { signal })).toString('utf8');
    for (const { classId } of readYoloLabels(text, { width: 1, height: 1 }))
      classCounts[classId] = (classCounts[classId] ?? 0) + 1;
  });
  const session = await sessions.get(model);
  const list = chosen.map(({ name, store, image }) => ({ id: name, read: () => store.read(image) }));
  const confidences: number[] = [];
  const { batch } = deps.config.models;
  for await (const part of predictions(deps, session, list, { batch, signal })) {
    for (const one of part)
      if ('prediction' in one)
        for (const { confidence } of findingsOf(one.prediction, model.declaration))
          confidences.push(confidence);
    further();
  }
  const places = chosen.map(({ store, image: key }) => ({ store, key }));
  return { classCounts, confidences, images: await statisticsOf(places, signal, further) };
}

async function productionSide(
  deps: Deps,
  dataset: Dataset,
  run: RetrainRun,
  signal: AbortSignal,
  further: () => void,
): Promise<Population> {
  const rows = await latestFeedback(deps.catalog.db, run.feedback, SAMPLE);
  const classCounts = new Array<number>(dataset.classes.length).fill(0);
  const confidences: number[] = [];
  for (const { predictions: found } of rows)
    for (const { classId, confidence } of found) {
      classCounts[classId] = (classCounts[classId] ?? 0) + 1;
      confidences.push(confidence);
    }
  const ids = rows.map((row) => row.image_id);
  const known = await knownImages(deps, dataset, ids);
  const places = ids.flatMap((id) => known.get(id) ?? []);
  return { classCounts, confidences, images: await statisticsOf(places, signal, further) };
}

async function statisticsOf(
  places: readonly { readonly store: ObjectStore; readonly key: string }[],
  signal: AbortSignal,
  further: () => void,
): Promise<readonly ImageStatistics[]> {
  return each(places, READS, async ({ store, key }) => {
    const { data } = await readPicture(await store.read(key, { signal }));
    further();
    return imageStatistics(data, data instanceof Uint16Array ? 65_535 : 255);
  });
}

function worst({ classMix, confidence, images }: DriftReport): Drift {
  const all = [classMix.drift, confidence.drift, ...Object.values(images).map(({ drift }) => drift)];
  return (['large', 'some', 'none'] as const).find((drift) => all.includes(drift)) ?? 'unknown';
}
