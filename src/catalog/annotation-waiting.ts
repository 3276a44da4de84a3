/** Records of annotations that wait for their images, and the images that they may mean. */
import { sql } from 'kysely';
import { batch, texts } from './batch.js';
import type { Db, Trx } from './database.js';
import type { AnnotationKind, LabelValue } from './tables/annotations.js';

/** What has to be known of an image to place a record on it. */
export interface ImageFacts {
  readonly image_id: string;
  readonly frame: number;
  /** Pixels. */
  readonly rows: number;
  readonly columns: number;
}

/**
 * Stored images by what they may be called: an image id (`I…`), the id of the file they came from (`F…`) or the
 * pseudonym of their SOP Instance UID.
 */
export async function imagesByRef(
  db: Db,
  refs: readonly string[],
): Promise<ReadonlyMap<string, readonly ImageFacts[]>> {
  if (refs.length === 0) return new Map();
  const starting = (letter: string) => texts(refs.filter((ref) => ref.startsWith(letter)));
  const uids = texts(refs.filter((ref) => /^\d/.test(ref)));
  const { rows } = await sql<ImageFacts & { ref: string }>`
    select ref, image_id, frame, rows, columns from (
      select image_id as ref, * from images where image_id = any(${starting('I')})
      union all select file_id, * from images where file_id = any(${starting('F')})
      union all select instance_uid, * from images where instance_uid = any(${uids})
    ) found where state in ('stored', 'suboptimal', 'review')`.execute(db);
  const found = new Map<string, ImageFacts[]>();
  for (const { ref, ...image } of rows) found.set(ref, [...(found.get(ref) ?? []), image]);
  return found;
}

export interface WaitingRecord {
  readonly file_id: string;
  readonly revision: number;
  readonly position: number;
  readonly record_id: string;
  readonly refs: readonly string[];
  readonly frame: number | null;
  /** Pixels of the image it was made on. */
  readonly width: number | null;
  readonly height: number | null;
  readonly kind: AnnotationKind;
  readonly value: LabelValue;
  readonly x_min: number | null;
  readonly y_min: number | null;
  readonly x_max: number | null;
  readonly y_max: number | null;
  readonly content: string;
}

/** Where a page of waiting records ended. */
export interface WaitingCursor {
  readonly fileId: string;
  readonly position: number;
}

/** A page of the records that wait for their image, by file and position. */
export async function waitingRecords(
  db: Db,
  source: string,
  after: WaitingCursor | undefined,
  limit: number,
): Promise<readonly WaitingRecord[]> {
  const { rows } = await sql<WaitingRecord>`
    select r.file_id, r.revision, r.position, r.record_id, r.refs, r.frame, r.width, r.height, r.kind, r.value,
      r.x_min, r.y_min, r.x_max, r.y_max, r.content
    from annotation_records r join annotation_files f on f.file_id = r.file_id and f.revision = r.revision
    where r.code = 'IMAGE_UNKNOWN' and f.source = ${source}
      and (r.file_id, r.position) > (${after?.fileId ?? ''}, ${after?.position ?? 0}::int)
    order by r.file_id, r.position limit ${limit}`.execute(db);
  return rows;
}

/** What became of a record that had waited; without a code it is applied. */
export interface Released {
  readonly fileId: string;
  readonly revision: number;
  readonly position: number;
  readonly recordId: string;
  readonly imageId?: string | undefined;
  readonly box?: readonly [number, number, number, number] | undefined;
  readonly state: 'applied' | 'duplicate' | 'quarantined';
  readonly code?: string | undefined;
  readonly reason?: string | undefined;
}

/**
 * Settles records that had waited, each once; the ledger follows.
 * @returns how many of each file are applied by this call
 */
export async function release(
  trx: Trx,
  runId: string,
  records: readonly Released[],
): Promise<ReadonlyMap<string, number>> {
  const rows = records.map(({ box, ...record }) => ({ ...record, ...(box && corners(box)) }));
  const { rows: settled } = await sql<{ file_id: string; state: string }>`
    update annotation_records r set state = a.state, code = a.code, reason = a.reason, image_id = a."imageId",
      refs = null, x_min = a.x_min, y_min = a.y_min, x_max = a.x_max, y_max = a.y_max
    from jsonb_to_recordset(${batch(rows)}) as a("fileId" text, revision int, position int, "imageId" text,
      state text, code text, reason text, x_min float8, y_min float8, x_max float8, y_max float8)
    where r.file_id = a."fileId" and r.revision = a.revision and r.position = a.position
      and r.code = 'IMAGE_UNKNOWN'
    returning r.file_id, r.state`.execute(trx);
  const gone = records.filter(({ state }) => state !== 'quarantined').map(({ recordId }) => recordId);
  await sql`delete from files where file_id = any(${texts(gone)})`.execute(trx);
  await sql`
    update files set state = 'quarantined', code = a.code, reason = a.reason, run_id = ${runId}, updated_at = now()
    from jsonb_to_recordset(${batch(records.filter(({ state }) => state === 'quarantined'))})
      as a("recordId" text, code text, reason text)
    where files.file_id = a."recordId"`.execute(trx);
  const applied = new Map<string, number>();
  for (const { file_id, state } of settled)
    if (state === 'applied') applied.set(file_id, (applied.get(file_id) ?? 0) + 1);
  const retried = [...applied].map(([fileId, records]) => ({ fileId, records }));
  await sql`
    update annotation_files f set retried_run = ${runId},
      retried = case when f.retried_run = ${runId} then f.retried else 0 end + a.records
    from jsonb_to_recordset(${batch(retried)}) as a("fileId" text, records int)
    where f.file_id = a."fileId"`.execute(trx);
  return applied;
}

/** A box as columns. */
export function corners([x_min, y_min, x_max, y_max]: readonly [number, number, number, number]) {
  return { x_min, y_min, x_max, y_max };
}
