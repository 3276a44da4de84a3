/**
 * Records of a file of annotations as they are read: its next revision, which nobody sees until `publish` of
 * annotation-files.ts puts it in the place of the one before.
 */
import { sql } from 'kysely';
import { CxrError } from '../errors.js';
import { dropRecords } from './annotation-pieces.js';
import { batch, json } from './batch.js';
import type { Db, Trx } from './database.js';
import type { AnnotationKind, LabelValue } from './tables/annotations.js';

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
