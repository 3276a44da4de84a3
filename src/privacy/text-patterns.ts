import { matchesOf } from './matches.js';
import type { Span } from './text.js';

interface Pattern {
  /** Bounded repeats only, so that time stays linear in the text; the group `part`, where there is one, is what goes. */
  readonly expression: RegExp;
  readonly replacement: string;
}

const UNIT = '(?![ \\t]?(?:mm|cm|ml|cc|hu|mgy|mas|kvp?|mg|kg|bpm|%)(?![a-z]))';

const PATTERNS: readonly Pattern[] = [
  { expression: /(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,6}/gu, replacement: '[EMAIL]' },
  { expression: /(?<!\w)https?:\/\/[^\s<>"]{1,500}/giu, replacement: '[URL]' },
  // UIDs: five components or more (PS3.5 9).
  { expression: /(?<![\d.])\d{1,64}(?:\.\d{1,64}){4,40}/gu, replacement: '[ID]' },
  // Social security number of the USA.
  { expression: /(?<![\d-])\d{3}([- ])\d{2}\1\d{4}(?![\d-])/gu, replacement: '[ID]' },
  // A record number behind its label.
  {
    expression:
      /(?<!\p{L})(?:MRN|URN|UHID|NHS(?:[ \t](?:no|number))?|SSN|DOB ID|(?:medical[ \t])?record(?:[ \t](?:no|number))?|(?:pat(?:ient)?|case|file|hospital|episode|encounter|visit|account|acct|insurance|policy|order|requisition|req|exam|study|accession|acc)[ \t.]{0,2}(?:id|no|number|nr|#)|accession|PID|ACC)\.?[ \t]{0,2}(?:is[ \t])?[:#=]{0,2}[ \t]{0,3}(?<part>(?=[\p{L}-]{0,12}\d)[\p{L}\d](?:[\p{L}\d]|[-./](?=[\p{L}\d])){0,31})/giu,
    replacement: '[ID]',
  },
  // Unlabelled: seven digits in a row, or letters and six digits, are no measurement.
  { expression: /(?<![\p{L}\d.])\p{Lu}{0,4}-?\d{7,64}(?!\d)/gu, replacement: '[ID]' },
  { expression: /(?<![\p{L}\d.])\p{Lu}{1,4}-?\d{6}(?!\d)/gu, replacement: '[ID]' },
  // Phones: international; behind a label; of North America; with a leading zero, as in Europe.
  { expression: /(?<![\w+])\+\d{1,3}(?:[ .\-/]{0,2}\(?\d{1,5}\)?){2,6}/gu, replacement: '[PHONE]' },
  {
    expression:
      /(?<!\p{L})(?:tel|telephone|phone|ph|fax|pager|beeper|ext|extension|mobile|cell)\.?[ \t]{0,2}(?:no|number|#)?[.:#]{0,2}[ \t]{0,3}(?<part>\+?\(?\d(?:[ ().\-/]{0,2}\d){2,14})/giu,
    replacement: '[PHONE]',
  },
  { expression: /(?<![\w.])(?:1[ .-])?\(\d{3}\)[ .-]{0,2}\d{3}[ .-]\d{4}(?!\d)/gu, replacement: '[PHONE]' },
  { expression: /(?<![\w.])(?:1[ .-])?\d{3}([ .-])\d{3}\1\d{4}(?!\d)/gu, replacement: '[PHONE]' },
  { expression: new RegExp(`(?<![\\w.\\-/])\\d{3}-\\d{4}(?![\\d-])${UNIT}`, 'giu'), replacement: '[PHONE]' },
  { expression: /(?<![\w.])0\d{2,4}[ ]?[-/][ ]?\d{4,9}(?!\d)/gu, replacement: '[PHONE]' },
  { expression: /(?<![\w.])0\d(?:[ .]\d\d){4}(?![\d.])/gu, replacement: '[PHONE]' },
  // Ages of 90 and more are pooled (45 CFR 164.514(b)(2)(i)(C)).
  {
    expression: /(?<![\w.])(?<part>9\d|1[0-2]\d)(?=[ -]?(?:years?|yrs?|y\.?\/?o)(?!\p{L}))/giu,
    replacement: '90+',
  },
  { expression: /(?<!\p{L})aged?[: ]{1,2}(?<part>9\d|1[0-2]\d)(?![\d.])/giu, replacement: '90+' },
  // A street and number.
  {
    expression:
      /(?<![\w.])\d{1,5}[ ](?:\p{Lu}[\p{L}'’.]{1,30}[ ]){1,3}(?:Street|St|Avenue|Ave|Road|Rd|Boulevard|Blvd|Lane|Ln|Drive|Court|Ct|Place|Square|Sq)(?!\p{L})/gu,
    replacement: '[ADDRESS]',
  },
];

/** Every pattern has one of these. */
const ANY = /[\d@]|:\/\//;

/** What is removed by its form alone. */
export function patternSpans(text: string): Span[] {
  if (!ANY.test(text)) return [];
  return PATTERNS.flatMap(({ expression, replacement }) =>
    matchesOf(expression, text).map((match): Span => {
      const part = match.groups?.part ?? match[0];
      const start = match.index + match[0].lastIndexOf(part);
      return { start, end: start + part.length, replacement };
    }),
  );
}
