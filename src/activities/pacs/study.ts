import { loadProfile } from '../../dicom/deidentify/profile.js';
import { CxrError, ERRORS, type ErrorCode } from '../../errors.js';
import type { ErrorRow, TableRow } from '../../pacs/csv.js';
import { shiftedBack } from '../../pacs/dates.js';
import type { PacsRecord } from '../../pacs/records.js';
import { createPseudonyms } from '../../privacy/pseudonyms.js';
import { uriOf } from '../../storage/open.js';
import type { PacsRun } from '../api/pacs.js';
import type { Deps } from '../deps.js';
import type { CleanReport, CleanReportInput } from './clean-report.js';
import { destinationKey, exportedId, files } from './places.js';
import type { RecordResult } from './record.js';

/** The records of a study, and what became of each. */
export type StudyRecords = readonly { readonly record: PacsRecord; readonly result: RecordResult }[];

export interface StudyRows {
  readonly studyId: string;
  readonly rows: readonly TableRow[];
  readonly errors: readonly ErrorRow[];
  /** Clean; empty where there is none. */
  readonly report: string;
  /** Whether any name was known to remove. */
  readonly named: boolean;
  readonly withheld: boolean;
}

/** The rows of a study: its report cleaned by what all of its files and rows say, its dates shifted as its patient's. */
export async function studyRows(
  deps: Deps,
  run: PacsRun,
  study: StudyRecords,
  signal: AbortSignal,
): Promise<StudyRows> {
  const pseudonyms = createPseudonyms(deps.keyring.pseudonymKey);
  const exported = await exportedFiles(deps, run, study);
  const patients = new Set(exported.flatMap(({ patient }) => patient ?? []));
  const [patient] = patients;
  const keepsDates = loadProfile(run.profileText).options.has('retainLongitudinalModifiedDates');
  const certain = patients.size === 1 && patient !== undefined && keepsDates;
  const shiftDays = certain ? pseudonyms.dateShiftDays(patient) : undefined;
  const report = await reportOf(deps, run, study, { exported, patients: patients.size, shiftDays, signal });
  const idOf = (kind: 'study' | 'instance', id: string | null) =>
    id?.trim() ? exportedId(kind, id, run, pseudonyms) : '';
  const rows: TableRow[] = [];
  const errors: ErrorRow[] = [];
  const fail = (instanceId: string | null, code: string, message: string) =>
    errors.push({
      study_id: idOf('study', study[0]?.record.studyId ?? null),
      instance_id: idOf('instance', instanceId),
      code,
      message,
      hint: code in ERRORS ? ERRORS[code as ErrorCode].hint : '',
    });
  for (const { record, result } of study) {
    const local = result.status === 'failed' ? '' : files.dicom(result.name);
    const keep = run.sourceReferences === 'keep';
    rows.push({
      study_id: idOf('study', record.studyId),
      series_number: record.seriesNumber ?? '',
      instance_id: idOf('instance', record.instanceId),
      instance_number: record.instanceNumber ?? '',
      file_path: keep ? (record.filePath ?? '') : local,
      file_url: keep ? (record.fileUrl ?? '') : local && uriOf(run.destination, local),
      report_value: report.text,
      field_created_at: createdAt(record, run, shiftDays),
      downloaded: result.status !== 'failed',
      local_file_path: local,
    });
    if (result.status === 'failed') fail(record.instanceId, result.code, result.reason);
  }
  if (report.error) fail(null, report.error.code, report.error.message);
  return {
    ...{ studyId: idOf('study', study[0]?.record.studyId ?? null), rows, errors, report: report.text },
    ...{ named: report.named, withheld: report.error !== undefined },
  };
}

function createdAt({ createdAt: time }: PacsRecord, run: PacsRun, shiftDays: number | undefined): string {
  if (time === null) return '';
  if (run.ids === 'keep') return time;
  return shiftDays === undefined ? '' : shiftedBack(time, shiftDays);
}

interface ExportedFile {
  readonly patient: string | null;
  readonly known: Buffer | null;
}

async function exportedFiles(
  deps: Deps,
  run: PacsRun,
  study: StudyRecords,
): Promise<readonly ExportedFile[]> {
  const units = study.filter(({ result }) => result.status !== 'failed').map(({ record }) => record.unit);
  const found: ExportedFile[] = [];
  for (let from = 0; from < units.length; from += 500)
    found.push(
      ...(await deps.catalog.db
        .selectFrom('pacs_files')
        .select(['patient', 'known'])
        .where('destination', '=', destinationKey(run))
        .where('unit', 'in', units.slice(from, from + 500))
        .execute()),
    );
  return found;
}

interface Report {
  readonly text: string;
  readonly named: boolean;
  readonly error?: CxrError;
}

async function reportOf(
  deps: Deps,
  run: PacsRun,
  study: StudyRecords,
  about: {
    readonly exported: readonly ExportedFile[];
    readonly patients: number;
    readonly shiftDays: number | undefined;
    readonly signal: AbortSignal;
  },
): Promise<Report> {
  const text = study[0]?.record.about;
  const none = { text: '', named: true };
  if (run.reports === 'none' || text === undefined) return none;
  if (text.tooLarge)
    return { ...none, error: new CxrError('REPORT_TOO_LARGE', `over ${run.maxReport} bytes`) };
  if (text.report === '') return none;
  if (about.patients > 1) return { ...none, error: new CxrError('PATIENT_CONFLICT') };
  const input: CleanReportInput = {
    report: text.report,
    known: about.exported.flatMap(({ known }) => (known ? [new Uint8Array(known)] : [])),
    columns: text.identifiers,
    ids: study.flatMap(({ record }) =>
      [record.studyId, record.seriesId, record.instanceId].filter((id): id is string => id !== null),
    ),
    shiftDays: about.shiftDays,
  };
  try {
    const { report, named } = await deps.pool.run<CleanReport>('pacsReport', input, { signal: about.signal });
    // No header was read and no column names anybody: nothing was known to look for.
    if (!named && about.exported.length === 0) return { ...none, error: new CxrError('REPORT_WITHHELD') };
    return { text: report, named };
  } catch (error) {
    about.signal.throwIfAborted();
    if (!(error instanceof CxrError) || error.kind === 'world') throw error;
    return { ...none, error };
  }
}
