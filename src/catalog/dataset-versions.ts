import { type Selectable, sql } from 'kysely';
import { batch, json } from './batch.js';
import type { Db, Trx } from './database.js';
import type { Catalog } from './open.js';
import type { DatasetMovesTable, DatasetVersionsTable } from './tables/dataset-versions.js';

export type DatasetVersion = Selectable<DatasetVersionsTable>;
export type DatasetMove = Selectable<DatasetMovesTable>;

export interface NewVersion {
  /** Folder of the version; `root` is the folder above it, which the dataset's versions share. */
  readonly uri: string;
  readonly root: string;
  readonly dataset: string;
  readonly version: string;
  readonly kind: string;
  /** Configured name or root URI of what it was made from; undefined for the catalog. */
  readonly source?: string | undefined;
  readonly manifestHash: string;
  readonly parametersHash: string;
  readonly inputsHash: string;
  readonly codeVersion: string;
  readonly seed: number;
  readonly images: number;
  readonly bytes: number;
  readonly splits: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly parents: DatasetVersion['parents'];
  readonly runId?: string | undefined;
}

/** How many images a patient has in one split of a version. */
export interface VersionPatient {
  readonly patient: string;
  readonly split: string;
  readonly images: number;
}

const PATIENTS_A_STATEMENT = 1000;

/**
 * Records a version that is complete in its store, and makes it the current one of its dataset. Whoever looks sees
 * it whole, with its patients, or not at all; a repeat changes nothing.
 *
 * @param patients in any order; a version without known patients has none
 */
export async function recordVersion(
  catalog: Pick<Catalog, 'db' | 'transaction'>,
  version: NewVersion,
  patients: AsyncIterable<VersionPatient> | Iterable<VersionPatient>,
): Promise<number> {
  const known = await byUri(catalog.db, version.uri);
  if (known?.published_at && known.manifest_hash === version.manifestHash) return known.version_id;
  const versionId = await catalog.transaction((trx) => begin(trx, version));
  let part: VersionPatient[] = [];
  for await (const patient of patients) {
    part.push(patient);
    if (part.length < PATIENTS_A_STATEMENT) continue;
    await addPatients(catalog.db, versionId, part);
    part = [];
  }
  if (part.length > 0) await addPatients(catalog.db, versionId, part);
  await catalog.transaction(async (trx) => {
    const { numUpdatedRows } = await trx
      .updateTable('dataset_versions')
      .set({ published_at: sql<Date>`now()` })
      .where('version_id', '=', versionId)
      .where('published_at', 'is', null)
      .executeTakeFirst();
    if (numUpdatedRows > 0n)
      await point(trx, version.root, versionId, { who: version.runId ?? 'unknown', reason: 'published' });
  });
  return versionId;
}

/** A row of an attempt that died, or of a version that was removed and made again, is written anew. */
async function begin(trx: Trx, v: NewVersion): Promise<number> {
  const values = {
    root: v.root,
    dataset: v.dataset,
    version: v.version,
    kind: v.kind,
    source: v.source ?? null,
    manifest_hash: v.manifestHash,
    parameters_hash: v.parametersHash,
    inputs_hash: v.inputsHash,
    code_version: v.codeVersion,
    seed: v.seed,
    images: v.images,
    bytes: v.bytes,
    splits: json(v.splits),
    parents: json(v.parents),
    run_id: v.runId ?? null,
    published_at: null,
  };
  const { version_id } = await trx
    .insertInto('dataset_versions')
    .values({ uri: v.uri, ...values })
    .onConflict((conflict) => conflict.column('uri').doUpdateSet(values))
    .returning('version_id')
    .executeTakeFirstOrThrow();
  await trx.deleteFrom('version_patients').where('version_id', '=', version_id).execute();
  return version_id;
}

async function addPatients(db: Db, versionId: number, patients: readonly VersionPatient[]): Promise<void> {
  await sql`
    insert into version_patients (patient, version_id, split, images)
    select r.patient, ${versionId}::bigint, r.split, sum(r.images)
    from jsonb_to_recordset(${batch(patients)}) as r(patient text, split text, images int)
    group by r.patient, r.split
    on conflict (patient, version_id, split) do update set images = version_patients.images + excluded.images`.execute(
    db,
  );
}

/** Published versions, the latest first. */
export async function listVersions(
  db: Db,
  filter: { readonly dataset?: string | undefined; readonly version?: string | undefined } = {},
): Promise<readonly (DatasetVersion & { readonly current: boolean })[]> {
  let query = db
    .selectFrom('dataset_versions as v')
    .leftJoin('dataset_pointers as p', 'p.version_id', 'v.version_id')
    .selectAll('v')
    .select(sql<boolean>`p.version_id is not null`.as('current'))
    .where('v.published_at', 'is not', null)
    .orderBy('v.published_at', 'desc')
    .orderBy('v.version_id', 'desc');
  if (filter.dataset !== undefined) query = query.where('v.dataset', '=', filter.dataset);
  if (filter.version !== undefined) query = query.where('v.version', '=', filter.version);
  return query.execute();
}

export async function byUri(db: Db, uri: string): Promise<DatasetVersion | undefined> {
  return db.selectFrom('dataset_versions').selectAll().where('uri', '=', uri).executeTakeFirst();
}

/** The version that the pointer of a dataset names. */
export async function currentVersion(db: Db, root: string): Promise<DatasetVersion | undefined> {
  return db
    .selectFrom('dataset_pointers as p')
    .innerJoin('dataset_versions as v', 'v.version_id', 'p.version_id')
    .selectAll('v')
    .where('p.root', '=', root)
    .executeTakeFirst();
}

/** Moves the pointer of a dataset, and keeps who moved it, from where, and why. A move to where it is is none. */
export async function point(
  trx: Trx,
  root: string,
  versionId: number,
  by: { readonly who: string; readonly reason: string },
): Promise<void> {
  const from = await currentVersion(trx, root);
  if (from?.version_id === versionId) return;
  const to = await trx
    .selectFrom('dataset_versions')
    .select('version')
    .where('version_id', '=', versionId)
    .executeTakeFirstOrThrow();
  await trx
    .insertInto('dataset_pointers')
    .values({ root, version_id: versionId })
    .onConflict((conflict) => conflict.column('root').doUpdateSet({ version_id: versionId }))
    .execute();
  await trx
    .insertInto('dataset_moves')
    .values({ root, from_version: from?.version ?? null, to_version: to.version, ...by })
    .execute();
}

/** Moves of a dataset's pointer, the latest first. */
export async function movesOf(db: Db, root: string): Promise<readonly DatasetMove[]> {
  return db
    .selectFrom('dataset_moves')
    .selectAll()
    .where('root', '=', root)
    .orderBy('move_id', 'desc')
    .execute();
}

/** In which versions, and which of their splits, a patient's images are. */
export async function versionsOfPatient(
  db: Db,
  patient: string,
): Promise<readonly { uri: string; dataset: string; version: string; split: string; images: number }[]> {
  return db
    .selectFrom('version_patients as p')
    .innerJoin('dataset_versions as v', 'v.version_id', 'p.version_id')
    .select(['v.uri', 'v.dataset', 'v.version', 'p.split', 'p.images'])
    .where('p.patient', '=', patient)
    .where('v.published_at', 'is not', null)
    .orderBy('v.version_id')
    .orderBy('p.split')
    .execute();
}
