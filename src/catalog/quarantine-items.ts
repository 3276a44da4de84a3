import { sql } from 'kysely';
import { base64, batch } from './batch.js';
import type { Db } from './database.js';

/** An input of a dataset that could not be taken. `code` and `reason` are safe to print. */
export interface QuarantinedItem {
  readonly fileId: string;
  readonly sealedPath: Uint8Array;
  readonly size: number;
  readonly version: string;
  readonly code: string;
  readonly reason: string;
}

/** How the names begin under which the ledger keeps inputs of datasets. */
export const DATASETS = 'dataset:';

/** The name under which the ledger keeps inputs of datasets: the same file may be a file of an ingest, too. */
export const datasetSource = (source: string): string => `${DATASETS}${source}`;

/** Puts inputs of a run into quarantine; a repeat changes nothing. */
export async function quarantineItems(
  db: Db,
  { runId, source, items }: { runId: string; source: string; items: readonly QuarantinedItem[] },
): Promise<void> {
  const rows = items.map(({ sealedPath, ...item }) => ({ ...item, path: base64(sealedPath) }));
  await sql`
    insert into files (file_id, source, sealed_path, size, version, state, code, reason, run_id, attempts)
    select distinct on (r."fileId") r."fileId", ${source}, decode(r.path, 'base64'), r.size, r.version,
      'quarantined', r.code, r.reason, ${runId}, 1
    from jsonb_to_recordset(${batch(rows)})
      as r("fileId" text, path text, size bigint, version text, code text, reason text)
    order by r."fileId"
    on conflict (file_id) do update set sealed_path = excluded.sealed_path, size = excluded.size,
      version = excluded.version, state = 'quarantined', code = excluded.code, reason = excluded.reason,
      run_id = excluded.run_id, updated_at = now()`.execute(db);
}

/** Forgets what earlier runs over this source had put into quarantine and this one has not. */
export async function clearItems(db: Db, source: string, runId: string): Promise<void> {
  await db
    .deleteFrom('files')
    .where('source', '=', source)
    .where('run_id', 'is distinct from', runId)
    .execute();
}
