import { type RawBuilder, sql } from 'kysely';
import { texts } from './batch.js';
import type { Db, Trx } from './database.js';
import type { FileRow } from './files.js';
import { DATASETS } from './quarantine-items.js';

/** Which quarantined files: what is left out does not matter. */
export interface QuarantineFilter {
  readonly code?: string | undefined;
  readonly source?: string | undefined;
  readonly runId?: string | undefined;
  readonly fileIds?: readonly string[] | undefined;
  /** Inputs of datasets only, or all but those. */
  readonly ofDatasets?: boolean | undefined;
}

export interface QuarantinePage {
  readonly files: readonly FileRow[];
  /** Give it back as `after` for the next page; undefined at the end. */
  readonly next: string | undefined;
}

const matches = ({ code, source, runId, fileIds, ofDatasets }: QuarantineFilter): RawBuilder<boolean> =>
  sql<boolean>`state = 'quarantined'
    and (${code ?? null}::text is null or code = ${code ?? null})
    and (${source ?? null}::text is null or source = ${source ?? null})
    and (${runId ?? null}::text is null or run_id = ${runId ?? null})
    and (${fileIds === undefined}::boolean or file_id = any(${texts(fileIds ?? [])}))
    and (${ofDatasets ?? null}::boolean is null or starts_with(source, ${DATASETS}) = ${ofDatasets ?? null})`;

/** Quarantined files, the latest first. */
export async function list(
  db: Db,
  filter: QuarantineFilter,
  { after, limit }: { readonly after?: string | undefined; readonly limit: number },
): Promise<QuarantinePage> {
  // The time as text keeps its microseconds, which a Date would lose.
  const [at, fileId] = after?.split('|') ?? [null, null];
  const { rows } = await sql<FileRow & { readonly at: string }>`
    select *, updated_at::text as at from files
    where ${matches(filter)}
      and (${at}::timestamptz is null or (updated_at, file_id) < (${at}::timestamptz, ${fileId}))
    order by updated_at desc, file_id desc limit ${limit + 1}`.execute(db);
  const last = rows.length > limit ? rows[limit - 1] : undefined;
  return {
    files: rows.slice(0, limit).map(({ at: _, ...file }) => file),
    next: last && `${last.at}|${last.file_id}`,
  };
}

/** How many files are quarantined under each code, the most frequent first. */
export async function countByCode(
  db: Db,
  filter: QuarantineFilter = {},
): Promise<readonly { readonly code: string; readonly files: number }[]> {
  const { rows } = await sql<{ code: string; files: number }>`
    select coalesce(code, 'UNEXPECTED') as code, count(*) as files from files where ${matches(filter)}
    group by 1 order by 2 desc, 1`.execute(db);
  return rows;
}

/** Sources that have such files, by name. */
export async function sourcesOf(db: Db, filter: QuarantineFilter): Promise<readonly string[]> {
  const { rows } = await sql<{ source: string }>`
    select distinct source from files where ${matches(filter)} order by source`.execute(db);
  return rows.map(({ source }) => source);
}

export async function show(db: Db, fileId: string): Promise<FileRow | undefined> {
  return db.selectFrom('files').selectAll().where('file_id', '=', fileId).executeTakeFirst();
}

/**
 * Lets the next run of their source take these files again. A member of an archive is reached through its
 * archive, which is taken again too. Records of annotations that wait for their image stay: every run tries them.
 *
 * @returns how many quarantined files were marked.
 */
export async function markForRetry(trx: Trx, filter: QuarantineFilter): Promise<number> {
  const again = sql`prior_state = state, state = 'pending', run_id = null, shard = null, attempts = 0,
    updated_at = now()`;
  const { rows } = await sql<{ parent_file_id: string | null }>`
    update files set ${again} where ${matches(filter)} and code is distinct from 'IMAGE_UNKNOWN' returning parent_file_id`.execute(
    trx,
  );
  const archives = rows.flatMap((row) => row.parent_file_id ?? []);
  if (archives.length > 0)
    await sql`update files set ${again}
      where file_id = any(${texts([...new Set(archives)])}) and state <> 'pending'`.execute(trx);
  return rows.length;
}
