import { createDeidentifier, type Deidentifier } from '../../../dicom/deidentify/deidentifier.js';
import { loadProfile } from '../../../dicom/deidentify/profile.js';
import type { Keyring } from '../../../privacy/keyring.js';
import { createPseudonyms } from '../../../privacy/pseudonyms.js';
import type { FilmInput, FilmOutcome, FilmSettings } from './outcome.js';
import { processFilm } from './process.js';

/** The film step of a thread or process: de-identifiers are made once a profile and issuer. */
export function createFilmTask(keyring: Keyring): (input: FilmInput) => Promise<FilmOutcome> {
  const pseudonyms = createPseudonyms(keyring.pseudonymKey);
  const made = new Map<string, Deidentifier>();
  const deidentifierFor = ({ profileText, issuer }: FilmSettings): Deidentifier => {
    const key = `${issuer}\n${profileText}`;
    const known = made.get(key);
    if (known) return known;
    const fresh = createDeidentifier({
      profile: loadProfile(profileText),
      pseudonyms,
      source: issuer,
      keyEpoch: keyring.epoch,
    });
    made.set(key, fresh);
    return fresh;
  };
  return ({ bytes, settings }) => processFilm(bytes, settings, deidentifierFor(settings));
}
