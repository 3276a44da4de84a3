import { type DeviceRule, loadDeviceRules, parseDeviceRules } from '../../../dicom/burnin/rules.js';
import { createDeidentifier, type Deidentifier } from '../../../dicom/deidentify/deidentifier.js';
import { loadProfile } from '../../../dicom/deidentify/profile.js';
import type { Keyring } from '../../../privacy/keyring.js';
import { createPseudonyms } from '../../../privacy/pseudonyms.js';
import type { FilmSettings } from './outcome.js';

/** What films are cleaned with, made once a profile and issuer in a thread or process. */
export interface FilmTools {
  deidentifier(settings: Pick<FilmSettings, 'profileText' | 'issuer'>): Deidentifier;
  rules(settings: Pick<FilmSettings, 'deviceRules'>): readonly DeviceRule[];
}

export function createFilmTools(keyring: Keyring): FilmTools {
  const pseudonyms = createPseudonyms(keyring.pseudonymKey);
  const shipped = loadDeviceRules();
  const made = new Map<string, Deidentifier>();
  const parsed = new Map<string, readonly DeviceRule[]>();
  return {
    deidentifier({ profileText, issuer }) {
      const key = `${issuer}\n${profileText}`;
      const known = made.get(key);
      if (known) return known;
      const profile = loadProfile(profileText);
      const fresh = createDeidentifier({ profile, pseudonyms, source: issuer, keyEpoch: keyring.epoch });
      made.set(key, fresh);
      return fresh;
    },
    rules({ deviceRules }) {
      if (deviceRules === undefined) return shipped;
      const rules = parsed.get(deviceRules) ?? parseDeviceRules(deviceRules);
      parsed.set(deviceRules, rules);
      return rules;
    },
  };
}
