import { readFileSync } from 'node:fs';
import { loadProfile, type Profile, shippedProfiles } from '../dicom/deidentify/profile.js';
import { CxrError } from '../errors.js';

/**
 * A de-identification profile as named on the command line: a shipped one, else a file.
 *
 * @throws CxrError BAD_PROFILE
 */
export function openProfile(nameOrFile: string): Profile {
  if (shippedProfiles().includes(nameOrFile)) return loadProfile(nameOrFile);
  let source: string;
  try {
    source = readFileSync(nameOrFile, 'utf8');
  } catch (error) {
    const known = shippedProfiles().join(', ');
    throw new CxrError('BAD_PROFILE', `neither a file that can be read nor one of ${known}`, {
      cause: error,
    });
  }
  return loadProfile(source);
}
