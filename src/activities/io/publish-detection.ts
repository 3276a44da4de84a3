import { stringify } from 'csv-stringify/sync';
import { currentVersion, recordVersion, type VersionPatient } from '../../catalog/dataset-versions.js';
import { rememberSplits } from '../../catalog/patient-splits.js';
import { clearItems, datasetSource, quarantineItems } from '../../catalog/quarantine-items.js';
import { AgreementBuilder } from '../../datasets/agreement.js';
import { FUSION } from '../../datasets/boxes/fusion.js';
import { type CocoImage, cocoJson } from '../../datasets/coco.js';
import { detectionCard } from '../../datasets/detection/card.js';
import { LeakageBuilder } from '../../datasets/detection/leakage.js';
import { path } from '../../datasets/detection/names.js';
import { detectionPlots } from '../../datasets/detection/plots.js';
import type { BuiltImage, Problem } from '../../datasets/detection/records.js';
import { StatisticsBuilder } from '../../datasets/detection/statistics.js';
import { canonicalJson, sha256 } from '../../datasets/version/canonical.js';
import {
  MANIFEST,
  type VersionFile,
  type VersionManifest,
  versionManifest,
} from '../../datasets/version/manifest.js';
import { dataYaml } from '../../datasets/yolo.js';
import { CxrError, ERRORS, type ErrorCode } from '../../errors.js';
import { fileId, sealPath } from '../../privacy/seal.js';
import { uriOf } from '../../storage/open.js';
import type { DetectionIo, DetectionPlan, DetectionResult, DetectionRun } from '../api/detection.js';
import type { Counts } from '../api.js';
import { beating } from '../beat.js';
import type { BuiltLine } from '../cpu/build-detection.js';
import type { Deps } from '../deps.js';
import { staged } from '../detection/places.js';
import { publicAnnotators } from '../detection/public-names.js';
import { patiently } from '../patience.js';
import { readLines } from '../staging.js';
import { writePointer } from '../versions/pointer.js';
import { abandonVersion, publishVersion } from '../versions/publish.js';
import { type Body, writeVersionFile } from '../versions/write.js';
import type { PlanFile } from './plan-detection.js';

const ITEMS_A_STATEMENT = 1_000;

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
  const manifest = versionManifest({
    dataset: datasetName(run),
    version: run.version,
    kind: run.type,
    parents: Object.entries(plan.tables).map(([id, hash]) => ({ kind: 'table', id, sha256: hash })),
    parameters: {
      annotators,
      // Pairs: their order decides between equal remainders, and an object's is lost on the way.
      splits: Object.entries(run.splits).map(([split, share]) => [split, share]),
      stratify: run.stratify,
      size: run.size ? { ...run.size } : null,
      fit: run.fit,
      window: run.window,
      burnedIn: run.burnedIn,
      fusion: run.annotators === 'fused' ? { ...FUSION } : null,
      deviceRules: run.deviceRules === undefined ? null : sha256(run.deviceRules),
    },
    seed: run.seed,
    codeVersion: run.codeVersion,
    inputs: gathered.inputs,
    counts,
    quarantined: countBy(problems.filter(({ kind }) => kind === 'image')),
    classes: plan.classes,
    labels: Object.fromEntries(plan.classes.map((name, id) => [name, id])),
    splits: Object.fromEntries(
      Object.entries(statistics.splits).map(([split, s]) => {
        const own = gathered.files.filter(({ path: at }) => at.startsWith(`organized/${split}/`));
        const classes = Object.fromEntries(
          Object.entries(s.classes).map(([name, { images: n }]) => [name, n]),
        );
        return [
          split,
          {
            images: s.images,
            examples: s.files,
            classes,
            patients: s.patients,
            files: own.length,
            bytes: own.reduce((sum, { bytes }) => sum + bytes, 0),
            mean: null,
            std: null,
          },
        ];
      }),
    ),
    files,
    mean: null,
    std: null,
    details: {
      leakage: { ...leakage },
      boxes: Object.values(statistics.splits).reduce((sum, { boxes }) => sum + boxes, 0),
      fixes: { ...statistics.fixes },
      rows: plan.rows,
      quarantinedRows: countBy(problems.filter(({ kind }) => kind === 'row')),
      skipped: { ...plan.skipped },
    },
  });
  const manifestHash = await publishVersion(store, run.prefix, manifest);
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

/** What is kept of an image for the tables and the catalog. */
type Placed = Pick<BuiltImage, 'imageId' | 'split' | 'unit' | 'patient' | 'imageKey'>;

async function gather(deps: Deps, run: DetectionRun, plan: PlanFile) {
  const agreement = new AgreementBuilder(plan.classes);
  const statistics = new StatisticsBuilder(plan.classes, Object.keys(plan.splitShards));
  const leakage = new LeakageBuilder();
  const problems: Problem[] = [...(await readLines<Problem>(deps.objects, staged.problems(run)))];
  const files: VersionFile[] = [];
  const images: Placed[] = [];
  const inputs: string[] = [];
  let bytes = 0;
  for (let shard = 0; shard < plan.shards; shard++) {
    for (const line of await readLines<BuiltLine>(deps.objects, staged.built(run, shard))) {
      if ('left' in line) {
        problems.push(line.left);
        continue;
      }
      const { imageId, split, unit, patient, imageKey } = line;
      agreement.add(line.readings);
      statistics.add(line);
      leakage.add(line);
      problems.push(...line.problems);
      files.push(...line.files);
      images.push({ imageId, split, unit, patient, imageKey });
      inputs.push(sha256(canonicalJson([imageId, line.source.sha256, split, line.readings])));
      bytes += line.source.bytes;
    }
  }
  return {
    agreement: agreement.result(),
    statistics: statistics.result(),
    leakage: leakage.result(),
    problems,
    files,
    images,
    inputs: { items: images.length, bytes, sha256: sha256(inputs.join('\n')) },
  };
}

