import { readFileSync } from 'node:fs';
import { CxrError } from '../errors.js';

export interface InputOptions {
  /** JSON, or `@FILE`. */
  readonly input?: string;
  /** `key=value`, with dots that reach into it. */
  readonly set?: readonly string[];
}

/** The input of a workflow as `--input` and `--set` give it. @throws CxrError BAD_INPUT */
export function inputOf({ input, set = [] }: InputOptions): Record<string, unknown> {
  const base: unknown =
    input === undefined ? {} : parse(input.startsWith('@') ? read(input.slice(1)) : input);
  if (typeof base !== 'object' || base === null || Array.isArray(base))
    throw new CxrError('BAD_INPUT', '--input: a JSON object');
  const result = base as Record<string, unknown>;
  for (const pair of set) {
    const at = pair.indexOf('=');
    if (at < 1) throw new CxrError('BAD_INPUT', '--set: key=value');
    assign(result, pair.slice(0, at).split('.'), fieldValue(pair.slice(at + 1)));
  }
  return result;
}

function assign(
  target: Record<string, unknown>,
  [key = '', ...rest]: readonly string[],
  value: unknown,
): void {
  if (rest.length === 0) {
    target[key] = value;
    return;
  }
  const inner = target[key];
  const next = typeof inner === 'object' && inner !== null ? (inner as Record<string, unknown>) : {};
  target[key] = next;
  assign(next, rest, value);
}

function fieldValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text; // what is no JSON is text
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new CxrError('BAD_INPUT', '--input: not JSON', { cause });
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new CxrError('BAD_INPUT', '--input: the file cannot be read', { cause });
  }
}
