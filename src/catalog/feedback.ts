import { type Selectable, sql } from 'kysely';
import { base64, batch, texts } from './batch.js';
import type { Db, Trx } from './database.js';
import type { FileRow } from './files.js';
import type { FeedbackTable } from './tables/feedback.js';

export type FeedbackRow = Selectable<FeedbackTable>;

/** What became of one file: settled at once, since it is read and decided in one step. */
export interface LoopFile {
  readonly fileId: string;
  readonly source: string;
  readonly sealedPath: Uint8Array;
  /** Bytes. */
  readonly size: number;
  readonly version: string;
  readonly state: 'stored' | 'quarantined';
  readonly code?: string | undefined;
  readonly reason?: string | undefined;
  readonly images: number;
}

export interface NewFeedback {
  readonly fileId: string;
  readonly imageId: string;
  readonly modelVersion: string | null;
  /** ISO time. */
  readonly saidAt: string | null;
  readonly patient: string;
  readonly width: number;
  readonly height: number;
  readonly predictions: FeedbackRow['predictions'];
}

/** Enters files into the ledger with their outcome. A repeat writes the same. */
export async function settleFiles(trx: Trx, runId: string, files: readonly LoopFile[]): Promise<void> {
  const rows = files.map((file) => ({ ...file, sealedPath: base64(file.sealedPath) }));
  await sql`
    insert into files (file_id, source, sealed_path, size, version, state, code, reason, image_count, run_id)
    select r."fileId", r.source, decode(r."sealedPath", 'base64'), r.size, r.version, r.state, r.code, r.reason,
      r.images, ${runId}
    from jsonb_to_recordset(${batch(rows)}) as r("fileId" text, source text, "sealedPath" text, size bigint,
      version text, state text, code text, reason text, images int)
    order by r."fileId"
    on conflict (file_id) do update set size = excluded.size, version = excluded.version, state = excluded.state,
      prior_state = null, code = excluded.code, reason = excluded.reason, image_count = excluded.image_count,
      run_id = excluded.run_id, updated_at = now()`.execute(trx);
}

/** Files that failed before and were done now. */
export async function clearQuarantine(trx: Trx, fileIds: readonly string[]): Promise<void> {
  await sql`
    update files set state = 'stored', code = null, reason = null, updated_at = now()
    where file_id = any(${texts(fileIds)}) and state <> 'stored'`.execute(trx);
}

/** What the ledger has of these files, by id. */
export async function knownFiles(
  db: Db,
  fileIds: readonly string[],
): Promise<ReadonlyMap<string, Pick<FileRow, 'size' | 'version' | 'state' | 'run_id'>>> {
  const rows = await db
    .selectFrom('files')
    .select(['file_id', 'size', 'version', 'state', 'run_id'])
    .where('file_id', '=', sql<string>`any(${texts(fileIds)})`)
    .execute();
  return new Map(rows.map((row) => [row.file_id, row]));
}

/** What these files say, instead of what they said before; what was decided on that is forgotten with it. */
export async function replaceFeedback(
  trx: Trx,
  run: { readonly runId: string; readonly source: string },
  fileIds: readonly string[],
  feedback: readonly NewFeedback[],
): Promise<void> {
  if (fileIds.length > 0)
    await trx
      .deleteFrom('feedback')
      .where('file_id', 'in', [...fileIds])
      .execute();
  await sql`
    insert into feedback (file_id, image_id, source, model_version, said_at, patient, width, height, predictions,
      collected_run)
    select r."fileId", r."imageId", ${run.source}, r."modelVersion", r."saidAt", r.patient, r.width, r.height,
      r.predictions, ${run.runId}
    from jsonb_to_recordset(${batch(feedback)}) as r("fileId" text, "imageId" text, "modelVersion" text,
      "saidAt" timestamptz, patient text, width int, height int, predictions jsonb)
    order by r."fileId", r."imageId"`.execute(trx);
}

/** Corrections that were made after a run decided on an image: it is decided on again. */
export async function reopenCorrected(db: Db, source: string): Promise<void> {
  await sql`
    update feedback set outcome = null, version = null, decided_run = null, decided_at = null
    where source = ${source} and outcome is not null and exists (
      select from annotations a where a.image_id = feedback.image_id and a.applied_at > feedback.decided_at)`.execute(
    db,
  );
}

/**
 * Images that were left because the model was not sure enough, where what was said last passes now that less is asked:
 * they are decided on again.
 */
export async function reopenSure(db: Db, source: string, confidence: number): Promise<void> {
  await sql`
    update feedback set outcome = null, decided_run = null, decided_at = null
    where source = ${source} and outcome = 'LOW_CONFIDENCE' and image_id in (
      select image_id from (
        select distinct on (image_id) image_id, outcome, predictions from feedback where source = ${source}
        order by image_id, said_at desc nulls last, collected_at desc, file_id) as last
      where outcome = 'LOW_CONFIDENCE' and not exists (
        select from jsonb_array_elements(predictions) p where (p ->> 'confidence')::float8 <= ${confidence}))`.execute(
    db,
  );
}

/** How many images have feedback that no run has decided on. */
export async function countOpen(db: Db, source: string): Promise<number> {
  const { rows } = await sql<{ images: number }>`
    select count(distinct image_id) as images from feedback where source = ${source} and outcome is null`.execute(
    db,
  );
  return rows[0]?.images ?? 0;
}

/**
 * Images that wait for a decision, by image id, each with what was said of it last; a page at a time.
 * @param after image id to go on behind
 */
export async function openFeedback(
  db: Db,
  source: string,
  { after, limit }: { readonly after: string; readonly limit: number },
): Promise<readonly FeedbackRow[]> {
  const { rows } = await sql<FeedbackRow>`
    select distinct on (image_id) * from feedback
    where source = ${source} and outcome is null and image_id > ${after}
    order by image_id, said_at desc nulls last, collected_at desc, file_id limit ${limit}`.execute(db);
  return rows;
}

/** What a run decided on images; all that was said of them is decided with it. */
export async function decide(
  trx: Trx,
  run: { readonly runId: string; readonly source: string },
  outcomes: readonly {
    readonly imageId: string;
    readonly outcome: string;
    readonly version: string | null;
  }[],
): Promise<void> {
  await sql`
    update feedback set outcome = r.outcome, version = r.version, decided_run = ${run.runId}, decided_at = now()
    from jsonb_to_recordset(${batch(outcomes)}) as r("imageId" text, outcome text, version text)
    where feedback.image_id = r."imageId" and feedback.source = ${run.source} and feedback.outcome is null`.execute(
    trx,
  );
}

/** All that was said lately, for reports: the latest first. */
export async function latestFeedback(db: Db, source: string, limit: number): Promise<readonly FeedbackRow[]> {
  const { rows } = await sql<FeedbackRow>`
    select * from (
      select distinct on (image_id) * from feedback where source = ${source}
      order by image_id, said_at desc nulls last, collected_at desc, file_id
    ) latest order by said_at desc nulls last, image_id limit ${limit}`.execute(db);
  return rows;
}
