import {
  fileExported,
  isApproved,
  placeFile,
  quarantineFile,
  settleFile,
} from '../../catalog/pacs-exports.js';
import type { ReportBuilder } from '../../dicom/deidentify/report.js';
import { CxrError, ERRORS, type ErrorCode } from '../../errors.js';
import type { PacsRecord } from '../../pacs/records.js';
import { createPseudonyms } from '../../privacy/pseudonyms.js';
import { fileId, sealPath } from '../../privacy/seal.js';
import type { PacsRun } from '../api/pacs.js';
import type { Deps, Pool } from '../deps.js';
import type { CleanFile, CleanFileOutcome } from './clean-file.js';
import { destinationKey, destinationOf, exportedId, fileName, files } from './places.js';
import type { PacsTools } from './tools.js';

export interface RecordContext {
  readonly deps: Deps;
  readonly tools: PacsTools;
  readonly run: PacsRun;
  readonly signal: AbortSignal;
  /** A thread, or a process of its own. */
  readonly clean: Pool['run'];
  readonly report: ReportBuilder;
}

/** What became of one record. */
export type RecordResult = {
  readonly unit: string;
  /** The row says where the file is. */
  readonly located: boolean;
  readonly downloaded: boolean;
} & (
  | { readonly status: 'done' | 'skipped'; readonly name: string; readonly frames: number }
  | { readonly status: 'failed'; readonly code: string; readonly reason: string }
);

/**
 * One file from the PACS to the destination: its name is decided in the catalog, its objects are written, then its
 * row says so. What is wrong with the file is a result; a broken destination is thrown, and tried again.
 */
export async function exportRecord(context: RecordContext, record: PacsRecord): Promise<RecordResult> {
  const { deps, run, signal } = context;
  const location = record.fileUrl?.trim() || record.filePath?.trim() || undefined;
  const base = { unit: record.unit, located: location !== undefined };
  let downloaded = false;
  try {
    if (!record.studyId?.trim() || !record.instanceId?.trim())
      throw new CxrError('PACS_ROW_INCOMPLETE', record.studyId?.trim() ? 'instance_id' : 'study_id');
    if (location === undefined) throw new CxrError('PACS_NO_LOCATION');
    const placed = await place(context, record, record.instanceId);
    if (placed.state === 'exported' && (await isThere(context, placed))) {
      const own = placed.run_id === run.runId;
      if (!own) context.report.other('skipped');
      const { name, frames } = placed;
      return { ...base, status: own ? 'done' : 'skipped', downloaded: own, name, frames };
    }
    const bytes = await context.tools.downloader.get(location, signal);
    downloaded = true;
    const file = await clean(context, bytes);
    await allowed(context, file);
    await upload(context, placed.name, file);
    await fileExported(deps.catalog.db, {
      ...{ destination: destinationKey(run), unit: record.unit, patient: file.ids.patient },
      ...{ studyUid: file.ids.study, instanceUid: file.ids.instance, frames: file.jpegs.length },
      ...{ dicomHash: file.dicomHash, dicomBytes: file.dicom.length, jpegHash: file.jpegHash },
      ...{ known: file.known, codeVersion: deps.codeVersion, runId: run.runId },
    });
    await settleFile(deps.catalog.db, ledgerId(context, record));
    context.report.done(file);
    return { ...base, status: 'done', downloaded, name: placed.name, frames: file.jpegs.length };
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof CxrError) || error.kind === 'world') throw error;
    context.report.quarantined(error.code);
    await quarantineFile(deps.catalog.db, {
      ...{ fileId: ledgerId(context, record), source: run.source ?? '', runId: run.runId },
      ...{ code: error.code, reason: error.message },
      sealedPath: sealPath(deps.keyring.pathKey, Buffer.from(location ?? '')),
    });
    return { ...base, status: 'failed', downloaded, code: error.code, reason: error.message };
  }
}

