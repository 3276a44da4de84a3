import { type Insertable, type Selectable, sql } from 'kysely';
import { json } from './batch.js';
import type { Db, Trx } from './database.js';
import type { PacsBatchesTable, PacsFilesTable } from './tables/pacs-exports.js';

export type PacsFile = Selectable<PacsFilesTable>;
export type PacsBatch = Omit<Insertable<PacsBatchesTable>, 'errors' | 'finished_at'> & {
  readonly errors: Readonly<Record<string, number>>;
};

/** What a file of the PACS is called below a destination; decided once, before anything is written there. */
export interface PlacedFile {
  readonly destination: string;
  readonly unit: string;
  /** Wanted; another file may have it. */
  readonly name: string;
  /** Where the wanted name is another file's. */
  readonly otherwise: string;
  /** Hash of what decides the bytes: under other settings the file is made again. */
  readonly settings: string;
  readonly keyEpoch: string;
  readonly codeVersion: string;
  readonly runId: string;
}

/** The file's row, made where there was none; what was exported under other settings is `placed` again. */
export async function placeFile(trx: Trx, file: PlacedFile): Promise<PacsFile> {
  const known = await trx
    .selectFrom('pacs_files')
    .selectAll()
    .where('destination', '=', file.destination)
    .where('unit', '=', file.unit)
    .forUpdate()
    .executeTakeFirst();
  if (known?.settings === file.settings) return known;
  if (known) {
    return await trx
      .updateTable('pacs_files')
      .set({ settings: file.settings, state: 'placed', exported_at: null })
      .where('destination', '=', file.destination)
      .where('unit', '=', file.unit)
      .returningAll()
      .executeTakeFirstOrThrow();
  }
  for (const name of [file.name, file.otherwise]) {
    const made = await trx
      .insertInto('pacs_files')
      .values({
        ...{ destination: file.destination, unit: file.unit, name, settings: file.settings, state: 'placed' },
        ...{ frames: 0, key_epoch: file.keyEpoch, code_version: file.codeVersion, run_id: file.runId },
      })
      .onConflict((conflict) => conflict.doNothing())
      .returningAll()
      .executeTakeFirst();
    if (made) return made;
  }
  // Another worker made it in between.
  return await trx
    .selectFrom('pacs_files')
    .selectAll()
    .where('destination', '=', file.destination)
    .where('unit', '=', file.unit)
    .executeTakeFirstOrThrow();
}

export interface ExportedFile {
  readonly destination: string;
  readonly unit: string;
  readonly patient: string;
  readonly studyUid: string;
  readonly instanceUid: string;
  readonly frames: number;
  readonly dicomHash: string;
  readonly dicomBytes: number;
  readonly jpegHash: string;
  /** What its header says about persons, sealed: reports of its study are cleaned by it. */
  readonly known: Uint8Array;
  readonly codeVersion: string;
  readonly runId: string;
}

/** Its objects are there: no run downloads it again. */
export async function fileExported(db: Db, file: ExportedFile): Promise<void> {
  await db
    .updateTable('pacs_files')
    .set({
      ...{
        state: 'exported',
        patient: file.patient,
        study_uid: file.studyUid,
        instance_uid: file.instanceUid,
      },
      ...{ frames: file.frames, dicom_hash: file.dicomHash, dicom_bytes: file.dicomBytes },
      ...{ jpeg_hash: file.jpegHash, known: Buffer.from(file.known), code_version: file.codeVersion },
      ...{ run_id: file.runId, exported_at: sql<Date>`now()` },
    })
    .where('destination', '=', file.destination)
    .where('unit', '=', file.unit)
    .execute();
}

/** The numbers of a finished batch; a repeat changes nothing. */
export async function recordBatch(db: Db, { errors, ...batch }: PacsBatch): Promise<void> {
  await db
    .insertInto('pacs_batches')
    .values({ ...batch, errors: json(errors) })
    .onConflict((conflict) => conflict.columns(['run_id', 'page', 'batch']).doNothing())
    .execute();
}

export interface FailedFile {
  readonly fileId: string;
  readonly source: string;
  readonly sealedPath: Uint8Array;
  readonly code: string;
  readonly reason: string;
  readonly runId: string;
}

/** Into the ledger of quarantined files, where people look for what failed. */
export async function quarantineFile(db: Db, file: FailedFile): Promise<void> {
  const values = {
    ...{ state: 'quarantined' as const, code: file.code, reason: file.reason, run_id: file.runId },
    sealed_path: Buffer.from(file.sealedPath),
  };
  await db
    .insertInto('files')
    .values({
      ...{ file_id: file.fileId, source: file.source, size: 0, version: '', image_count: 0, attempts: 1 },
      ...values,
    })
    .onConflict((conflict) =>
      conflict.column('file_id').doUpdateSet({ ...values, updated_at: sql<Date>`now()` }),
    )
    .execute();
}

/** What failed before and is exported now is quarantined no more. */
export async function settleFile(db: Db, fileId: string): Promise<void> {
  await db
    .updateTable('files')
    .set({ state: 'stored', code: null, reason: null, updated_at: sql<Date>`now()` })
    .where('file_id', '=', fileId)
    .execute();
}

/** Whether a person has looked at an image and let it go. */
export async function isApproved(db: Db, imageId: string): Promise<boolean> {
  const row = await db
    .selectFrom('review_decisions')
    .select('decision')
    .where('image_id', '=', imageId)
    .executeTakeFirst();
  return row?.decision === 'approve';
}
