import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import type { DeidIds, Review } from '../dicom/deidentify/deidentifier.js';
import type { Profile } from '../dicom/deidentify/profile.js';
import { type DeidReport, ReportBuilder } from '../dicom/deidentify/report.js';
import { CxrError, type ErrorCode, isCxrError } from '../errors.js';
import { type Keyring, toThread } from '../privacy/keyring.js';
import type { DeidDone, DeidOutcome, DeidRun, DeidTask } from '../workers/deidentify-file.js';
import { createPool } from '../workers/pool.js';
import { threadUrl } from '../workers/thread-url.js';
import {
  type BytePath,
  type InputFile,
  inputFiles,
  joinPath,
  pathBytes,
  pathText,
  realPath,
} from './input-files.js';
import { isDicom } from './naming-questions.js';
import { outputStems } from './output-names.js';

export interface DeidItem {
  readonly source: string;
  readonly outputs: readonly string[];
  readonly status: 'done' | 'skipped' | 'ignored' | 'quarantined';
  readonly code?: ErrorCode;
  readonly reason?: string;
  /** Why a person must look before the image is used; it lies below `review/`. */
  readonly review?: readonly Review[];
}

export interface DeidFilesOptions {
  readonly inputs: readonly BytePath[];
  readonly out: BytePath;
  readonly profile: Profile;
  readonly keyring: Keyring;
  /** Domain of patient ids whose file names no issuer. */
  readonly sourceName: string;
  readonly keepTree: boolean;
  /** YAML text; without it the shipped device rules. */
  readonly deviceRules?: string | undefined;
  /** 0: as many as there are processors. */
  readonly threads: number;
  readonly signal: AbortSignal;
  readonly onItem: (item: DeidItem, total: number) => void;
}

/** Finished, but perhaps not to stay. */
interface Placed {
  readonly source: BytePath;
  readonly outcome: DeidDone;
  /** Relative to the output folder. */
  readonly place: BytePath;
  /** What lies there already: the same pixels, or others. */
  readonly earlier: 'none' | 'same' | 'other';
}

/**
 * De-identifies all DICOM files below the inputs into the output folder, each file by itself on a thread.
 *
 * Files are placed in the order of their names, whichever thread is faster. A study in which two patient ids were
 * met is taken out again as a whole: nobody here knows whose it is. Of two images with one SOP Instance UID the first
 * stays; without `keepTree`, where they would share a name, the other is the same again or a conflict.
 *
 * @throws CxrError BAD_INPUT, OUTPUT_UNWRITABLE; the signal's reason when it is aborted. Finished files stay.
 */
export async function deidentifyFiles(
  options: DeidFilesOptions,
): Promise<{ readonly items: readonly DeidItem[]; readonly report: DeidReport }> {
  const { inputs, out, signal, onItem } = options;
  makeFolder(out, inputs);
  const items: DeidItem[] = [];
  const files = [
    ...inputFiles(inputs, out, (path) => items.push(quarantined(path, new CxrError('UNREADABLE')))),
  ];
  const total = files.length + items.length;
  for (const item of items) onItem(item, total);
  const folder = realPath(out) ?? out;
  const stems = options.keepTree ? await keptStems(files) : [];
  const placed: Placed[] = [];
  const taken = new Map<BytePath, string>();

  const run: DeidRun = {
    profile: options.profile.source,
    keyring: toThread(options.keyring),
    source: options.sourceName,
    deviceRules: options.deviceRules,
  };
  const pool = createPool<DeidTask, DeidOutcome>({
    file: threadUrl(import.meta.url, '../workers/deidentify-file.js'),
    threads: Math.max(1, Math.min(options.threads || availableParallelism(), files.length)),
    workerData: run,
  });
  const broken = new AbortController();
  const either = AbortSignal.any([signal, broken.signal]);
  const temporaryOf = (index: number) => joinPath(folder, `.cxrflow-${process.pid}-${index}.part`);
  try {
    const outcomes = files.map(({ path }, index) =>
      pool
        .run({ source: path, temporary: temporaryOf(index) }, { signal: either })
        .catch((error: unknown) => {
          if (isCxrError(error) && error.kind === 'file') return error;
          broken.abort(error);
          throw error;
        }),
    );
    const settled = Promise.allSettled(outcomes);
    try {
      for (const [index, { path }] of files.entries()) {
        const outcome = await outcomes[index];
        if (outcome === undefined) continue;
        if (isCxrError(outcome) || outcome.status !== 'done') {
          rmSync(pathBytes(temporaryOf(index)), { force: true });
          const item = isCxrError(outcome)
            ? quarantined(path, outcome)
            : { source: pathText(path), outputs: [], ...outcome };
          items.push(item);
          onItem(item, total);
          continue;
        }
        const place = placeOf(outcome, stems[index]);
        const known = taken.get(place);
        if (known === undefined) {
          move(temporaryOf(index), joinPath(folder, place));
          taken.set(place, outcome.pixels);
        }
        const earlier = known === undefined ? 'none' : known === outcome.pixels ? 'same' : 'other';
        placed.push({ source: path, outcome, place, earlier });
        onItem({ source: pathText(path), outputs: [], status: 'done' }, total);
      }
    } finally {
      await settled;
      for (const index of files.keys()) rmSync(pathBytes(temporaryOf(index)), { force: true });
    }
  } finally {
    await pool.close();
  }

  const builder = new ReportBuilder(options.profile, options.keyring.epoch);
  for (const item of items) {
    if (item.status === 'quarantined') builder.quarantined(item.code ?? 'UNREADABLE');
    else if (item.status !== 'done') builder.other(item.status);
  }
  const conflict = patientConflicts(placed);
  for (const one of placed) items.push(finalItem(one, conflict(one), out, folder, builder));
  return { items, report: builder.report() };
}

