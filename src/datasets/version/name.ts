import { CxrError } from '../../errors.js';

const VERSION = /^[A-Za-z0-9][A-Za-z0-9._+-]{0,62}$/;

/**
 * A version's name is also the name of its folder.
 * @throws CxrError BAD_INPUT unless it is `v1.0`-like: no separators, no spaces, at most 63 characters
 */
export function checkVersionName(version: string): string {
  if (!VERSION.test(version) || version.includes('..'))
    throw new CxrError(
      'BAD_INPUT',
      'version: expected a tag such as v1.0: letters, digits, `.`, `_`, `+` and `-`, at most 63',
    );
  return version;
}
