import type { Settings } from '../../config/schema.js';
import type { Keyring } from '../../privacy/keyring.js';
import type { FilmInput } from './film/outcome.js';
import { createFilmTask } from './film/task.js';
import { type PictureInput, preparePicture } from './prepare-picture.js';

/** What the threads of the cpu queue can do, by name. */
export interface Tasks {
  readonly film: (input: FilmInput) => Promise<unknown>;
  readonly picture: (input: PictureInput) => Promise<unknown>;
}

export function createTasks(context: {
  keyring: Keyring;
  settings: Settings;
}): Record<string, (input: unknown) => Promise<unknown>> {
  const film = createFilmTask(context.keyring);
  return {
    film: (input) => film(input as FilmInput),
    picture: (input) => preparePicture(input as PictureInput),
  };
}
