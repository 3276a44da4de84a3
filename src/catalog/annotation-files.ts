/**
 * How files of annotations come into effect. Records of a file are staged as its next revision, which nobody sees;
 * `publish` puts it in the place of the one before, in one transaction, however many records it has. What became of
 * a record that is not applied stands in the ledger of files, below its file, as members of an archive do.
 */
import { sql } from 'kysely';
import { eachPiece, lastPosition } from './annotation-pieces.js';
import { texts } from './batch.js';
import type { Db, Trx } from './database.js';

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
