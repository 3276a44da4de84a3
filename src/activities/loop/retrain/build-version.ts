import { stringify } from 'csv-stringify/sync';
import { stringify as yaml } from 'yaml';
import { listVersions, type VersionPatient } from '../../../catalog/dataset-versions.js';
import type { LabelledBox } from '../../../datasets/boxes/rules.js';
import { canonicalJson, sha256 } from '../../../datasets/version/canonical.js';
import {
  type VersionFile,
  type VersionManifest,
  versionManifest,
} from '../../../datasets/version/manifest.js';
import { yoloLabels } from '../../../datasets/yolo.js';
import { CxrError, isCxrError } from '../../../errors.js';
import { RETRAIN_COLUMNS, retrainRows } from '../../../models/feedback/labels.js';
import type { Finding, ImageFacts } from '../../../models/feedback/types.js';
import { uriOf } from '../../../storage/open.js';
import type { LoopIoActivities, RetrainRun, SelectionSummary, VersionRef } from '../../api/loop.js';
import { beating } from '../../beat.js';
import type { Deps } from '../../deps.js';
import { each } from '../../each.js';
import { patiently } from '../../patience.js';
import { readLines } from '../../staging.js';
import { abandonVersion, claimVersion, publishVersion, readVersion } from '../../versions/publish.js';
import { recordPublished } from '../../versions/record.js';
import { writeVersionFile } from '../../versions/write.js';
import { type Dataset, openDataset, RETRAIN } from '../dataset.js';
import { loopStaged, readJson, writeJson } from '../staged.js';
import { knownImages } from './image-facts.js';
import { nextVersionName } from './next-version.js';
import { type Decided, isSelected } from './select.js';

const AT_ONCE = 8;
type Chosen = Extract<Decided, { outcome: 'selected' }>;

/**
 * Builds the next version: what was selected, as `organized/retrain/` and `retrain.csv`, upon the version before it,
 * whose files stay where they are. Validation, test and canary are those of the beginning.
 */
export function buildRetrainVersion(deps: Deps): LoopIoActivities['buildRetrainVersion'] {
  return ({ run, selection }) =>
    beating<VersionRef, undefined>((_, signal) =>
      patiently(run.retry, signal, async (further) => {
        const dataset = await openDataset(deps, run.dataset);
        const decided = await readLines<Decided>(deps.objects, loopStaged.selection(run));
        const selected = decided.filter(isSelected);
        needClasses(dataset, selected);
        if (selected.length === 0) return run.dataset;
        const selectionHash = sha256(canonicalJson(selected));
        // What a run that failed behind this step has built is not built again under another name.
        if (detailsOf(dataset.links[0]?.manifest).selection === selectionHash) return run.dataset;
        return await build(deps, run, dataset, selected, { selection, selectionHash, signal, further });
      }),
    );
}

/** A version that exists stays: the next run goes on with it. */
export function dropRetrainVersion(deps: Deps): LoopIoActivities['dropRetrainVersion'] {
  return ({ run }) =>
    beating<void, undefined>((_, signal) =>
      patiently(run.retry, signal, async () => {
        const named = await readJson<{ version: string }>(deps.objects, loopStaged.version(run));
        if (named) await abandonVersion(deps.store(run.dataset.root), `${named.version}/`, run.runId);
      }),
    );
}

function detailsOf(manifest: VersionManifest | undefined): { readonly selection?: unknown } {
  return (manifest?.details ?? {}) as { readonly selection?: unknown };
}

interface Building {
  readonly selection: SelectionSummary;
  readonly selectionHash: string;
  readonly signal: AbortSignal;
  readonly further: () => void;
}

