import { matchesOf } from './matches.js';
import { createTextCleaner, type KnownIdentifiers, replaceSpans, type Span } from './text.js';
import { signatureSpans } from './text-signatures.js';

/** A surname with two initials, as signatures in Cyrillic write names: "Іваненко І. І.", "И.И. Иванов". */
const INITIALS =
  /(?<![\p{L}\p{N}])(?:\p{Lu}[\p{L}'’-]{2,30}[ ]{1,2}\p{Lu}\.[ ]?\p{Lu}\.|\p{Lu}\.[ ]?\p{Lu}\.[ ]{1,2}\p{Lu}[\p{L}'’-]{2,30})(?![\p{L}\p{N}])/gu;
const CYRILLIC = /\p{Script=Cyrillic}/u;

/**
 * Makes a cleaner of radiology reports for one patient: signature blocks go, then everything that
 * `createTextCleaner` knows and recognises. Findings, measurements, anatomy and paragraphs stay.
 *
 * Time is linear in the text's length. Nothing is thrown for any text.
 */
export function createReportCleaner(known: KnownIdentifiers): (report: string) => string {
  const clean = createTextCleaner(known);
  return (report) => {
    const text = report.replace(/\r\n?/g, '\n');
    const signed = replaceSpans(text, [...signatureSpans(text), ...initials(text)]);
    return clean(signed)
      .replace(/[ \t]+$/gmu, '')
      .replace(/\n{3,}/g, '\n\n')
      .trim();
  };
}

function initials(text: string): Span[] {
  if (!CYRILLIC.test(text)) return [];
  return matchesOf(INITIALS, text)
    .filter((match) => CYRILLIC.test(match[0]))
    .map((match) => ({ start: match.index, end: match.index + match[0].length, replacement: '[NAME]' }));
}
