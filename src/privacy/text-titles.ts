import { matchesOf } from './matches.js';
import type { Span } from './text.js';
import { NO_NAME } from './text-words.js';

const EDGE = '(?<![\\p{L}\\p{N}])';
/** A title before a name. `MR` and `DR` are modalities too: NO_NAME holds what follows those. */
const TITLE = new RegExp(
  `${EDGE}(?:Dr|DR|dr|Drs|Mr|MR|mr|Mrs|MRS|mrs|Ms|MS|ms|Miss|MISS|Prof|PROF|prof|Professor|PROFESSOR|Doctor|DOCTOR|doctor|Herr|HERR|Frau|FRAU|Mme|MME|Mlle|Monsieur|Madame|Sra|Dra|Nurse|NURSE)(\\.?)[ \\t]{1,3}`,
  'gu',
);
/** Words that say a name comes next. */
const LABEL = new RegExp(
  `${EDGE}(?:(?:reported|read|dictated|signed|approved|verified|interpreted|transcribed|reviewed|referred|ordered|performed|requested|entered|finali[sz]ed|authenticated)[ \\t]{1,2}by|radiologist|physician|technologist|technician|radiographer|attending|resident|surgeon|consultant|operator|patient(?:[ \\t]name)?|pat(?:ient)?[ \\t.]{0,2}name|name|surname)[ \\t]{0,2}[:=][ \\t]{0,3}|${EDGE}(?:reported|read|dictated|signed|approved|verified|interpreted|transcribed|reviewed|referred|ordered|performed|requested|finali[sz]ed)[ \\t]{1,2}by[ \\t]{1,3}`,
  'giu',
);
/** A name before a degree: "Jane Roe, MD". */
const DEGREE =
  /(?<![\p{L}\p{N}])((?:\p{Lu}[\p{L}'’-]{0,30}\.?[ \t]{1,2}){0,3}\p{Lu}[\p{L}'’-]{1,30}),?[ \t]{1,2}(?:M\.?D\.?|D\.?O\.?|Ph\.?D\.?|RN|FRCR|MBBS|R\.?T\.?\(R\))(?![\p{L}\p{N}])/gu;

const NOT_SPACE = /[^\s]+/gu;
const WORD =
  /(?:\p{Lu}[\p{L}\p{M}'’]{0,40}(?:-\p{L}[\p{L}\p{M}'’]{0,40}){0,3}\.?|(?:van|von|der|den|de|del|della|di|da|dos|la|le|al|bin|ben|ter|zu)(?![\p{L}]))/uy;
const LOWER_WORD = /\p{Ll}[\p{L}\p{M}'’-]{1,40}/uy;
const GAP = /(?:,[ \t]|[ \t]|\^){1,2}/y;
const MOST_WORDS = 4;

/** Names that are not in the header but show themselves by a title, a label or a degree. */
export function titledNameSpans(text: string): Span[] {
  const spans: Span[] = [];
  const add = (start: number, end: number) => {
    if (end > start) spans.push({ start, end, replacement: '[NAME]' });
  };
  for (const match of matchesOf(TITLE, text)) {
    const start = match.index + match[0].length;
    let end = nameEnd(text, start);
    // "dr. smith": one word in lower case, where the dot shows that a title is meant.
    if (end === start && match[1] === '.') end = lowerWordEnd(text, start);
    add(start, end);
  }
  for (const match of matchesOf(LABEL, text)) {
    const start = match.index + match[0].length;
    add(start, nameEnd(text, start));
  }
  for (const match of matchesOf(DEGREE, text)) {
    const words = match[1] ?? '';
    // The words before may begin a sentence: only those after the last word that is no name.
    const kept = matchesOf(NOT_SPACE, words);
    const from = kept.findLastIndex((word) => !mayBeName(word[0]));
    const first = kept[from + 1];
    if (first) add(match.index + first.index, match.index + words.length);
  }
  return spans;
}

/** Where the name that begins at `start` ends; `start` where there is none. */
function nameEnd(text: string, start: number): number {
  let end = start;
  let at = start;
  for (let words = 0; words < MOST_WORDS; words++) {
    const word = stick(WORD, text, at);
    if (word === undefined || !mayBeName(word)) break;
    end = at + word.replace(/['’]s?$/i, '').length;
    if (end < at + word.length) break;
    // A dot after more than an initial ends the sentence: "Dr. Smith. Heart size…"
    if (word.endsWith('.') && word.length > 2) {
      end--;
      break;
    }
    const gap = stick(GAP, text, end);
    if (gap === undefined) break;
    at = end + gap.length;
  }
  return end;
}

function lowerWordEnd(text: string, start: number): number {
  const word = stick(LOWER_WORD, text, start);
  return word !== undefined && mayBeName(word) ? start + word.length : start;
}

function mayBeName(word: string): boolean {
  // "A. Jones": an initial with its dot is no article.
  return /^\p{Lu}\.$/u.test(word) || !NO_NAME.has(word.toLowerCase().replace(/\.$/, ''));
}

function stick(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}