async function build(
  deps: Deps,
  run: RetrainRun,
  dataset: Dataset,
  selected: readonly Chosen[],
  { selection, selectionHash, signal, further }: Building,
): Promise<VersionRef> {
  const store = deps.store(run.dataset.root);
  const version = await nameOf(deps, run);
  const prefix = `${version}/`;
  const published = await publishedBefore(deps, run, version, selectionHash);
  if (published) return published;
  await claimVersion(store, prefix, run.runId);
  const put = (path: string, contentType: string, body: string | Uint8Array) =>
    writeVersionFile(store, prefix, path, () => Buffer.from(body), { contentType, signal });
  const sources = await knownImages(
    deps,
    dataset,
    selected.map(({ imageId }) => imageId),
  );
  const files: VersionFile[] = [];
  const inputs: string[] = [];
  await each(selected, AT_ONCE, async (one, i) => {
    const source = sources.get(one.imageId);
    if (!source) throw new CxrError('FEEDBACK_UNKNOWN_IMAGE', 'it is gone since its feedback was read');
    const picture = await source.store.read(source.key, { signal });
    const image = await put(`organized/${RETRAIN}/images/${one.imageId}.png`, 'image/png', picture);
    const labels = yoloLabels(one.labels.map(boxed(one)), one);
    files.push(image, await put(`organized/${RETRAIN}/labels/${one.imageId}.txt`, 'text/plain', labels));
    inputs[i] = sha256(canonicalJson([one.imageId, image.sha256, RETRAIN, one.labels]));
    further();
  });
  const images = [...files];
  const rows = [RETRAIN_COLUMNS, ...retrainRows(selected, dataset.classes)];
  const owners = selected.map(({ imageId, patient }) => [
    imageId,
    patient === imageId ? '' : patient,
    RETRAIN,
  ]);
  files.push(
    await put('retrain.csv', 'text/csv', stringify(rows)),
    await put('splits.csv', 'text/csv', stringify([['image_id', 'patient', 'split'], ...owners])),
    await put('organized/data.yaml', 'application/yaml', dataYaml(dataset)),
  );
  const patients = patientsOf(selected);
  const { ref } = dataset;
  const bytes = (of: readonly VersionFile[]) => of.reduce((sum, file) => sum + file.bytes, 0);
  const manifest = versionManifest({
    dataset: ref.dataset,
    version,
    kind: 'feedbackRetrain',
    parents: [{ kind: 'dataset', id: uriOf(ref.root, ref.version), sha256: ref.hash }],
    parameters: { confidence: run.confidence },
    seed: run.seed,
    codeVersion: deps.codeVersion,
    inputs: { items: selected.length, bytes: bytes(images), sha256: sha256(inputs.join('\n')) },
    counts: {
      found: selected.length + sum(selection.left),
      done: selected.length,
      skipped: sum(selection.left),
      ignored: 0,
      quarantined: 0,
    },
    quarantined: {},
    classes: dataset.classes,
    labels: Object.fromEntries(dataset.classes.map((name, id) => [name, id])),
    splits: {
      [RETRAIN]: {
        images: selected.length,
        examples: selected.length,
        classes: imagesByClass(dataset, selected),
        patients: patients.length,
        files: images.length,
        bytes: bytes(images),
        mean: null,
        std: null,
      },
    },
    files,
    mean: null,
    std: null,
    details: {
      parent: ref.version,
      selection: selectionHash,
      corrections: selection.corrections,
      left: { ...selection.left },
    },
  });
  const hash = await publishVersion(store, prefix, manifest);
  await record(deps, run, manifest, hash, patients);
  return { ...ref, version, hash };
}

/** A finding about the whole image is a box of the whole image. */
const boxed =
  ({ width, height }: ImageFacts) =>
  ({ classId, bbox }: Finding): LabelledBox => ({ classId, box: bbox ?? [0, 0, width, height] });

/** The name is decided once: a retry of this step goes on under it. */
async function nameOf(deps: Deps, run: RetrainRun): Promise<string> {
  const key = loopStaged.version(run);
  const before = await readJson<{ version: string }>(deps.objects, key);
  if (before) return before.version;
  const names = (await listVersions(deps.catalog.db)).filter(({ root }) => root === run.dataset.root);
  const taken = new Set(names.map(({ version }) => version));
  const version = run.newVersion ?? nextVersionName(run.dataset.version, taken);
  if (taken.has(version)) throw new CxrError('VERSION_EXISTS', version);
  await writeJson(deps.objects, key, { version });
  return version;
}

