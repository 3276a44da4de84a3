import type { Settings } from '../../config/schema.js';
import type { Keyring } from '../../privacy/keyring.js';
import { createPseudonyms } from '../../privacy/pseudonyms.js';
import { createPictureTask, type LabelledInput } from './detection/task.js';
import type { FilmInput } from './film/outcome.js';
import { createFilmTask } from './film/task.js';
import { type PictureInput, preparePicture } from './prepare-picture.js';
import { type FinishInput, finishExample } from './processing/finish-example.js';
import { type PrepareInput, prepareImage } from './processing/prepare-image.js';

/** What the threads of the cpu queue can do, by name. */
export interface Tasks {
  readonly film: (input: FilmInput) => Promise<unknown>;
  readonly picture: (input: PictureInput) => Promise<unknown>;
  readonly labelled: (input: LabelledInput) => Promise<unknown>;
  readonly prepareImage: (input: PrepareInput) => Promise<unknown>;
  readonly finishExample: (input: FinishInput) => Promise<unknown>;
}

export function createTasks(context: {
  keyring: Keyring;
  settings: Settings;
}): Record<string, (input: unknown) => Promise<unknown>> {
  const film = createFilmTask(context.keyring);
  const labelled = createPictureTask();
  const pseudonyms = createPseudonyms(context.keyring.pseudonymKey);
  return {
    film: (input) => film(input as FilmInput),
    picture: (input) => preparePicture(input as PictureInput),
    labelled: (input) => labelled(input as LabelledInput),
    prepareImage: (input) => prepareImage(input as PrepareInput, pseudonyms),
    finishExample: (input) => finishExample(input as FinishInput),
  };
}
