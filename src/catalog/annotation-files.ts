/**
 * How files of annotations come into effect. Records of a file are staged as its next revision, which nobody sees;
 * `publish` puts it in the place of the one before, in one transaction, however many records it has. What became of
 * a record that is not applied stands in the ledger of files, below its file, as members of an archive do.
 */
import { sql } from 'kysely';
import { CxrError } from '../errors.js';
import { batch, json, texts } from './batch.js';
import type { Db, Trx } from './database.js';
import type { AnnotationKind, LabelValue } from './tables/annotations.js';

/** Records that one statement moves: more might take longer than a statement may. */
const PIECE = 20_000;

/** A record of a file as it is staged. Nothing of it names a patient or a reader. */
export interface StagedRecord {
  /** From 1, in the order of the file. */
  readonly position: number;
  readonly state: 'applied' | 'duplicate' | 'quarantined';
  readonly code?: string | undefined;
  /** Safe to print. */
  readonly reason?: string | undefined;
  /** Its id in the ledger of files. */
  readonly recordId: string;
  /** Base64; of quarantined records. */
  readonly sealedPath?: string | undefined;
  /** Of a record that waits for its image: what that image may be called, as pseudonyms. */
  readonly refs?: readonly string[] | undefined;
  readonly frame?: number | undefined;
  /** Pixels of the image it was made on, of a record that waits. */
  readonly size?: { readonly width: number; readonly height: number } | undefined;
  readonly imageId?: string | undefined;
  readonly kind?: AnnotationKind | undefined;
  readonly classId?: number | undefined;
  readonly className?: string | undefined;
  readonly value?: LabelValue | undefined;
  readonly box?: readonly [number, number, number, number] | undefined;
  readonly reader?: string | undefined;
  /** ISO time. */
  readonly readAt?: string | undefined;
  /** What makes two records of one image the same: hash of kind, class, reader and box. */
  readonly content?: string | undefined;
}

/** Which bytes of which file are read, and by which rules. */
export interface StagedFile {
  readonly fileId: string;
  readonly source: string;
  readonly contentHash: string;
  readonly rules: string;
}

const stagedHash = ({ contentHash, rules }: StagedFile) => `${contentHash}/${rules}`;

export interface Staging {
  /** The one to stage. */
  readonly revision: number;
  /** Records of it that are staged already: by an attempt that ended before its end. */
  readonly records: number;
  /** The revision in effect was made of the same bytes. */
  readonly sameContent: boolean;
}

/** Opens the next revision of a file; what was staged of other bytes, or by other rules, goes. */
export async function beginStaging(trx: Trx, file: StagedFile): Promise<Staging> {
  const { fileId, source, contentHash } = file;
  const staged = stagedHash(file);
  await trx
    .insertInto('annotation_files')
    .values({ file_id: fileId, source })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const row = await trx
    .selectFrom('annotation_files')
    .selectAll()
    .where('file_id', '=', fileId)
    .forUpdate()
    .executeTakeFirstOrThrow();
  const revision = row.revision + 1;
  const sameContent = row.revision > 0 && row.content_hash === contentHash;
  if (row.staged_hash === staged) return { revision, records: row.staged_records, sameContent };
  await dropRecords(trx, fileId, revision);
  await trx
    .updateTable('annotation_files')
    .set({ staged_hash: staged, staged_records: 0 })
    .where('file_id', '=', fileId)
    .execute();
  return { revision, records: 0, sameContent };
}

/**
 * Adds records to the revision that is staged; a repeat changes nothing.
 * @param upTo position of the last one
 * @throws CxrError LEASE_LOST when other bytes are staged by now
 */