/** A worker may have died between publishing and recording, or behind both. */
async function publishedBefore(
  deps: Deps,
  run: RetrainRun,
  version: string,
  selectionHash: string,
): Promise<VersionRef | undefined> {
  try {
    const { manifest, sha256: hash } = await readVersion(deps.store(run.dataset.root), `${version}/`);
    if (detailsOf(manifest).selection !== selectionHash) return undefined;
    const selected = await readLines<Decided>(deps.objects, loopStaged.selection(run));
    await record(deps, run, manifest, hash, patientsOf(selected.filter(isSelected)));
    return { ...run.dataset, version, hash };
  } catch (error) {
    if (isCxrError(error) && error.code === 'VERSION_MISSING') return undefined;
    throw error;
  }
}

async function record(
  deps: Deps,
  run: RetrainRun,
  manifest: VersionManifest,
  manifestHash: string,
  patients: readonly VersionPatient[],
): Promise<void> {
  const { runId, feedback: source } = run;
  await recordPublished(deps, { root: run.dataset.root, manifest, manifestHash, source, runId }, patients);
}

/** Patients that are known, with how many of their images were selected. */
function patientsOf(selected: readonly Chosen[]): readonly VersionPatient[] {
  const counts = new Map<string, number>();
  for (const { patient, imageId } of selected)
    if (patient !== imageId) counts.set(patient, (counts.get(patient) ?? 0) + 1);
  return [...counts].map(([patient, images]) => ({ patient, split: RETRAIN, images }));
}

/** @throws CxrError TRAINING_SET_EMPTY, TRAINING_SET_ONE_CLASS */
function needClasses(dataset: Dataset, selected: readonly Chosen[]): void {
  const added = new Set(selected.map(({ imageId }) => imageId));
  const images = dataset.training().filter(({ imageId }) => !added.has(imageId)).length + selected.length;
  if (images === 0) throw new CxrError('TRAINING_SET_EMPTY');
  const present = new Set<string>();
  for (const { manifest } of dataset.links)
    for (const [split, classes] of Object.entries(manifest.classBalance))
      if (split === RETRAIN || /^train(ing)?$/.test(split))
        for (const [name, n] of Object.entries(classes)) if (n > 0) present.add(name);
  for (const [name, n] of Object.entries(imagesByClass(dataset, selected))) if (n > 0) present.add(name);
  const known = [...present].filter((name) => dataset.classes.includes(name));
  if (known.length === 0) throw new CxrError('TRAINING_SET_EMPTY', `${images} images without a label`);
  // Of a dataset that has one class only, images without it are the other.
  if (dataset.classes.length > 1 && known.length === 1)
    throw new CxrError('TRAINING_SET_ONE_CLASS', `${images} images`);
}

function imagesByClass({ classes }: Dataset, selected: readonly Chosen[]): Record<string, number> {
  const counts: Record<string, number> = Object.fromEntries(classes.map((name) => [name, 0]));
  for (const { labels } of selected)
    for (const classId of new Set(labels.map((label) => label.classId))) {
      const name = classes[classId] ?? '';
      counts[name] = (counts[name] ?? 0) + 1;
    }
  return counts;
}

/** For trainers that read the folders as they lie: training is the beginning's and all that was added since. */
function dataYaml({ links, classes, split }: Dataset): string {
  const base = links[links.length - 1]?.ref.version ?? '';
  const training = split('training').length > 0 ? 'training' : 'train';
  const before = links.slice(0, -1).map(({ ref }) => `../../${ref.version}/organized/${RETRAIN}/images`);
  const folder = (name: string) => `../../${base}/organized/${name}/images`;
  const validation = split('validation').length > 0 ? 'validation' : 'val';
  return yaml({
    path: '',
    train: [folder(training), ...before.reverse(), `${RETRAIN}/images`],
    val: folder(validation),
    test: folder('test'),
    nc: classes.length,
    names: Object.fromEntries(classes.entries()),
  });
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((a, b) => a + b, 0);
}
