import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { CxrError, type ErrorCode, isCxrError } from '../errors.js';
import { createPool } from '../workers/pool.js';
import type { Picture, RenderOutcome, RenderRun, RenderTask } from '../workers/render-file.js';
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
import { frames, isDicom } from './naming-questions.js';
import { outputStems } from './output-names.js';
import type { RenderSettings } from './render-flags.js';

export interface RenderItem {
  readonly source: string;
  readonly outputs: readonly string[];
  readonly status: 'done' | 'skipped' | 'ignored' | 'quarantined';
  readonly code?: ErrorCode;
  readonly reason?: string;
  /** With 16 bits, of each output: what its values mean. */
  readonly values?: readonly Pick<Picture, 'maxValue' | 'modality'>[];
}

export interface RenderFilesOptions extends RenderSettings {
  readonly inputs: readonly BytePath[];
  readonly out: BytePath;
  readonly signal: AbortSignal;
  readonly onItem: (item: RenderItem, total: number) => void;
}

/**
 * Renders all DICOM files below the inputs into the output folder, each file by itself on a thread.
 * @throws CxrError BAD_INPUT for inputs that cannot be read or an output folder that is an input folder,
 *   OUTPUT_UNWRITABLE; the signal's reason when it is aborted. Finished pictures stay.
 */
export async function renderFiles(options: RenderFilesOptions): Promise<readonly RenderItem[]> {
  const { inputs, out, format, signal, onItem } = options;
  makeFolder(out, inputs);
  const unreadable: RenderItem[] = [];
  const files = [
    ...inputFiles(inputs, out, (path) => unreadable.push(quarantined(path, new CxrError('UNREADABLE')))),
  ];
  const total = files.length + unreadable.length;
  for (const item of unreadable) onItem(item, total);
  if (files.length === 0) return unreadable;

  const extension = format === 'png' ? 'png' : 'jpg';
  const pictures = pictureInputs(files, extension);
  const folder = realPath(out) ?? out;
  const stems = await outputStems(files, {
    isDicom,
    frames,
    isInput: (stem) => pictures.has(`${folder}/${stem}.${extension}`),
  });

  const run: RenderRun = { options: options.options, format, inputs: pictures };
  const pool = createPool<RenderTask, RenderOutcome>({
    file: threadUrl(import.meta.url, '../workers/render-file.js'),
    threads: Math.min(options.threads || availableParallelism(), files.length),
    workerData: run,
  });
  const broken = new AbortController();
  const either = AbortSignal.any([signal, broken.signal]);
  try {
    const rendered = files.map(async ({ path }, index): Promise<RenderItem> => {
      const stem = stems[index] ?? '';
      const temporary = joinPath(folder, stem.replace(/[^/]*$/, `.cxrflow-${process.pid}-${index}.part`));
      const item = await pool
        .run({ source: path, folder, stem, temporary }, { signal: either })
        .then((outcome) => itemOf(path, out, folder, outcome, options.options.bits))
        .catch((error: unknown) => {
          removeTemporary(temporary);
          if (!isCxrError(error) || error.kind !== 'file') {
            broken.abort(error);
            throw error;
          }
          return quarantined(path, error);
        });
      onItem(item, total);
      return item;
    });
    return [...unreadable, ...(await settle(rendered))];
  } finally {
    await pool.close();
  }
}

/** Waits for all, then throws the first error: nothing may still be writing when the pool closes. */
async function settle<T>(promises: readonly Promise<T>[]): Promise<readonly T[]> {
  await Promise.allSettled(promises);
  return Promise.all(promises);
}

function makeFolder(out: BytePath, inputs: readonly BytePath[]): void {
  try {
    mkdirSync(pathBytes(out), { recursive: true });
  } catch (error) {
    throw new CxrError('OUTPUT_UNWRITABLE', (error as NodeJS.ErrnoException).code, { cause: error });
  }
  if (inputs.some((input) => realPath(input) === realPath(out)))
    throw new CxrError('BAD_INPUT', '--out is a folder of IN: pictures and inputs would lie in one place');
}

/** Real paths of inputs that look like an output by their extension. */
function pictureInputs(files: readonly InputFile[], extension: string): ReadonlySet<BytePath> {
  const same = files.filter(({ name }) => name.toLowerCase().endsWith(`.${extension}`));
  return new Set(same.map(({ path }) => realPath(path) ?? path));
}

function itemOf(
  source: BytePath,
  out: BytePath,
  folder: BytePath,
  outcome: RenderOutcome,
  bits: 8 | 16,
): RenderItem {
  if (outcome.status !== 'done') return { source: pathText(source), outputs: [], ...outcome };
  const outputs = outcome.pictures.map(({ path }) => pathText(joinPath(out, path.slice(folder.length + 1))));
  const item = { source: pathText(source), outputs, status: 'done' } as const;
  if (bits === 8) return item;
  const values = outcome.pictures.map(({ maxValue, modality }) => ({
    maxValue,
    ...(modality && { modality }),
  }));
  return { ...item, values };
}

function quarantined(source: BytePath, error: CxrError): RenderItem {
  const { code, message: reason } = error;
  return { source: pathText(source), outputs: [], status: 'quarantined', code, reason };
}

/** A thread that was stopped leaves the pictures it had not yet named. */
function removeTemporary(temporary: BytePath): void {
  const at = temporary.lastIndexOf('/');
  const start = temporary.slice(at + 1);
  const folder = temporary.slice(0, at);
  if (realPath(folder) === undefined) return;
  for (const name of readdirSync(pathBytes(folder), { encoding: 'buffer' })) {
    const text = name.toString('latin1');
    if (text.startsWith(start)) rmSync(pathBytes(`${folder}/${text}`), { force: true });
  }
}