function finalItem(
  { source, outcome, place, earlier }: Placed,
  conflict: boolean,
  out: BytePath,
  folder: BytePath,
  builder: ReportBuilder,
): DeidItem {
  const code = conflict ? 'PATIENT_CONFLICT' : earlier === 'other' ? 'UID_CONFLICT' : undefined;
  if (conflict) rmSync(pathBytes(joinPath(folder, place)), { force: true });
  if (code !== undefined) {
    builder.quarantined(code);
    return quarantined(source, new CxrError(code));
  }
  if (earlier === 'same') {
    builder.other('skipped');
    return { source: pathText(source), outputs: [], status: 'skipped', reason: 'the same image again' };
  }
  builder.done(outcome);
  const { review } = outcome;
  const item = {
    source: pathText(source),
    outputs: [pathText(joinPath(out, place))],
    status: 'done',
  } as const;
  return review.length === 0 ? item : { ...item, review };
}

/** Which files are in a study of two patients. */
function patientConflicts(placed: readonly Placed[]): (one: Placed) => boolean {
  const patients = new Map<string, Set<string>>();
  for (const { outcome } of placed) {
    const { study, patient, patientKnown } = outcome.ids;
    if (patientKnown) add(patients, study, patient);
  }
  return ({ outcome }) => (patients.get(outcome.ids.study)?.size ?? 0) > 1;
}

function add(map: Map<string, Set<string>>, key: string, value: string): void {
  const values = map.get(key);
  if (values === undefined) map.set(key, new Set([value]));
  else values.add(value);
}

/** Relative to the output folder. */
function placeOf({ ids, review }: { ids: DeidIds; review: readonly Review[] }, stem?: BytePath): BytePath {
  const place = stem ?? `${ids.patient}/${ids.study}/${ids.instance}`;
  return `${review.length > 0 ? 'review/' : ''}${place}.dcm`;
}

async function keptStems(files: readonly InputFile[]): Promise<readonly BytePath[]> {
  return outputStems(files, { isDicom, frames: async () => 1, isInput: () => false });
}

function makeFolder(out: BytePath, inputs: readonly BytePath[]): void {
  try {
    mkdirSync(pathBytes(out), { recursive: true });
  } catch (error) {
    throw new CxrError('OUTPUT_UNWRITABLE', (error as NodeJS.ErrnoException).code, { cause: error });
  }
  if (inputs.some((input) => realPath(input) === realPath(out)))
    throw new CxrError('BAD_INPUT', '--out is a folder of IN: originals and copies would lie in one place');
}

function move(from: BytePath, to: BytePath): void {
  try {
    mkdirSync(pathBytes(to.replace(/[^/]*$/, '')), { recursive: true });
    renameSync(pathBytes(from), pathBytes(to));
  } catch (error) {
    throw new CxrError('OUTPUT_UNWRITABLE', (error as NodeJS.ErrnoException).code, { cause: error });
  }
}

function quarantined(source: BytePath, error: CxrError): DeidItem {
  const { code, message: reason } = error;
  return { source: pathText(source), outputs: [], status: 'quarantined', code, reason };
}
