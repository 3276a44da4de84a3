/** What is wrong with a configuration: a line a key, saying what came and what was expected. */
import type { z } from 'zod';
import { CxrError } from '../errors.js';
import { hasCredentials } from './credentials.js';
import { ENVIRONMENT, isTree } from './layers.js';

export interface Problem {
  /** `ingest.shardSize` */
  readonly key: string;
  /** `got 4000, expected a whole number from 1 to 400` */
  readonly text: string;
  readonly credentials?: true;
}

/** @throws CxrError CREDENTIALS_IN_URL when that is all that is wrong, else BAD_CONFIG; both list every problem. */
export function refuse(problems: readonly Problem[]): never {
  const lines = problems.map(({ key, text }) => `\n  ${key}${variableOf(key)}: ${text}`);
  const code = problems.every((p) => p.credentials) ? 'CREDENTIALS_IN_URL' : 'BAD_CONFIG';
  throw new CxrError(code, `${problems.length} to correct${lines.join('')}`);
}

/** Problems of the schema, in the order of the schema. `raw` is what was checked. */
export function schemaProblems(error: z.ZodError, raw: unknown): Problem[] {
  return error.issues.flatMap((issue) => {
    const at = issue.path.filter((part) => typeof part !== 'symbol');
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => ({ key: keyName([...at, key]), text: unknownKey(key) }));
    if (issue.code === 'invalid_key')
      return [{ key: keyName(at), text: 'expected a name of letters, digits, - and _' }];
    return [{ key: keyName(at), text: `got ${shown(at, raw)}, expected ${issue.message}` }];
  });
}

/** URLs with user, password or signature, wherever they stand. */
export function credentialProblems(raw: unknown, at: readonly (string | number)[] = []): Problem[] {
  if (typeof raw === 'string')
    return hasCredentials(raw)
      ? [
          {
            key: keyName(at),
            text: `got ${length(raw)} with credentials in it, expected none`,
            credentials: true,
          },
        ]
      : [];
  if (Array.isArray(raw)) return raw.flatMap((value, i) => credentialProblems(value, [...at, i]));
  if (!isTree(raw)) return [];
  return Object.entries(raw).flatMap(([key, value]) => credentialProblems(value, [...at, key]));
}

const SECRET_KEY = /^(url|apiKey|accessKey|secretKey|password|token|key|secret)$/i;
const PRIVATE_KEY = /(uri|url|key|secret|password|token|input|issuer|root|data|file|from)/i;
const WORD = /^[\w.:+-]{1,40}$/;

function unknownKey(key: string): string {
  return SECRET_KEY.test(key)
    ? `a secret has no place in the file; ${key}From names an environment variable, ${key}File a file`
    : 'unknown key';
}

/** What came: the value where it is short and plain, its kind and length where it could be a secret or a path. */
function shown(at: readonly (string | number)[], raw: unknown): string {
  const value = at.reduce<unknown>(
    (node, key) => (node as Record<string | number, unknown> | undefined)?.[key],
    raw,
  );
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (isTree(value)) return 'a section';
  if (typeof value !== 'string') return JSON.stringify(value);
  const open = WORD.test(value) && !at.some((key) => PRIVATE_KEY.test(String(key)));
  return open ? JSON.stringify(value) : length(value);
}

function length(text: string): string {
  return `a text of ${text.length} characters`;
}

/** Keys as written, unless one is itself too odd to print (a URL put where a name belongs). */
function keyName(at: readonly (string | number)[]): string {
  return at.map((part) => (WORD.test(String(part)) ? part : `(${length(String(part))})`)).join('.') || 'file';
}

function variableOf(key: string): string {
  const variable = ENVIRONMENT.find((row) => row[1] === key)?.[0];
  return variable === undefined ? '' : ` (${variable})`;
}
