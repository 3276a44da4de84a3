import { foldWord } from './fold.js';
import { matchesOf } from './matches.js';
import type { Span } from './text.js';

/** The letters and digits of a text, folded to upper case, and where each stands. */
interface Compact {
  readonly characters: string;
  readonly places: Int32Array;
}

/** Shorter ids would hit levels and measurements; they are removed where a label stands before them. */
const SHORTEST = 4;
/** From here on an id may be broken by separators: `12-345-678`. */
const SHORTEST_BROKEN = 6;
const CHARACTER = /[\p{L}\p{N}]/gu;
const SEPARATORS = /^[ \-./_^#:]{1,3}$/;

/**
 * Matches the numbers of the header, whatever separators stand in them here or there; without leading zeros
 * too, and the digits alone of an id such as `A1234567`.
 */
export function idSpans(ids: readonly string[], phones: readonly string[]): (text: string) => Span[] {
  const forms = new Map<string, string>();
  for (const phone of phones) for (const form of phoneForms(phone)) forms.set(form, '[PHONE]');
  for (const id of ids) for (const form of idForms(id)) forms.set(form, '[ID]');
  return (text) => {
    if (forms.size === 0) return [];
    const compact = compactOf(text);
    return [...forms].flatMap(([form, replacement]) => find(text, compact, form, replacement));
  };
}

function idForms(id: string): readonly string[] {
  const whole = compactOf(id).characters;
  const noZeros = whole.replace(/^0+/, '');
  const digits = whole.match(/\d{6,}/g) ?? [];
  return [...new Set([whole, noZeros.length >= 5 ? noZeros : whole, ...digits])].filter(
    (f) => f.length >= SHORTEST,
  );
}

function phoneForms(phone: string): readonly string[] {
  const digits = compactOf(phone).characters.replace(/\D/g, '');
  return [digits, digits.slice(-10), digits.slice(-7)].filter((form) => form.length >= SHORTEST_BROKEN);
}

function compactOf(text: string): Compact {
  const places = new Int32Array(text.length);
  const parts: string[] = [];
  let count = 0;
  for (const match of matchesOf(CHARACTER, text)) {
    const folded = foldWord(match[0]).toUpperCase();
    // One place a character: the few that fold to two keep their first.
    parts.push(folded.charAt(0) || match[0].charAt(0));
    places[count++] = match.index;
  }
  return { characters: parts.join(''), places };
}

function find(text: string, { characters, places }: Compact, form: string, replacement: string): Span[] {
  const spans: Span[] = [];
  const broken = form.length >= SHORTEST_BROKEN;
  for (let at = characters.indexOf(form); at >= 0; at = characters.indexOf(form, at + 1)) {
    const last = at + form.length - 1;
    if (continues(characters, places, at - 1) || continues(characters, places, last)) continue;
    if (!together(text, places, at, last, broken)) continue;
    const end = places[last] ?? 0;
    spans.push({
      start: places[at] ?? 0,
      end: end + ((text.codePointAt(end) ?? 0) > 0xffff ? 2 : 1),
      replacement,
    });
    at = last;
  }
  return spans;
}

/** True where character `i` and the next stand side by side and are both digits or both letters. */
function continues(characters: string, places: Int32Array, i: number): boolean {
  const [left, right] = [characters[i], characters[i + 1]];
  if (left === undefined || right === undefined) return false;
  if ((places[i + 1] ?? 0) - (places[i] ?? 0) !== 1) return false;
  return isDigit(left) === isDigit(right);
}

function together(text: string, places: Int32Array, from: number, to: number, broken: boolean): boolean {
  for (let i = from; i < to; i++) {
    const [left = 0, right = 0] = [places[i], places[i + 1]];
    if (right - left === 1) continue;
    if (!broken || right - left > 4 || !SEPARATORS.test(text.slice(left + 1, right))) return false;
  }
  return true;
}

function isDigit(character: string): boolean {
  return character >= '0' && character <= '9';
}
