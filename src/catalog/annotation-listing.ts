/** Which files of annotations are new, and what a run has made of them. */
import { sql } from 'kysely';
import { base64, batch } from './batch.js';
import type { Db, Trx } from './database.js';
import type { FileEntry, SealedEntry } from './files.js';
import { fence } from './leases.js';

/**
 * - `new`: never read, or to be read again: other rules, or asked for (`quarantine retry`).
 * - `changed`: size or version differ from what was read.
 * - `unchanged`: settled by an earlier run; `done`: by this one.
 * - `claimed`: this run has it before it.
 */
export type AnnotationFileStatus = 'new' | 'changed' | 'unchanged' | 'done' | 'claimed';

/** What the ledger knows of files, in their order. @param rules hash of what decides how records are read */
export async function lookupFiles(
  db: Db,
  entries: readonly FileEntry[],
  rules: string,
  runId: string,
): Promise<readonly AnnotationFileStatus[]> {
  const rows = entries.map(({ fileId, size, version }, n) => ({ n, fileId, size, version }));
  const found = await sql<{ status: AnnotationFileStatus }>`
    select case
        when f.file_id is null then 'new'
        when f.state = 'pending' and f.run_id = ${runId} then 'claimed'
        when f.state = 'pending' or f.code = 'VANISHED' or f.rule_hash is distinct from ${rules} then 'new'
        when f.size <> r.size or f.version <> r.version then 'changed'
        when f.run_id = ${runId} then 'done'
        else 'unchanged'
      end as status
    from jsonb_to_recordset(${batch(rows)}) as r(n int, "fileId" text, size bigint, version text)
    left join files f on f.file_id = r."fileId"
    order by r.n`.execute(db);
  return found.rows.map((row) => row.status);
}

/**
 * Makes a shard of files, pending from now on; also of files that this run has settled before and that changed
 * since. Of two that claim one shard the first wins.
 *
 * @throws CxrError LEASE_LOST
 */
export async function claimFiles(
  trx: Trx,
  claim: {
    readonly runId: string;
    readonly shard: number;
    readonly source: string;
    readonly entries: readonly SealedEntry[];
  },
): Promise<void> {
  const { runId, shard, source, entries } = claim;
  await fence(trx, source, runId);
  const made = await trx
    .insertInto('shards')
    .values({ run_id: runId, shard, files: entries.length, manifest: '', state: 'claimed' })
    .onConflict((conflict) => conflict.columns(['run_id', 'shard']).doNothing())
    .returning('shard')
    .executeTakeFirst();
  if (made === undefined) return;
  const rows = entries.map(({ fileId, size, version, sealedPath }, position) => {
    return { position, fileId, size, version, path: base64(sealedPath) };
  });
  await sql`
    insert into files (file_id, source, sealed_path, size, version, state, run_id, shard, position)
    select distinct on (r."fileId") r."fileId", ${source}, decode(r.path, 'base64'), r.size, r.version, 'pending',
      ${runId}, ${shard}::int, r.position
    from jsonb_to_recordset(${batch(rows)})
      as r(position int, "fileId" text, size bigint, version text, path text)
    order by r."fileId", r.position
    on conflict (file_id) do update set
      sealed_path = excluded.sealed_path, size = excluded.size, version = excluded.version,
      prior_state = case when files.state = 'pending' then files.prior_state else files.state end,
      state = 'pending', code = null, reason = null, attempts = 0, run_id = excluded.run_id,
      shard = excluded.shard, position = excluded.position, updated_at = now()
    where files.state <> 'pending' or files.run_id is distinct from excluded.run_id`.execute(trx);
}

/** Whether a run still has a file before it. */
export async function isPending(db: Db, fileId: string, runId: string): Promise<boolean> {
  const row = await db
    .selectFrom('files')
    .select('file_id')
    .where('file_id', '=', fileId)
    .where('state', '=', 'pending')
    .where('run_id', '=', runId)
    .executeTakeFirst();
  return row !== undefined;
}

/**
 * Files that were asked for again before `since` and that the listing did not find are gone: they are what they were,
 * and so are their records.
 */
export async function restoreGone(trx: Trx, source: string, runId: string, since: Date): Promise<void> {
  const gone = await trx
    .updateTable('files')
    .set((eb) => ({ state: eb.ref('prior_state').$notNull(), prior_state: null, version: 'gone' }))
    .where('source', '=', source)
    .where('state', '=', 'pending')
    .where('parent_file_id', 'is', null)
    .where('prior_state', 'is not', null)
    .where((eb) => eb.or([eb('run_id', 'is', null), eb('run_id', '!=', runId)]))
    .where('updated_at', '<', since)
    .returning('file_id')
    .execute();
  for (const { file_id } of gone) await requarantine(trx, file_id);
}

/** Records of a file that were asked for again go back into quarantine, where the file could not be read. */
export async function requarantine(trx: Trx, fileId: string): Promise<void> {
  await trx
    .updateTable('files')
    .set({ state: 'quarantined', prior_state: null })
    .where('parent_file_id', '=', fileId)
    .where('state', '=', 'pending')
    .execute();
}

/** A file has another name now; it is the same file. */
export async function renamed(
  db: Db,
  file: {
    readonly fileId: string;
    readonly sealedPath: Buffer;
    readonly size: number;
    readonly version: string;
  },
): Promise<void> {
  await db
    .updateTable('files')
    .set({ sealed_path: file.sealedPath, size: file.size, version: file.version })
    .where('file_id', '=', file.fileId)
    .execute();
}

/** Files that a run has read, and the records in them. */
export async function readByRun(
  db: Db,
  runId: string,
): Promise<{ readonly files: number; readonly records: number }> {
  const { rows } = await sql<{ files: number; records: number }>`
    select count(*) as files, coalesce(sum(image_count), 0)::bigint as records from files
    where run_id = ${runId} and parent_file_id is null and state in ('opened', 'quarantined')`.execute(db);
  return rows[0] ?? { files: 0, records: 0 };
}

/** Sources that images have come from. */
export async function imageSources(db: Db): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('runs')
    .select('source')
    .distinct()
    .where('workflow_type', 'in', ['ingest', 'extract'])
    .where('source', 'is not', null)
    .orderBy('source')
    .execute();
  return rows.flatMap(({ source }) => source ?? []);
}
