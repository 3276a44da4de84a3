import type { Keyring } from '../../../privacy/keyring.js';
import type { FilmInput, FilmOutcome } from './outcome.js';
import { processFilm } from './process.js';
import { createFilmTools } from './tools.js';

/** The film step of a thread or process. */
export function createFilmTask(
  keyring: Keyring,
  tools = createFilmTools(keyring),
): (input: FilmInput) => Promise<FilmOutcome> {
  return ({ bytes, settings }) =>
    processFilm(bytes, { ...settings, deviceRules: tools.rules(settings) }, tools.deidentifier(settings));
}
