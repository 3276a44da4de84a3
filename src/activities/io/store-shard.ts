import { type FileOutcome, settle } from '../../catalog/files.js';
import { markStored, type NewImage, type Placed, place, unplace } from '../../catalog/images.js';
import { addCounts } from '../../catalog/runs.js';
import { setState } from '../../catalog/shards.js';
import { assignPatients } from '../../catalog/studies.js';
import { ERRORS } from '../../errors.js';
import type { IoActivities, RunSettings, StoreShardResult } from '../api.js';
import { beating } from '../beat.js';
import type { Deps } from '../deps.js';
import { each } from '../each.js';
import { patiently } from '../patience.js';
import { type FileRecord, outcomeOf } from '../records.js';
import { type ExtractedManifest, readLines, readManifest, staged } from '../staging.js';
import { type DoneRecord, imageObject, newImages } from './image-rows.js';
import { makeContainers, placeOf, REVIEW, transfer } from './places.js';

/** Objects on their way at a time. */
const UPLOADS = 8;

/**
 * The films of an extracted shard into the catalog and their containers, part by part: the catalog decides the
 * place, the objects go there, the rows become visible. A repeat finds what was decided and ends the same.
 */
export function storeShard(deps: Deps): IoActivities['storeShard'] {
  return ({ run, shard, manifest }) =>
    beating<StoreShardResult, { part: number }>(async (report, signal) => {
      const extracted = await patiently(run.retry, signal, () => readManifest(deps.objects, manifest));
      const sum = { stored: 0, skipped: 0, quarantined: 0, review: 0 };
      const containers = new Set<string>();
      for (const [part, key] of extracted.parts.entries()) {
        const stored = await patiently(run.retry, signal, () => storePart(deps, run, extracted, key));
        sum.stored += stored.stored;
        sum.skipped += stored.skipped;
        sum.quarantined += stored.quarantined;
        sum.review += stored.review;
        for (const name of stored.containers) containers.add(name);
        report({ part });
      }
      await patiently(run.retry, signal, () => setState(deps.catalog.db, extracted.runId, shard, 'stored'));
      return { ...sum, containers: [...containers] };
    });
}

async function storePart(
  deps: Deps,
  run: RunSettings,
  extracted: ExtractedManifest,
  part: string,
): Promise<StoreShardResult> {
  const records = (await readLines<FileRecord>(deps.objects, part)).filter(
    (r): r is DoneRecord => r.status === 'done',
  );
  const files = await decide(deps, run, extracted, records);
  const going = files.filter(({ verdict }) => verdict === 'stored');
  const containers = going.flatMap(({ placed }) => placed.map(({ container }) => container));
  await makeContainers(deps, run.containers, containers);
  await each(
    going.flatMap(({ record, placed }) => placed.map((image, i) => ({ record, image, i }))),
    UPLOADS,
    async ({ record, image, i }) => {
      if (image.state !== 'placed') return;
      const to = placeOf(deps, run.containers, image.container, image.key);
      const frame = record.film.frames[i] as DoneRecord['film']['frames'][number];
      const json = Buffer.from(JSON.stringify(imageObject(record, frame)));
      await to.store.write(to.key.replace(/\.png$/, '.json'), json, { contentType: 'application/json' });
      const from = {
        store: deps.objects,
        key: staged.image(extracted.staging, extracted.shard, frame.imageId),
      };
      await transfer(from, to, 'image/png');
    },
  );
  return await publish(deps, run, extracted, files);
}

interface Decided {
  readonly record: DoneRecord;
  readonly verdict: 'stored' | 'skipped' | 'UID_CONFLICT' | 'PATIENT_CONFLICT';
  /** One a frame. */
  readonly placed: readonly Placed[];
}

/** One transaction: which patient a study has, where each image goes, and which film stays out. */
async function decide(
  deps: Deps,
  run: RunSettings,
  extracted: ExtractedManifest,
  records: readonly DoneRecord[],
): Promise<readonly Decided[]> {
  const { runId, shard, started } = extracted;
  return await deps.catalog.transaction(async (trx) => {
    const claims = records.map(({ fileId, film }) => ({
      studyUid: film.ids.study,
      patient: film.ids.patient,
      patientKnown: film.ids.patientKnown,
      source: extracted.source,
      fileId,
    }));
    const conflicts = new Set((await assignPatients(trx, claims)).map(({ fileId }) => fileId));
    const mine = records.filter(({ fileId }) => !conflicts.has(fileId));
    const images: NewImage[] = mine.flatMap((record) => newImages(deps, run, record));
    const bases = { images: `${run.prefix}-${started}`, review: `${REVIEW}-${started}` };
    const answers = await place(trx, {
      runId,
      shard,
      bases,
      mode: run.containers,
      capacity: run.maxImages,
      images,
    });
    const decided: Decided[] = [];
    let at = 0;
    for (const record of records) {
      if (conflicts.has(record.fileId)) {
        decided.push({ record, verdict: 'PATIENT_CONFLICT', placed: [] });
        continue;
      }
      const placed = answers.slice(at, at + record.film.frames.length);
      at += placed.length;
      const conflict = placed.some(({ outcome }) => outcome === 'conflict');
      const own = placed.some(({ outcome }) => outcome === 'placed');
      // A film whose frames disagree is kept out whole.
      if (conflict && own)
        await unplace(
          trx,
          placed.filter((p) => p.outcome === 'placed').map((p) => p.imageId),
        );
      decided.push({ record, verdict: conflict ? 'UID_CONFLICT' : own ? 'stored' : 'skipped', placed });
    }
    return decided;
  });
}

/** The objects are there: one transaction makes the images visible and settles the files. */
async function publish(
  deps: Deps,
  run: RunSettings,
  extracted: ExtractedManifest,
  files: readonly Decided[],
): Promise<StoreShardResult> {
  const of = (...verdicts: Decided['verdict'][]) => files.filter(({ verdict }) => verdicts.includes(verdict));
  const stored = of('stored');
  const ids = stored.flatMap(({ placed }) => placed.map(({ imageId }) => imageId));
  await deps.catalog.transaction(async (trx) => {
    await markStored(trx, ids);
    const gained = await settle(
      trx,
      extracted.runId,
      files.map((file) => outcome(file, run)),
    );
    await addCounts(trx, run.runId, {
      done: gained.stored,
      skipped: gained.skipped,
      quarantined: gained.quarantined,
    });
  });
  const review = stored.filter(({ record }) => record.film.review.length > 0);
  return {
    stored: stored.length,
    skipped: of('skipped').length,
    quarantined: of('UID_CONFLICT', 'PATIENT_CONFLICT').length,
    review: review.length,
    containers: [...new Set(stored.flatMap(({ placed }) => placed.map(({ container }) => container)))],
  };
}

function outcome({ record, verdict }: Decided, run: RunSettings): FileOutcome {
  const base = outcomeOf(record as FileRecord, run);
  if (verdict === 'stored') return base;
  if (verdict === 'skipped')
    return { ...base, state: 'skipped', code: 'DUPLICATE', reason: 'the same image is stored already' };
  return { ...base, state: 'quarantined', code: verdict, reason: ERRORS[verdict].message };
}
