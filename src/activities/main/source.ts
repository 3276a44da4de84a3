import type { Config } from '../../config/load.js';
import { CxrError } from '../../errors.js';
import { parseRoot } from '../../storage/open.js';

export interface Source {
  /** Configured name, or the root URI. */
  readonly name: string;
  readonly root: string;
  readonly issuer: string | undefined;
}

/**
 * The source a run reads: a name of the configuration or a root URI; without either the only one configured.
 * @param field of the input that asks, for messages
 * @throws CxrError BAD_INPUT, CREDENTIALS_IN_URL
 */
export function resolveSource({ sources }: Config, asked: string | undefined, field = 'source'): Source {
  const names = Object.keys(sources);
  const name = asked ?? (names.length === 1 ? names[0] : undefined);
  if (name === undefined)
    throw new CxrError(
      'BAD_INPUT',
      `${field}: ${names.length} are configured (${names.join(', ') || 'none'}); name one, or give a root URI`,
    );
  const configured = sources[name];
  if (configured) return { name, root: configured.uri, issuer: configured.issuer };
  if (!/^[a-z0-9]+:\/\//i.test(name))
    throw new CxrError(
      'BAD_INPUT',
      `${field}: no such name in the configuration (there are: ${names.join(', ') || 'none'})`,
    );
  const { uri } = parseRoot(name);
  return { name: uri, root: uri, issuer: undefined };
}
