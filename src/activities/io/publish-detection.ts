import { stringify } from 'csv-stringify/sync';
import { rememberSplits } from '../../catalog/patient-splits.js';
import { cocoJson } from '../../datasets/coco.js';
import { detectionCard } from '../../datasets/detection/card.js';
import { path } from '../../datasets/detection/names.js';
import { detectionPlots } from '../../datasets/detection/plots.js';
import { canonicalJson } from '../../datasets/version/canonical.js';
import { MANIFEST, type VersionFile, type VersionManifest } from '../../datasets/version/manifest.js';
import { dataYaml } from '../../datasets/yolo.js';
import { CxrError } from '../../errors.js';
import { uriOf } from '../../storage/open.js';
import type { DetectionIo, DetectionPlan, DetectionResult, DetectionRun } from '../api/detection.js';
import type { Counts } from '../api.js';
import { beating } from '../beat.js';
import type { Deps } from '../deps.js';
import { cocoImages, type Gathered, gather, type Placed } from '../detection/built.js';
import { countBy, quarantine, quarantineCsv } from '../detection/left-out.js';
import { datasetName, detectionManifest } from '../detection/manifest.js';
import { staged } from '../detection/places.js';
import { publicAnnotators } from '../detection/public-names.js';
import { patiently } from '../patience.js';
import { abandonVersion, publishVersion } from '../versions/publish.js';
import { recordPublished } from '../versions/record.js';
import { type Body, writeVersionFile } from '../versions/write.js';
import type { PlanFile } from './plan-detection.js';

/** Everything that is about all images together; `metadata.json` last, then the catalog. A repeat changes nothing. */
export function publishDetection(deps: Deps): DetectionIo['publishDetection'] {
  return ({ run, plan }) =>
    beating<{ counts: Counts; result: DetectionResult }, undefined>((_, signal) =>
      patiently(run.retry, signal, () => publish(deps, run, plan)),
    );
}

/** A run that was cancelled or failed takes back what it wrote; a version that exists stays. */
export function dropDetection(deps: Deps): DetectionIo['dropDetection'] {
  return (run) =>
    beating<void, undefined>((_, signal) =>
      patiently(run.retry, signal, () => abandonVersion(deps.store(run.output), run.prefix, run.runId)),
    );
}

async function publish(
  deps: Deps,
  run: DetectionRun,
  { counts: planned }: DetectionPlan,
): Promise<{ counts: Counts; result: DetectionResult }> {
  const store = deps.store(run.output);
  const plan = JSON.parse((await deps.objects.read(staged.plan(run))).toString('utf8')) as PlanFile;
  const splits = Object.keys(plan.splitShards);
  const gathered = await gather(deps, run, plan);
  const { agreement, statistics, leakage, problems, images } = gathered;
  if (images.length === 0) throw new CxrError('DATASET_EMPTY', 'every image went to quarantine');
  const counts: Counts = {
    ...planned,
    done: images.length,
    quarantined: planned.quarantined + plan.images - images.length,
  };
  const codes = countBy(problems);
  const files: VersionFile[] = [...gathered.files];
  const put = async (at: string, contentType: string, make: () => Body) =>
    files.push(await writeVersionFile(store, run.prefix, at, make, { contentType }));
  const text = (at: string, contentType: string, body: string) =>
    put(at, contentType, () => Buffer.from(body));
  const json = (at: string, value: unknown) => text(at, 'application/json', `${canonicalJson(value, 1)}\n`);

  for (const split of splits) {
    const info = { description: `${datasetName(run)} ${run.version}, ${split}`, version: run.version };
    await put(path.coco(split), 'application/json', () =>
      encoded(cocoJson(info, plan.classes, () => cocoImages(deps, run, plan, split))),
    );
  }
  await text(path.dataYaml, 'application/yaml', dataYaml(splits, plan.classes));
  await json(path.agreement, agreement);
  await json(path.statistics, statistics);
  const plots = detectionPlots(statistics, agreement);
  for (const [name, svg] of Object.entries(plots)) await text(path.plot(name), 'image/svg+xml', svg);
  await text(path.splits, 'text/csv', splitsCsv(images));
  await text(path.quarantine, 'text/csv', quarantineCsv(problems));
  const annotators = publicAnnotators(deps.keyring, run.annotators);
  await text(
    path.card,
    'text/markdown',
    detectionCard({
      dataset: datasetName(run),
      version: run.version,
      annotators,
      seed: run.seed,
      stratified: run.stratify,
      size: run.size,
      fit: run.fit,
      statistics,
      agreement,
      leakage,
      counts,
      quarantined: codes,
      plots: Object.keys(plots),
    }),
  );
  const manifest = detectionManifest({ run, plan, annotators, gathered, counts, files });
  const manifestHash = await publishVersion(store, run.prefix, manifest, run.runId);
  if (!run.scratch) await record(deps, run, manifest, manifestHash, gathered);
  const uri = (at: string) => uriOf(run.output, `${run.prefix}${at}`);
  // Where each image has a few readers of many, none has been read by all.
  const fleiss = agreement.fleiss.n > 0 ? agreement.fleiss : (agreement.fleissPerImage ?? agreement.fleiss);
  return {
    counts,
    result: {
      version: run.version,
      splits: Object.fromEntries(Object.entries(statistics.splits).map(([split, s]) => [split, s.images])),
      agreement: {
        uri: uri(path.agreement),
        readers: agreement.readers.length,
        n: fleiss.n,
        kappa: Object.fromEntries(fleiss.classes.map(({ name, kappa }) => [name, kappa])),
        meanIou: weightedIou(agreement.pairs),
      },
      dataYaml: uri(path.dataYaml),
      manifest: uri(MANIFEST),
    },
  };
}

/** Rows after objects: whoever dies in between does it again. */
async function record(
  deps: Deps,
  run: DetectionRun,
  manifest: VersionManifest,
  manifestHash: string,
  { images, problems }: Gathered,
): Promise<void> {
  await rememberSplits(
    deps.catalog.db,
    run.destination,
    run.version,
    images.flatMap(({ unit, imageKey, split }) =>
      unit === imageKey
        ? [{ patient: unit, split }]
        : [unit, imageKey].map((patient) => ({ patient, split })),
    ),
  );
  await quarantine(deps, run, problems);
  const { destination: root, source, runId } = run;
  const patients = images.flatMap(({ patient, split }) =>
    patient === null ? [] : [{ patient, split, images: 1 }],
  );
  await recordPublished(deps, { root, manifest, manifestHash, source, runId }, patients);
}

function splitsCsv(images: readonly Placed[]): string {
  const rows = images.map(({ imageId, patient, split }) => [imageId, patient ?? '', split]);
  return stringify([['image_id', 'patient', 'split'], ...rows]);
}

async function* encoded(pieces: AsyncIterable<string>): AsyncGenerator<Buffer> {
  let part = '';
  for await (const piece of pieces) {
    part += piece;
    if (part.length < 65_536) continue;
    yield Buffer.from(part);
    part = '';
  }
  if (part !== '') yield Buffer.from(part);
}

function weightedIou(pairs: readonly { meanIou: number | null; matched: number }[]): number | null {
  const matched = pairs.reduce((sum, pair) => sum + pair.matched, 0);
  return matched === 0
    ? null
    : pairs.reduce((sum, pair) => sum + (pair.meanIou ?? 0) * pair.matched, 0) / matched;
}
