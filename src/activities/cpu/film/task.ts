import { type DeviceRule, loadDeviceRules, parseDeviceRules } from '../../../dicom/burnin/rules.js';
import { createDeidentifier, type Deidentifier } from '../../../dicom/deidentify/deidentifier.js';
import { loadProfile } from '../../../dicom/deidentify/profile.js';
import type { Keyring } from '../../../privacy/keyring.js';
import { createPseudonyms } from '../../../privacy/pseudonyms.js';
import type { FilmInput, FilmOutcome, FilmSettings } from './outcome.js';
import { processFilm } from './process.js';

/** The film step of a thread or process: de-identifiers are made once a profile and issuer. */
export function createFilmTask(keyring: Keyring): (input: FilmInput) => Promise<FilmOutcome> {
  const pseudonyms = createPseudonyms(keyring.pseudonymKey);
  const shipped = loadDeviceRules();
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
  const parsed = new Map<string, readonly DeviceRule[]>();
  const rulesOf = ({ deviceRules }: FilmSettings): readonly DeviceRule[] => {
    if (deviceRules === undefined) return shipped;
    const rules = parsed.get(deviceRules) ?? parseDeviceRules(deviceRules);
    parsed.set(deviceRules, rules);
    return rules;
  };
  return ({ bytes, settings }) =>
    processFilm(bytes, { ...settings, deviceRules: rulesOf(settings) }, deidentifierFor(settings));
}