export async function stage(
  trx: Trx,
  file: StagedFile,
  revision: number,
  records: readonly StagedRecord[],
  upTo: number,
): Promise<void> {
  const { fileId } = file;
  const owned = await trx
    .updateTable('annotation_files')
    // Of two attempts at one file neither may take back what the other has.
    .set({ staged_records: sql<number>`greatest(staged_records, ${upTo}::int)` })
    .where('file_id', '=', fileId)
    .where('staged_hash', '=', stagedHash(file))
    .where('revision', '=', revision - 1)
    .executeTakeFirst();
  if (owned.numUpdatedRows !== 1n) throw new CxrError('LEASE_LOST');
  const rows = records.map(({ box, refs, size, ...record }) => ({
    ...record,
    ...size,
    refs: refs && json(refs),
    ...(box && { x_min: box[0], y_min: box[1], x_max: box[2], y_max: box[3] }),
  }));
  await sql`
    insert into annotation_records (file_id, revision, position, state, code, reason, record_id, sealed_path, refs,
      frame, width, height, image_id, kind, class_id, class_name, value, x_min, y_min, x_max, y_max, reader, read_at, content)
    select ${fileId}, ${revision}::int, r.position, r.state, r.code, r.reason, r."recordId",
      decode(r."sealedPath", 'base64'), r.refs::jsonb, r.frame, r.width, r.height, r."imageId", r.kind, r."classId", r."className",
      r.value, r.x_min, r.y_min, r.x_max, r.y_max, r.reader, r."readAt", r.content
    from jsonb_to_recordset(${batch(rows)}) as r(position int, state text, code text, reason text, "recordId" text,
      "sealedPath" text, refs text, frame int, width int, height int, "imageId" text, kind text, "classId" int, "className" text,
      value smallint, x_min float8, y_min float8, x_max float8, y_max float8, reader text, "readAt" timestamptz,
      content text)
    on conflict (file_id, revision, position) do nothing`.execute(trx);
}

/** Forgets what is staged of a file. */
export async function dropStaging(trx: Trx, fileId: string): Promise<void> {
  const row = await trx
    .updateTable('annotation_files')
    .set({ staged_hash: null, staged_records: 0 })
    .where('file_id', '=', fileId)
    .returning('revision')
    .executeTakeFirst();
  if (row) await dropRecords(trx, fileId, row.revision + 1);
}

/** Files of a source that have something staged: what runs that did not come to their end left. */
export async function stagedFiles(db: Db, source: string): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('annotation_files')
    .select('file_id')
    .where('source', '=', source)
    .where('staged_hash', 'is not', null)
    .execute();
  return rows.map((row) => row.file_id);
}

/** Values of the records that a revision has for these images and contents already, by `<image id>/<content>`. */
export async function known(
  db: Db,
  fileId: string,
  revision: number,
  asked: readonly { readonly imageId: string; readonly content: string }[],
): Promise<ReadonlyMap<string, LabelValue>> {
  const { rows } = await sql<{ image_id: string; content: string; value: LabelValue }>`
    select r.image_id, r.content, r.value
    from jsonb_to_recordset(${batch(asked)}) as a("imageId" text, content text)
    join annotation_records r on r.image_id = a."imageId" and r.content = a.content
    where r.file_id = ${fileId} and r.revision = ${revision}::int and r.state = 'applied'`.execute(db);
  return new Map(rows.map(({ image_id, content, value }) => [`${image_id}/${content}`, value]));
}

export interface Published {
  readonly records: number;
  /** Records in effect that were not before. */
  readonly applied: number;
  /** Those that the file says twice, and (of the same bytes read again) those that were in effect before. */
  readonly skipped: number;
  readonly quarantined: number;
}

