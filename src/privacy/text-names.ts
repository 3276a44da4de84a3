import { foldWord, spellings } from './fold.js';
import { matchesOf } from './matches.js';
import type { Span } from './text.js';

/** Words of a text: runs of letters, with their place. */
interface Token {
  readonly start: number;
  readonly end: number;
  readonly folded: string;
  readonly capital: boolean;
}

const LONGEST_WORD = 100;
/** Names of at least this many letters are removed in any case, shorter ones only where capitalised. */
const ANY_CASE = 4;
const WORD = /[\p{L}\p{M}]+/gu;
/** Words of at least this many letters are known where their letters or parts are set apart: "K O W A L S K I". */
const SHORTEST_SPACED = 6;
const MOST_PARTS = 16;
/** Between two parts of one name. */
const INSIDE_NAME = /^[ \t.,^'’_-]{1,3}$/;
const CASELESS = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}]/u;
/** Alone they name nobody; beside the name they belong to they go with it. */
const PARTICLES = new Set(
  (
    'al ap bar bat ben bin bint da dal das de degli del della den der des di do dos du el en het ibn la las le ' +
    'les lo los mac mc of op san st ten ter the und van vom von y zu zum zur'
  ).split(' '),
);

interface NameBook {
  /** Folded words that are removed wherever they stand. */
  readonly words: Set<string>;
  /** Folded words removed only beside a removed one: initials, particles, prefixes, suffixes. */
  readonly beside: Set<string>;
  /** Folded sequences of words removed as a whole, by first word. */
  readonly sequences: Map<string, string[][]>;
  /** How the longer of `words` begin. */
  readonly starts: Set<string>;
  /** Strings of scripts without spaces between words, matched anywhere. */
  readonly strings: Set<string>;
}

/**
 * Matches the names of the header.
 *
 * @param names PN values (PS3.5 6.2.1)
 * @param phrases texts matched as a whole sequence of words, whatever stands between them
 */
export function knownNameSpans(
  names: readonly string[],
  phrases: readonly string[],
): (text: string) => Span[] {
  const book: NameBook = {
    words: new Set(),
    beside: new Set(),
    sequences: new Map(),
    starts: new Set(),
    strings: new Set(),
  };
  for (const name of new Set(names)) for (const group of name.split('=')) addName(book, group);
  for (const phrase of new Set(phrases)) addPhrase(book, phrase);
  for (const word of book.words)
    if (word.length >= SHORTEST_SPACED)
      for (let length = 1; length <= word.length; length++) book.starts.add(word.slice(0, length));
  return (text) => [...tokenSpans(text, book), ...stringSpans(text, book)];
}

function addName(book: NameBook, group: string): void {
  const components = group.split('^').map(wordsOf);
  const [family = [], given = [], middle = [], prefix = [], suffix = []] = components;
  for (const word of [family, given, middle].flat()) {
    const forms = spellings(word);
    const target = [...word].length < 2 || PARTICLES.has(foldWord(word)) ? book.beside : book.words;
    for (const form of forms) {
      target.add(form);
      book.beside.add(form.charAt(0));
    }
  }
  for (const word of [prefix, suffix].flat()) for (const form of spellings(word)) book.beside.add(form);
  // Written together: `vanderberg`, `doejohn`, `johndoe`, `jdoe`, `doej`.
  const last = family.join('');
  const first = given.join('');
  const initial = first.charAt(0);
  for (const joined of [last, first, last + first, first + last, initial + last, last + initial])
    if (joined.length >= ANY_CASE && !PARTICLES.has(foldWord(joined)))
      for (const form of spellings(joined)) book.words.add(form);
  if (CASELESS.test(group)) addStrings(book, group);
}

function addStrings(book: NameBook, group: string): void {
  const components = group
    .split('^')
    .map((component) => component.trim())
    .filter(Boolean);
  const whole = components.slice(0, 3);
  for (const text of [...components, whole.join(''), whole.join(' '), whole.join('\u3000')])
    for (const form of [text, text.normalize('NFKC')]) if ([...form].length >= 2) book.strings.add(form);
}

