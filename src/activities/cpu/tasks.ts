import type { Settings } from '../../config/schema.js';
import type { Keyring } from '../../privacy/keyring.js';
import { createPseudonyms } from '../../privacy/pseudonyms.js';
import { type CleanFileInput, cleanFile } from '../pacs/clean-file.js';
import { type CleanReportInput, cleanReport } from '../pacs/clean-report.js';
import { createPictureTask, type LabelledInput } from './detection/task.js';
import type { FilmInput } from './film/outcome.js';
import { createFilmTask } from './film/task.js';
import { createFilmTools } from './film/tools.js';
import { type PictureInput, preparePicture } from './prepare-picture.js';
import { type FinishInput, finishBatch } from './processing/finish-batch.js';
import { createBatchTask, type PrepareBatchInput } from './processing/prepare-batch.js';
import { type PrepareInput, prepareImage } from './processing/prepare-image.js';

/** What the threads of the cpu queue can do, by name. */
export interface Tasks {
  readonly film: (input: FilmInput) => Promise<unknown>;
  readonly picture: (input: PictureInput) => Promise<unknown>;
  readonly labelled: (input: LabelledInput) => Promise<unknown>;
  readonly prepareImage: (input: PrepareInput) => Promise<unknown>;
  readonly prepareBatch: (input: PrepareBatchInput) => Promise<unknown>;
  readonly finishBatch: (input: FinishInput) => Promise<unknown>;
  readonly pacsFile: (input: CleanFileInput) => Promise<unknown>;
  readonly pacsReport: (input: CleanReportInput) => Promise<unknown>;
}

export function createTasks(context: {
  keyring: Keyring;
  settings: Settings;
}): Record<string, (input: unknown) => Promise<unknown>> {
  const labelled = createPictureTask();
  const tools = createFilmTools(context.keyring);
  const film = createFilmTask(context.keyring, tools);
  const { pathKey } = context.keyring;
  const pseudonyms = createPseudonyms(context.keyring.pseudonymKey);
  const prepareBatch = createBatchTask(pseudonyms);
  return {
    film: (input) => film(input as FilmInput),
    picture: (input) => preparePicture(input as PictureInput),
    labelled: (input) => labelled(input as LabelledInput),
    prepareImage: (input) => prepareImage(input as PrepareInput, pseudonyms),
    prepareBatch: (input) => prepareBatch(input as PrepareBatchInput),
    finishBatch: (input) => finishBatch(input as FinishInput),
    pacsFile: (input) => cleanFile(input as CleanFileInput, tools, pathKey),
    pacsReport: (input) => cleanReport(input as CleanReportInput, pathKey),
  };
}