/** The staged revision takes effect in the place of the one before, and its quarantined records enter the ledger. */
export async function publish(
  trx: Trx,
  file: {
    readonly fileId: string;
    readonly source: string;
    readonly contentHash: string;
    readonly format: string;
    /** When the file was last changed, ISO time. */
    readonly modifiedAt: string;
    readonly runId: string;
    readonly sameContent: boolean;
  },
): Promise<Published> {
  const { fileId, source, runId } = file;
  const before = await trx
    .selectFrom('annotation_files')
    .select('revision')
    .where('file_id', '=', fileId)
    .forUpdate()
    .executeTakeFirstOrThrow();
  const revision = before.revision + 1;
  const { rows } = await sql<{ state: string; kept: boolean; records: number }>`
    select r.state, old.position is not null as kept, count(*) as records from annotation_records r
    left join lateral (
      select o.position from annotation_records o
      where ${file.sameContent}::boolean and o.file_id = r.file_id and o.revision = ${before.revision}::int
        and o.state = 'applied' and r.state = 'applied' and o.image_id = r.image_id and o.content = r.content
        and o.value is not distinct from r.value limit 1
    ) old on true
    where r.file_id = ${fileId} and r.revision = ${revision}::int group by 1, 2`.execute(trx);
  const count = (state: string, kept: boolean) =>
    rows.find((row) => row.state === state && row.kept === kept)?.records ?? 0;
  const records = rows.reduce((sum, row) => sum + row.records, 0);

  await eachPiece(await lastPosition(trx, fileId, before.revision), async (from, to) => {
    await sql`
      delete from files using annotation_records r
      where r.file_id = ${fileId} and r.revision = ${before.revision}::int and r.state = 'quarantined'
        and r.position > ${from}::int and r.position <= ${to}::int and files.file_id = r.record_id`.execute(
      trx,
    );
    await sql`delete from annotation_records where file_id = ${fileId} and revision = ${before.revision}::int
      and position > ${from}::int and position <= ${to}::int`.execute(trx);
  });
  await eachPiece(await lastPosition(trx, fileId, revision), async (from, to) => {
    await sql`
      insert into files (file_id, source, sealed_path, parent_file_id, size, version, state, code, reason, run_id)
      select record_id, ${source}, sealed_path, file_id, 0, '', 'quarantined', code, reason, ${runId}
      from annotation_records
      where file_id = ${fileId} and revision = ${revision}::int and state = 'quarantined'
        and position > ${from}::int and position <= ${to}::int
      on conflict (file_id) do update set state = 'quarantined', code = excluded.code, reason = excluded.reason,
        run_id = excluded.run_id, updated_at = now()`.execute(trx);
  });
  await trx
    .updateTable('annotation_files')
    .set({
      ...{ revision, records, content_hash: file.contentHash, format: file.format },
      ...{ modified_at: file.modifiedAt, run_id: runId, applied_at: sql<Date>`now()` },
      ...{ staged_hash: null, staged_records: 0 },
    })
    .where('file_id', '=', fileId)
    .execute();
  return {
    records,
    applied: count('applied', false),
    skipped: count('applied', true) + count('duplicate', false),
    quarantined: count('quarantined', false),
  };
}

/**
 * Records that unchanged files hold, by file id: what a listing counts for them. Those that this run applied when
 * their images had come are counted there.
 */
export async function heldRecords(
  db: Db,
  fileIds: readonly string[],
  runId: string,
): Promise<ReadonlyMap<string, number>> {
  const { rows } = await sql<{ file_id: string; held: number }>`
    select file_id, records - case when retried_run = ${runId} then retried else 0 end as held
    from annotation_files where revision > 0 and file_id = any(${texts(fileIds)})`.execute(db);
  return new Map(rows.map(({ file_id, held }) => [file_id, held]));
}

/** The bytes in effect of a file, by their hash. */
export async function contentOf(db: Db, fileId: string): Promise<string | undefined> {
  const row = await db
    .selectFrom('annotation_files')
    .select('content_hash')
    .where('file_id', '=', fileId)
    .executeTakeFirst();
  return row?.content_hash ?? undefined;
}

/** Another file of the source whose bytes are in effect. */
export async function copyOf(
  db: Db,
  file: { readonly fileId: string; readonly source: string; readonly contentHash: string },
): Promise<string | undefined> {
  const row = await db
    .selectFrom('annotation_files')
    .select('file_id')
    .where('source', '=', file.source)
    .where('content_hash', '=', file.contentHash)
    .where('file_id', '!=', file.fileId)
    .orderBy('file_id')
    .limit(1)
    .executeTakeFirst();
  return row?.file_id;
}

async function dropRecords(trx: Trx, fileId: string, revision: number): Promise<void> {
  await eachPiece(await lastPosition(trx, fileId, revision), async (from, to) => {
    await sql`delete from annotation_records where file_id = ${fileId} and revision = ${revision}::int
      and position > ${from}::int and position <= ${to}::int`.execute(trx);
  });
}

async function lastPosition(trx: Trx, fileId: string, revision: number): Promise<number> {
  const row = await trx
    .selectFrom('annotation_records')
    .select((eb) => eb.fn.max('position').as('last'))
    .where('file_id', '=', fileId)
    .where('revision', '=', revision)
    .executeTakeFirst();
  return row?.last ?? 0;
}

async function eachPiece(last: number, work: (from: number, to: number) => Promise<void>): Promise<void> {
  for (let from = 0; from < last; from += PIECE) await work(from, from + PIECE);
}