async function* cocoImages(
  deps: Deps,
  run: DetectionRun,
  { splitShards }: PlanFile,
  split: string,
): AsyncGenerator<CocoImage> {
  const { from, to } = splitShards[split] ?? { from: 0, to: 0 };
  for (let shard = from; shard < to; shard++)
    for (const line of await readLines<BuiltLine>(deps.objects, staged.built(run, shard))) {
      if ('left' in line) continue;
      for (const { name, boxes } of line.labelled)
        yield { fileName: `${name}.png`, ...line.placement.to, boxes };
    }
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

/** Rows after objects: whoever dies in between does it again. */
async function record(
  deps: Deps,
  run: DetectionRun,
  manifest: VersionManifest,
  manifestHash: string,
  { images, problems }: Awaited<ReturnType<typeof gather>>,
): Promise<void> {
  const { db } = deps.catalog;
  const patients = function* (): Generator<VersionPatient> {
    for (const { patient, split } of images) if (patient !== null) yield { patient, split, images: 1 };
  };
  await rememberSplits(
    db,
    run.destination,
    run.version,
    images.flatMap(({ unit, imageKey, split }) =>
      unit === imageKey
        ? [{ patient: unit, split }]
        : [unit, imageKey].map((patient) => ({ patient, split })),
    ),
  );
  await quarantine(deps, run, problems);
  await recordVersion(
    deps.catalog,
    {
      uri: uriOf(run.destination, run.version),
      root: run.destination,
      dataset: manifest.dataset,
      version: run.version,
      kind: run.type,
      source: run.source,
      manifestHash,
      parametersHash: manifest.parametersHash,
      inputsHash: manifest.inputs.sha256,
      codeVersion: run.codeVersion,
      seed: run.seed,
      images: images.length,
      bytes: manifest.files.reduce((sum, { bytes }) => sum + bytes, 0),
      splits: manifest.classBalance,
      parents: manifest.parents,
      runId: run.runId,
    },
    patients(),
  );
  const current = await currentVersion(db, run.destination);
  if (current) await writePointer(deps.store(run.destination), '', current.version);
}

/** What was left out goes into the ledger, where `cxrflow quarantine list` shows it. */
async function quarantine(deps: Deps, run: DetectionRun, problems: readonly Problem[]): Promise<void> {
  const { pathKey } = deps.keyring;
  const source = datasetSource(run.destination);
  const items = problems.map((problem) => {
    const place = placeOf(problem);
    return {
      fileId: fileId(pathKey, source, place),
      sealedPath: problem.sealedPath
        ? Buffer.from(problem.sealedPath, 'base64')
        : sealPath(pathKey, Buffer.from(place)),
      size: 0,
      version: run.version,
      code: problem.code,
      reason: reasonOf(problem),
    };
  });
  for (let at = 0; at < items.length; at += ITEMS_A_STATEMENT)
    await quarantineItems(deps.catalog.db, {
      runId: run.runId,
      source,
      items: items.slice(at, at + ITEMS_A_STATEMENT),
    });
  await clearItems(deps.catalog.db, source, run.runId);
}

function placeOf({ kind, imageId, line }: Problem): string {
  return kind === 'row' ? `boxes#${line ?? 0}` : `image/${imageId}`;
}

function reasonOf({ code, line }: Problem): string {
  const message = code in ERRORS ? ERRORS[code as ErrorCode].message : code;
  return line === undefined ? message : `${message} (line ${line} of the boxes)`;
}

function splitsCsv(images: readonly Placed[]): string {
  const rows = images.map(({ imageId, patient, split }) => [imageId, patient ?? '', split]);
  return stringify([['image_id', 'patient', 'split'], ...rows]);
}

function quarantineCsv(problems: readonly Problem[]): string {
  const rows = problems.map((problem) => [
    problem.kind,
    problem.imageId,
    problem.line ?? '',
    problem.code,
    reasonOf(problem),
  ]);
  return stringify([['kind', 'image_id', 'line', 'code', 'reason'], ...rows]);
}

function countBy(problems: readonly Problem[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { code } of [...problems].sort((a, b) => (a.code < b.code ? -1 : 1)))
    counts[code] = (counts[code] ?? 0) + 1;
  return counts;
}

/** The last name of the folder that the versions share. */
function datasetName({ destination }: DetectionRun): string {
  return destination.replace(/\/+$/, '').split('/').at(-1) || 'detection';
}

function weightedIou(pairs: readonly { meanIou: number | null; matched: number }[]): number | null {
  const matched = pairs.reduce((sum, pair) => sum + pair.matched, 0);
  return matched === 0
    ? null
    : pairs.reduce((sum, pair) => sum + (pair.meanIou ?? 0) * pair.matched, 0) / matched;
}
