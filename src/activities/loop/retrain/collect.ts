import {
  countOpen,
  knownFiles,
  type LoopFile,
  type NewFeedback,
  reopenCorrected,
  reopenSure,
  replaceFeedback,
  settleFiles,
} from '../../../catalog/feedback.js';
import { CxrError } from '../../../errors.js';
import { insideImage, readFeedback } from '../../../models/feedback/read.js';
import type { Feedback } from '../../../models/feedback/types.js';
import { fileId, sealPath } from '../../../privacy/seal.js';
import type { ObjectInfo } from '../../../storage/port.js';
import type { Collected, LoopIoActivities, RetrainRun } from '../../api/loop.js';
import { beating } from '../../beat.js';
import type { Deps } from '../../deps.js';
import { each } from '../../each.js';
import { patiently } from '../../patience.js';
import { type Dataset, openDataset } from '../dataset.js';
import { knownImages } from './image-facts.js';

const BATCH = 200;
const READS = 8;
/** A feedback file with a hundred thousand boxes has less. */
const LARGEST = 64 * 1024 * 1024;

type Read =
  | { readonly file: LoopFile; readonly feedback: readonly Feedback[] }
  | { readonly file: LoopFile; readonly feedback?: undefined };

/** Reads feedback files that are new or changed, each whole or not at all: one that is wrong goes to quarantine. */
export function collectFeedback(deps: Deps): LoopIoActivities['collectFeedback'] {
  return ({ run }) =>
    beating<Collected, undefined>((_, signal) =>
      patiently(run.retry, signal, async (further) => {
        const dataset = await openDataset(deps, run.dataset);
        const counts = { found: 0, done: 0, skipped: 0, ignored: 0, quarantined: 0 };
        const take = async (batch: readonly ObjectInfo[]) => {
          signal.throwIfAborted();
          const taken = await takeBatch(deps, run, dataset, batch);
          counts.found += batch.length;
          for (const outcome of taken) counts[outcome] += 1;
          further();
        };
        let batch: ObjectInfo[] = [];
        for await (const object of deps.store(run.feedback).list('', { signal })) {
          if (!object.key.endsWith('.json')) {
            counts.found += 1;
            counts.ignored += 1;
            continue;
          }
          batch.push(object);
          if (batch.length < BATCH) continue;
          await take(batch);
          batch = [];
        }
        await take(batch);
        await reopenCorrected(deps.catalog.db, run.feedback);
        await reopenSure(deps.catalog.db, run.feedback, run.confidence);
        return { counts, waiting: await countOpen(deps.catalog.db, run.feedback) };
      }),
    );
}

type Outcome = 'done' | 'skipped' | 'quarantined';

async function takeBatch(
  deps: Deps,
  run: RetrainRun,
  dataset: Dataset,
  objects: readonly ObjectInfo[],
): Promise<readonly Outcome[]> {
  const { pathKey } = deps.keyring;
  const files = objects.map((object) => ({ ...object, fileId: fileId(pathKey, run.feedback, object.key) }));
  const ledger = await knownFiles(
    deps.catalog.db,
    files.map((file) => file.fileId),
  );
  const outcomes: Outcome[] = [];
  const fresh: typeof files = [];
  for (const file of files) {
    const row = ledger.get(file.fileId);
    const same =
      row !== undefined && row.state !== 'pending' && row.size === file.size && row.version === file.version;
    if (!same) fresh.push(file);
    // A retry of this step finds what it has done itself.
    else if (row.run_id !== run.runId) outcomes.push('skipped');
    else outcomes.push(row.state === 'quarantined' ? 'quarantined' : 'done');
  }
  const read = await each(fresh, READS, (file) => readOne(deps, run, dataset, file));
  const feedback = await withFacts(deps, dataset, read);
  const settled = read.map((one) => feedback.get(one.file.fileId)?.file ?? one.file);
  await deps.catalog.transaction(async (trx) => {
    await settleFiles(trx, run.runId, settled);
    await replaceFeedback(
      trx,
      { runId: run.runId, source: run.feedback },
      fresh.map((file) => file.fileId),
      [...feedback.values()].flatMap(({ rows }) => rows),
    );
  });
  return [...outcomes, ...settled.map(({ state }): Outcome => (state === 'stored' ? 'done' : 'quarantined'))];
}

async function readOne(
  { store, keyring }: Deps,
  run: RetrainRun,
  { classes }: Dataset,
  { key, size, version, fileId: id }: ObjectInfo & { readonly fileId: string },
): Promise<Read> {
  const file: LoopFile = {
    fileId: id,
    source: run.feedback,
    sealedPath: sealPath(keyring.pathKey, Buffer.from(key)),
    size,
    version,
    state: 'stored',
    images: 0,
  };
  try {
    const bytes = await store(run.feedback).read(key, { maxBytes: LARGEST });
    const named = key.slice(key.lastIndexOf('/') + 1, -'.json'.length);
    const feedback = readFeedback(bytes, named, classes.length);
    return { file: { ...file, images: feedback.length }, feedback };
  } catch (error) {
    return { file: quarantined(file, error) };
  }
}

/** Rows of the files all of whose images are known and hold their boxes; the other files with what is wrong. */
async function withFacts(
  deps: Deps,
  dataset: Dataset,
  read: readonly Read[],
): Promise<ReadonlyMap<string, { readonly file: LoopFile; readonly rows: readonly NewFeedback[] }>> {
  const ids = read.flatMap(({ feedback = [] }) => feedback.map(({ imageId }) => imageId));
  const images = await knownImages(deps, dataset, ids);
  const found = new Map<string, { file: LoopFile; rows: readonly NewFeedback[] }>();
  for (const { file, feedback } of read) {
    if (!feedback) continue;
    try {
      const rows = feedback.map((one): NewFeedback => {
        const image = images.get(one.imageId);
        if (!image) throw new CxrError('FEEDBACK_UNKNOWN_IMAGE');
        const { imageId, modelVersion, timestamp: saidAt, predictions } = insideImage(one, image);
        const { patient, width, height } = image;
        return { fileId: file.fileId, imageId, modelVersion, saidAt, patient, width, height, predictions };
      });
      found.set(file.fileId, { file, rows });
    } catch (error) {
      found.set(file.fileId, { file: quarantined(file, error), rows: [] });
    }
  }
  return found;
}

/** @throws what is not the file's fault */
function quarantined(file: LoopFile, error: unknown): LoopFile {
  if (!(error instanceof CxrError) || error.kind !== 'file') throw error;
  return { ...file, state: 'quarantined', code: error.code, reason: error.message, images: 0 };
}
