import { CxrError } from '../../../errors.js';
import type { Step } from './dates.js';

/** Where the date stands in the names below a source: `{yyyy}/{MM}/{dd}`, `{yyyy}-{MM}-{dd}`, `in/{yyyy}{MM}{dd}*`. */
export interface Template {
  readonly segments: readonly Segment[];
  readonly step: Step;
  /** The last segment ends with `*`: it is the beginning of names, of files as of folders. */
  readonly begins: boolean;
}

/** One name of the path: as it is, or what it looks like, with the groups yyyy, MM and dd. */
export type Segment = { readonly literal: string } | { readonly pattern: RegExp };

const TOKENS: Readonly<Record<string, string>> = {
  '{yyyy}': '(?<yyyy>\\d{4})',
  '{MM}': '(?<MM>\\d{2})',
  '{dd}': '(?<dd>\\d{2})',
  '*': '.*',
};
const PIECE = /\{[^}]*\}|\*/g;

/** @throws CxrError BAD_INPUT */
export function parseTemplate(text: string): Template {
  const wrong = (what: string) => new CxrError('BAD_INPUT', `template: ${what}`);
  const names = text.replace(/\/$/, '').split('/');
  const tokens = text.match(PIECE) ?? [];
  for (const token of tokens)
    if (!(token in TOKENS))
      throw wrong(`{yyyy}, {MM}, {dd} and * are known, this one is not: ${token.slice(0, 20)}`);
  const dates = tokens.filter((token) => token !== '*');
  if (new Set(dates).size !== dates.length) throw wrong('each of {yyyy}, {MM}, {dd} once');
  const has = (token: string) => dates.includes(token);
  if (!has('{yyyy}') || (has('{dd}') && !has('{MM}')))
    throw wrong('it needs {yyyy}, and {MM} where it has {dd}, such as {yyyy}/{MM}/{dd}');
  if (names.some((name) => name === '' || name === '.' || name === '..'))
    throw wrong('a path below the source, without empty parts, "." and ".."');
  const last = names.at(-1) ?? '';
  const begins = last.endsWith('*');
  if (begins && last.slice(0, -1).includes('*')) throw wrong('one * in the last part, at its end');
  const segments = names.map((name, i) =>
    segment(begins && i === names.length - 1 ? name.slice(0, -1) : name, begins && i === names.length - 1),
  );
  return { segments, step: has('{dd}') ? 'day' : has('{MM}') ? 'month' : 'year', begins };
}

function segment(name: string, begins: boolean): Segment {
  if (!begins && name.match(PIECE) === null) return { literal: name };
  let source = '';
  let at = 0;
  for (const piece of name.matchAll(PIECE)) {
    source += escapeRegExp(name.slice(at, piece.index)) + TOKENS[piece[0]];
    at = piece.index + piece[0].length;
  }
  source += escapeRegExp(name.slice(at));
  return { pattern: new RegExp(`^${source}${begins ? '' : '$'}`, 'su') };
}

function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}
