import { type Selectable, sql } from 'kysely';
import { base64, batch, texts } from './batch.js';
import type { Db, FileState, FilesTable, Trx } from './database.js';
import { fence } from './leases.js';

export type FileRow = Selectable<FilesTable>;

/** A file as the listing sees it. */
export interface FileEntry {
  /** Keyed hash of source and path (`fileId` of src/privacy/seal.ts). */
  readonly fileId: string;
  /** Bytes. */
  readonly size: number;
  /** Modification time and inode, etag or generation. */
  readonly version: string;
}

export interface SealedEntry extends FileEntry {
  readonly sealedPath: Uint8Array;
}

/**
 * - `new`: never settled under these rules, or to be tried again: has to be worked on.
 * - `changed`: settled, but size or version differ: compare content hashes.
 * - `unchanged`: settled, by an earlier run.
 * - `claimed`: this run has it in a shard already.
 */
export type FileStatus = 'new' | 'changed' | 'unchanged' | 'claimed';

/**
 * What the ledger knows of files, in their order.
 *
 * @param ruleHash of everything that decides what is skipped (selection, profile): what other rules skipped
 * is new again.
 */
export async function lookup(
  db: Db,
  entries: readonly FileEntry[],
  ruleHash: string,
  runId: string,
): Promise<readonly FileStatus[]> {
  const rows = entries.map(({ fileId, size, version }, n) => ({ n, fileId, size, version }));
  const found = await sql<{ status: FileStatus }>`
    select case
        when f.file_id is null then 'new'
        when f.run_id = ${runId} then 'claimed'
        when f.state = 'pending' then 'new'
        when f.code = 'VANISHED' then 'new'
        when f.state in ('skipped', 'opened') and f.rule_hash is distinct from ${ruleHash} then 'new'
        when f.size = r.size and f.version = r.version then 'unchanged'
        else 'changed'
      end as status
    from jsonb_to_recordset(${batch(rows)}) as r(n int, "fileId" text, size bigint, version text)
    left join files f on f.file_id = r."fileId"
    order by r.n`.execute(db);
  return found.rows.map((row) => row.status);
}

/** Members of opened archives by the archive's id: an unchanged archive counts as what it holds. */
export async function memberCounts(db: Db, fileIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
  if (fileIds.length === 0) return new Map();
  const rows = await db
    .selectFrom('files')
    .select(['file_id', 'image_count'])
    .where('file_id', '=', sql<string>`any(${texts(fileIds)})`)
    .where('state', '=', 'opened')
    .execute();
  return new Map(rows.map((row) => [row.file_id, row.image_count]));
}

export interface Claim {
  readonly runId: string;
  readonly shard: number;
  readonly source: string;
  readonly entries: readonly SealedEntry[];
  /** URI of the list of file ids. */
  readonly manifest: string;
}

export interface Claimed {
  /** False when the shard was there before: then nothing was changed, and these are its numbers. */
  readonly created: boolean;
  readonly files: number;
  readonly manifest: string;
}

/**
 * Makes a shard of files, which are `pending` from now on. Of two that claim one shard the first wins, and
 * the second is told what the first did; a file that this run has in another shard stays there.
 *
 * @throws CxrError LEASE_LOST
 */
export async function claim(trx: Trx, { runId, shard, source, entries, manifest }: Claim): Promise<Claimed> {
  await fence(trx, source, runId);
  const made = await trx
    .insertInto('shards')
    .values({ run_id: runId, shard, files: entries.length, manifest, state: 'claimed' })
    .onConflict((conflict) => conflict.columns(['run_id', 'shard']).doNothing())
    .returning('shard')
    .executeTakeFirst();
  if (made === undefined) {
    const there = await trx
      .selectFrom('shards')
      .select(['files', 'manifest'])
      .where('run_id', '=', runId)
      .where('shard', '=', shard)
      .executeTakeFirstOrThrow();
    return { created: false, ...there };
  }
  const files = await take(trx, { runId, shard, source, parentFileId: undefined, entries });
  if (files !== entries.length)
    await trx
      .updateTable('shards')
      .set({ files })
      .where('run_id', '=', runId)
      .where('shard', '=', shard)
      .execute();
  return { created: true, files, manifest };
}

/**
 * Members of an opened archive, which join the shard of the archive. A repeat changes nothing.
 *
 * @throws CxrError LEASE_LOST
 */
export async function addMembers(
  trx: Trx,
  members: Omit<Claim, 'manifest'> & { readonly parentFileId: string },
): Promise<void> {
  await fence(trx, members.source, members.runId);
  await take(trx, members);
}

/** Sorted by id, so that two transactions lock rows in one order. */
async function take(
  trx: Trx,
  claimed: Omit<Claim, 'manifest'> & { readonly parentFileId: string | undefined },
): Promise<number> {
  const rows = claimed.entries.map(({ fileId, size, version, sealedPath }, position) => {
    return { position, fileId, size, version, path: base64(sealedPath) };
  });
  const { numAffectedRows } = await sql`
    insert into files (file_id, source, sealed_path, parent_file_id, size, version, state, run_id, shard, position)
    select distinct on (r."fileId") r."fileId", ${claimed.source}, decode(r.path, 'base64'),
      ${claimed.parentFileId ?? null}::text, r.size, r.version, 'pending', ${claimed.runId}, ${claimed.shard}::int,
      r.position
    from jsonb_to_recordset(${batch(rows)})
      as r(position int, "fileId" text, size bigint, version text, path text)
    order by r."fileId", r.position
    on conflict (file_id) do update set
      sealed_path = excluded.sealed_path, size = excluded.size, version = excluded.version,
      prior_state = case when files.state = 'pending' then files.prior_state else files.state end,
      state = 'pending', code = null, reason = null, attempts = 0, run_id = excluded.run_id,
      shard = excluded.shard, position = excluded.position, updated_at = now()
    where files.run_id is distinct from excluded.run_id`.execute(trx);
  return Number(numAffectedRows ?? 0n);
}