function ledgerId({ deps, run }: RecordContext, { unit }: PacsRecord): string {
  return fileId(deps.keyring.pathKey, run.source ?? '', unit);
}

interface Placed {
  readonly name: string;
  readonly frames: number;
  readonly state: 'placed' | 'exported';
  readonly run_id: string;
}

async function place({ deps, run }: RecordContext, record: PacsRecord, instanceId: string): Promise<Placed> {
  const pseudonyms = createPseudonyms(deps.keyring.pseudonymKey);
  const name = fileName(exportedId('instance', instanceId, run, pseudonyms), record.unit);
  return await deps.catalog.transaction((trx) =>
    placeFile(trx, {
      ...{ destination: destinationKey(run), unit: record.unit, settings: run.fileSettings },
      ...{ name, otherwise: `${name}-${record.unit.slice(1, 9)}` },
      ...{ keyEpoch: deps.keyring.epoch, codeVersion: deps.codeVersion, runId: run.runId },
    }),
  );
}

/** What was exported is looked for: somebody may have emptied the destination. */
async function isThere({ deps, run }: RecordContext, { name, frames }: Placed): Promise<boolean> {
  const { store, prefix } = destinationOf(deps, run.destination);
  const keys = [files.dicom(name), ...Array.from({ length: frames }, (_, frame) => files.jpeg(name, frame))];
  const found = await Promise.all(keys.map((key) => store.stat(prefix + key)));
  return found.every((object) => object !== undefined);
}

async function clean({ run, signal, clean: task }: RecordContext, bytes: Buffer): Promise<CleanFile> {
  const settings = {
    ...{ issuer: run.issuer, profileText: run.profileText, deviceRules: run.deviceRules, window: run.window },
  };
  const outcome = await task<CleanFileOutcome>('pacsFile', { bytes, settings }, { signal }).catch(
    (error: unknown) => {
      // In a thread nothing of the world is touched: what fails unexpectedly there is a fault of this program.
      if (error instanceof CxrError && error.code === 'UNEXPECTED')
        throw new CxrError('PROCESSING_FAILED', error.detail);
      throw error;
    },
  );
  if (outcome.status === 'done') return outcome;
  throw known(outcome.code, outcome.reason);
}

/** The error of a thread again, whose class was lost on the way. */
function known(code: string, reason: string): CxrError {
  if (!(code in ERRORS)) return new CxrError('PROCESSING_FAILED');
  const { message } = ERRORS[code as ErrorCode];
  const detail = reason.startsWith(`${message}: `) ? reason.slice(message.length + 2) : undefined;
  return new CxrError(code as ErrorCode, detail);
}

/** @throws CxrError NEEDS_REVIEW, PATIENT_CONFLICT */
async function allowed({ deps, run }: RecordContext, file: CleanFile): Promise<void> {
  const { db } = deps.catalog;
  if (file.review.length > 0) {
    const { imageId } = createPseudonyms(deps.keyring.pseudonymKey);
    if (!(await isApproved(db, imageId(file.ids.instance, 1))))
      throw new CxrError('NEEDS_REVIEW', file.review.map(({ code }) => code).join(', '));
  }
  const other = await db
    .selectFrom('pacs_files')
    .select('unit')
    .where('destination', '=', destinationKey(run))
    .where('study_uid', '=', file.ids.study)
    .where('patient', '!=', file.ids.patient)
    .limit(1)
    .executeTakeFirst();
  if (other) throw new CxrError('PATIENT_CONFLICT');
}

async function upload({ deps, run, signal }: RecordContext, name: string, file: CleanFile): Promise<void> {
  const { store, prefix } = destinationOf(deps, run.destination);
  await store.write(prefix + files.dicom(name), file.dicom, { contentType: 'application/dicom', signal });
  for (const [frame, jpeg] of file.jpegs.entries())
    await store.write(prefix + files.jpeg(name, frame), jpeg, { contentType: 'image/jpeg', signal });
}