function addPhrase(book: NameBook, phrase: string): void {
  const words = phrase.match(/[\p{L}\p{M}]+/gu)?.map(foldWord) ?? [];
  const [first] = words;
  if (first === undefined || words.join('').length < ANY_CASE) return;
  book.sequences.set(first, [...(book.sequences.get(first) ?? []), words]);
}

function wordsOf(component: string): string[] {
  return component.match(/[\p{L}\p{M}]{1,100}/gu) ?? [];
}

function tokenSpans(text: string, book: NameBook): Span[] {
  if (book.words.size === 0 && book.sequences.size === 0) return [];
  const tokens: Token[] = [];
  for (const match of matchesOf(WORD, text)) {
    const [word] = match;
    if (word.length > LONGEST_WORD) continue;
    const folded = foldWord(word);
    const letter = word.charAt(0);
    const capital = letter !== letter.toLowerCase() || letter === letter.toUpperCase();
    tokens.push({ start: match.index, end: match.index + word.length, folded, capital });
  }
  const hit = new Array<boolean>(tokens.length).fill(false);
  tokens.forEach((token, i) => {
    if (isName(token, book)) hit[i] = true;
    for (const words of book.sequences.get(token.folded) ?? [])
      if (words.every((word, k) => tokens[i + k]?.folded === word)) hit.fill(true, i, i + words.length);
  });
  const joins = (i: number) => {
    const [left, right] = [tokens[i], tokens[i + 1]];
    return (
      left !== undefined &&
      right !== undefined &&
      INSIDE_NAME.test(text.slice(left.end, Math.min(right.start, left.end + 4)))
    );
  };
  for (let i = 0; i < tokens.length; i++) hit.fill(true, i, spacedEnd(tokens, i, joins, book));
  // What belongs to a name goes with it, outwards from each hit: "J. Q. DOE Jr", "van der BERG".
  for (let i = 1; i < tokens.length; i++)
    if (hit[i - 1] && absorbs(tokens[i], book) && joins(i - 1)) hit[i] = true;
  for (let i = tokens.length - 2; i >= 0; i--)
    if (hit[i + 1] && absorbs(tokens[i], book) && joins(i)) hit[i] = true;

  const spans: Span[] = [];
  for (let i = 0; i < tokens.length; i++) {
    if (!hit[i]) continue;
    let last = i;
    while (hit[last + 1] && joins(last)) last++;
    spans.push({ start: tokens[i]?.start ?? 0, end: tokens[last]?.end ?? 0, replacement: '[NAME]' });
    i = last;
  }
  return spans;
}

/** Behind the last of the tokens that from `first` on spell one name's word; `first` where they do not. */
function spacedEnd(
  tokens: readonly Token[],
  first: number,
  joins: (i: number) => boolean,
  { words, starts }: NameBook,
): number {
  let spelled = '';
  for (let i = first; i < Math.min(tokens.length, first + MOST_PARTS); i++) {
    spelled += tokens[i]?.folded;
    if (i > first && spelled.length >= SHORTEST_SPACED && words.has(spelled)) return i + 1;
    if (!starts.has(spelled) || !joins(i)) break;
  }
  return first;
}

function isName(token: Token, book: NameBook): boolean {
  return book.words.has(token.folded) && (token.folded.length >= ANY_CASE || token.capital);
}

/** Initials only where capitalised: "seen by doe a week ago" keeps its "a". */
function absorbs(token: Token | undefined, book: NameBook): boolean {
  if (token === undefined || !book.beside.has(token.folded)) return false;
  return token.capital || PARTICLES.has(token.folded) || token.folded.length >= ANY_CASE;
}

function stringSpans(text: string, book: NameBook): Span[] {
  const spans: Span[] = [];
  for (const name of book.strings)
    for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + name.length))
      spans.push({ start: at, end: at + name.length, replacement: '[NAME]' });
  return spans;
}