/** Files of a shard in the order of its manifest, without members of archives. */
export async function shardFiles(db: Db, runId: string, shard: number): Promise<readonly FileRow[]> {
  return db
    .selectFrom('files')
    .selectAll()
    .where('run_id', '=', runId)
    .where('shard', '=', shard)
    .where('parent_file_id', 'is', null)
    .orderBy('position')
    .execute();
}

/**
 * Notes that files are about to be opened, before they are: the one that ends its worker is then known.
 *
 * @returns how often each was opened in this run, this time included, by file id.
 */
export async function noteOpened(db: Db, fileIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const { rows } = await sql<{ file_id: string; attempts: number }>`
    update files set attempts = attempts + 1 where file_id = any(${texts(fileIds)})
    returning file_id, attempts`.execute(db);
  return new Map(rows.map((row) => [row.file_id, row.attempts]));
}

/** What became of a file. `code` and `reason` are safe to print. */
export interface FileOutcome {
  readonly fileId: string;
  readonly state: Exclude<FileState, 'pending'>;
  readonly code?: string | undefined;
  readonly reason?: string | undefined;
  readonly contentHash?: string | undefined;
  readonly imageCount?: number | undefined;
  readonly ruleHash: string;
}

export type Settled = Readonly<Record<Exclude<FileState, 'pending'>, number>>;

/**
 * Writes outcomes of files that this run has pending; the first outcome stays.
 *
 * @returns how many files each state gained by this call: in the same transaction, the delta for `addCounts`.
 */
export async function settle(trx: Trx, runId: string, outcomes: readonly FileOutcome[]): Promise<Settled> {
  // Run and state are looked at behind the lock only: asked for there, they would tempt the planner, whose
  // numbers know nothing of a new run, to go through all of its files instead of these by their key.
  const { rows } = await sql<{ state: keyof Settled }>`
    with r as (
      select * from jsonb_to_recordset(${batch(outcomes)}) as r("fileId" text, state text, code text,
        reason text, "contentHash" text, "imageCount" int, "ruleHash" text)
    ), locked as (
      select file_id, run_id, state from files
      where file_id = any(array(select "fileId" from r))
      order by file_id for update
    )
    update files set
      state = r.state, prior_state = null, code = r.code, reason = r.reason, rule_hash = r."ruleHash",
      content_hash = coalesce(r."contentHash", files.content_hash),
      image_count = coalesce(r."imageCount", 0), updated_at = now()
    from r join locked on locked.file_id = r."fileId"
    where files.file_id = locked.file_id and locked.run_id = ${runId} and locked.state = 'pending'
    returning files.state`.execute(trx);
  const gained = { stored: 0, skipped: 0, ignored: 0, quarantined: 0, opened: 0 };
  for (const { state } of rows) gained[state] += 1;
  return gained;
}

/** Sealed paths by file id. */
export async function pathsOf(db: Db, fileIds: readonly string[]): Promise<ReadonlyMap<string, Buffer>> {
  const rows = await db
    .selectFrom('files')
    .select(['file_id', 'sealed_path'])
    .where('file_id', '=', sql<string>`any(${texts(fileIds)})`)
    .execute();
  return new Map(rows.map((row) => [row.file_id, row.sealed_path]));
}

/** A page of files of a state, by file id. */
export async function byState(
  db: Db,
  page: {
    readonly source: string;
    readonly state: FileState;
    readonly after?: string;
    readonly limit: number;
  },
): Promise<readonly FileRow[]> {
  return db
    .selectFrom('files')
    .selectAll()
    .where('source', '=', page.source)
    .where('state', '=', page.state)
    .where('file_id', '>', page.after ?? '')
    .orderBy('file_id')
    .limit(page.limit)
    .execute();
}

/** Settled files of a source with one of these contents. */
export async function findByContentHash(
  db: Db,
  source: string,
  hashes: readonly string[],
): Promise<readonly Pick<FileRow, 'file_id' | 'content_hash' | 'state' | 'rule_hash'>[]> {
  return db
    .selectFrom('files')
    .select(['file_id', 'content_hash', 'state', 'rule_hash'])
    .where('source', '=', source)
    .where('state', '!=', 'pending')
    .where('content_hash', '=', sql<string>`any(${texts(hashes)})`)
    .orderBy('file_id')
    .execute();
}

/**
 * Records files that an older pipeline has done, so that no run takes them again.
 *
 * @returns how many were not known before; known ones stay as they are.
 */
export async function adopt(
  trx: Trx,
  adopted: { readonly runId: string; readonly source: string; readonly entries: readonly SealedEntry[] },
): Promise<number> {
  const rows = adopted.entries.map((e) => ({ ...e, sealedPath: base64(e.sealedPath) }));
  const { numAffectedRows } = await sql`
    insert into files (file_id, source, sealed_path, size, version, state, code, reason, run_id)
    select distinct on (r."fileId") r."fileId", ${adopted.source}, decode(r."sealedPath", 'base64'), r.size,
      r.version, 'stored', 'ADOPTED', 'processed before by another pipeline', ${adopted.runId}
    from jsonb_to_recordset(${batch(rows)}) as r("fileId" text, size bigint, version text, "sealedPath" text)
    order by r."fileId"
    on conflict (file_id) do nothing`.execute(trx);
  return Number(numAffectedRows ?? 0n);
}
