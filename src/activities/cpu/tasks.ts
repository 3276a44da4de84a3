import type { Keyring } from '../../privacy/keyring.js';
import { createPseudonyms } from '../../privacy/pseudonyms.js';
import type { CleanFileInput } from '../pacs/clean-file.js';
import type { CleanReportInput } from '../pacs/clean-report.js';
import type { LabelledInput } from './detection/task.js';
import type { FilmInput } from './film/outcome.js';
import type { PictureInput } from './prepare-picture.js';
import type { FinishInput } from './processing/finish-batch.js';
import type { PrepareBatchInput } from './processing/prepare-batch.js';
import type { PrepareInput } from './processing/prepare-image.js';

/**
 * What the threads of the cpu queue can do, by name. The code of a task is loaded when it is first asked for: that of all
 * of them takes a thread longer than dozens of images.
 */
export function createTasks(keyring: Keyring): Record<string, (input: unknown) => Promise<unknown>> {
  const { pathKey } = keyring;
  const pseudonyms = createPseudonyms(keyring.pseudonymKey);
  const tools = once(async () => (await import('./film/tools.js')).createFilmTools(keyring));
  const film = once(async () => (await import('./film/task.js')).createFilmTask(keyring, await tools()));
  const picture = once(() => import('./prepare-picture.js'));
  const labelled = once(async () => (await import('./detection/task.js')).createPictureTask());
  const image = once(() => import('./processing/prepare-image.js'));
  const batch = once(async () => (await import('./processing/prepare-batch.js')).createBatchTask(pseudonyms));
  const finish = once(() => import('./processing/finish-batch.js'));
  const file = once(() => import('../pacs/clean-file.js'));
  const report = once(() => import('../pacs/clean-report.js'));
  return {
    film: async (input) => (await film())(input as FilmInput),
    picture: async (input) => (await picture()).preparePicture(input as PictureInput),
    labelled: async (input) => (await labelled())(input as LabelledInput),
    prepareImage: async (input) => (await image()).prepareImage(input as PrepareInput, pseudonyms),
    prepareBatch: async (input) => (await batch())(input as PrepareBatchInput),
    finishBatch: async (input) => (await finish()).finishBatch(input as FinishInput),
    pacsFile: async (input) => (await file()).cleanFile(input as CleanFileInput, await tools(), pathKey),
    pacsReport: async (input) => (await report()).cleanReport(input as CleanReportInput, pathKey),
  };
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
