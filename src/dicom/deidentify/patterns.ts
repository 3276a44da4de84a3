/** The identifying values of a file as patterns over words, found in any text in one pass. */
import { foldWord, spellings } from '../../privacy/fold.js';
import { monthLike } from '../../privacy/months.js';
import { isPlaceholderId } from '../../privacy/pseudonyms.js';
import type { Tag } from '../dataset.js';
import type { Identifier } from './identifiers.js';
import { isOrdinaryWord } from './ordinary-words.js';

/**
 * How sure a hit is:
 * - `strong`: a whole name in any order, an id or phone with digits, a birth date, an address
 * - `word`: one word of a name, or an id without a digit; may be an ordinary word (a patient named Chest)
 */
export type Strength = 'strong' | 'word';

export interface Pattern {
  readonly words: readonly string[];
  readonly tag: Tag;
  readonly strength: Strength;
  /** Of a person's name. */
  readonly name: boolean;
  /** Letters and digits of the whole pattern. */
  readonly length: number;
}

export interface Patterns {
  /** By first word. */
  readonly byWord: ReadonlyMap<string, readonly Pattern[]>;
  /** Original UIDs, and where each stood. */
  readonly uids: ReadonlyMap<string, Tag>;
  /** Names of scripts without spaces between words, searched as strings. */
  readonly strings: ReadonlyMap<string, Tag>;
  /** Values too short to search for, by attribute. */
  readonly short: ReadonlyMap<Tag, ReadonlySet<string>>;
  /** The runs of 6 digits and more in ids, without leading zeros, and where each stood. */
  readonly numbers: ReadonlyMap<string, Tag>;
}

/** Fewer letters and digits say too little to search for; they are compared by attribute. */
const SHORTEST = 4;
const LONGEST_WORD = 64;
const CASELESS = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}]/u;
/** Words of many names that name nobody. */
const PARTICLES = new Set(['della', 'degli', 'dalla', 'junior', 'senior']);

/** Words of a text, folded: no case, no accents. */
export function wordsOf(text: string): string[] {
  return text.match(/[\p{L}\p{M}\p{N}]+/gu)?.map((word) => foldWord(word.slice(0, LONGEST_WORD))) ?? [];
}

/** The first pattern that words hold side by side and that counts. */
export function hitOf(
  { byWord }: Patterns,
  words: readonly string[],
  counts: (hit: Pattern) => boolean,
): Pattern | undefined {
  for (const [i, word] of words.entries()) {
    for (const pattern of byWord.get(word) ?? []) {
      if (pattern.words.every((other, k) => words[i + k] === other) && counts(pattern)) return pattern;
    }
  }
  return undefined;
}

/** In fixed words chance makes short ids, and whatever is an ordinary word there. */
const LONG = 6;

export function countsInFixedWords({ strength, name, words, length }: Pattern): boolean {
  if (strength === 'strong') return length >= LONG;
  return name && !words.every(isOrdinaryWord);
}

/** What of a person stands in words that are otherwise fixed: coded values, makers, codes. */
export function coincides(patterns: Patterns, words: readonly string[]): Pattern | undefined {
  return hitOf(patterns, words, countsInFixedWords);
}

export function patternsOf(identifiers: readonly Identifier[]): Patterns {
  const builder = new Builder();
  for (const identifier of identifiers) builder.add(identifier);
  return builder;
}

class Builder implements Patterns {
  readonly byWord = new Map<string, Pattern[]>();
  readonly uids = new Map<string, Tag>();
  readonly strings = new Map<string, Tag>();
  readonly short = new Map<Tag, Set<string>>();
  readonly numbers = new Map<string, Tag>();
  #isName = false;

  add({ kind, tag, value }: Identifier): void {
    this.#isName = kind === 'name';
    if (kind === 'uid') this.uids.set(value, tag);
    else if (kind === 'name') for (const group of value.split('=')) this.#name(tag, group);
    else if (kind === 'birthDate') this.#birthDate(tag, value);
    else if (kind === 'id' || kind === 'phone') this.#number(tag, value);
    else if (kind === 'address') this.#sequence(tag, wordsOf(value), 'strong');
  }

  /** Two words of different components side by side, in either order; written together; longer ones alone. */
  #name(tag: Tag, group: string): void {
    const components = group.split('^').slice(0, 3);
    if (CASELESS.test(group)) {
      const parts = components.map((component) => component.trim()).filter((part) => [...part].length >= 2);
      for (const part of [...parts, parts.join('')]) if (part !== '') this.strings.set(part, tag);
      return;
    }
    const parts = components.map((component) => component.match(/[\p{L}\p{M}]{2,64}/gu) ?? []);
    for (const [i, part] of parts.entries()) {
      for (const word of part) {
        for (const form of spellings(word)) {
          if (form.length >= SHORTEST && !PARTICLES.has(form)) this.#sequence(tag, [form], 'word');
        }
        for (const other of parts.slice(i + 1).flat()) this.#pair(tag, word, other);
      }
    }
    const whole = parts.flat();
    if (whole.length > 0 && whole.join('').length < SHORTEST) this.#short(tag, group);
  }

  #pair(tag: Tag, a: string, b: string): void {
    const strength = a.length + b.length >= SHORTEST ? 'strong' : 'word';
    for (const left of spellings(a)) {
      for (const right of spellings(b)) {
        this.#sequence(tag, [left, right], strength);
        this.#sequence(tag, [right, left], strength);
        if (left.length + right.length >= 6) {
          this.#sequence(tag, [left + right], strength);
          this.#sequence(tag, [right + left], strength);
        }
      }
    }
  }

  #number(tag: Tag, value: string): void {
    if (isPlaceholderId(value)) return;
    const words = wordsOf(value);
    const joined = words.join('');
    for (const [digits] of joined.matchAll(/[1-9]\d{5,}/g)) this.numbers.set(digits, tag);
    const strength = /\p{N}/u.test(joined) ? 'strong' : 'word';
    this.#sequence(tag, words, strength);
    if (words.length > 1) this.#sequence(tag, [joined], strength);
  }

  /** As people write a date: year first, day first, month first, with the month's name. */
  #birthDate(tag: Tag, value: string): void {
    const match = /^(\d{4})\.?(\d\d)\.?(\d\d)/.exec(value);
    if (match === null) return;
    const [, year = '', month = '', day = ''] = match;
    const days = new Set([day, String(Number(day))]);
    const months = new Set([month, String(Number(month))]);
    for (const name of ['january', 'jan']) months.add(monthLike(name, Number(month)).toLowerCase());
    this.#sequence(tag, [year + month + day], 'strong');
    for (const d of days) {
      for (const m of months) {
        if (m === '') continue;
        for (const words of [
          [year, m, d],
          [d, m, year],
          [m, d, year],
        ])
          this.#sequence(tag, words, 'strong');
      }
    }
  }

  #sequence(tag: Tag, words: readonly string[], strength: Strength): void {
    const [first] = words;
    if (first === undefined) return;
    const length = words.reduce((sum, word) => sum + word.length, 0);
    if (length < SHORTEST) {
      this.#short(tag, words.join(' '));
      return;
    }
    const others = this.byWord.get(first);
    const pattern = { words, tag, strength, length, name: this.#isName };
    if (others === undefined) this.byWord.set(first, [pattern]);
    else others.push(pattern);
  }

  #short(tag: Tag, value: string): void {
    const values = this.short.get(tag) ?? new Set();
    this.short.set(tag, values.add(wordsOf(value).join(' ')));
  }
}
