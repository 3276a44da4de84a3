/** Values that stay by the rules of their attribute, but hold what does not belong there. */
import type { Dataset, ValueElement } from '../dataset.js';
import { textsOf } from '../values.js';
import { isAllowed } from './allowed.js';
import type { Changed, Tools } from './change.js';
import { NUMERIC_TEXT, numericWords } from './numeric-text.js';
import { coincides, type Patterns, wordsOf } from './patterns.js';
import { asciiBytes } from './values.js';

const ID_DIGITS = 6;

const CHARACTER_SET = '00080005';

/**
 * Names in coded values, in fixed words and where numbers belong, and ids as numbers: a code becomes a dummy, a fixed
 * text is cleaned, a number becomes empty. Anything else stays as it is.
 */
export function keptValue(
  element: ValueElement,
  vr: string,
  dataset: Dataset,
  patterns: Patterns,
  { cleanText }: Pick<Tools, 'cleanText'>,
): Changed {
  const { tag, bytes } = element;
  const identifies = judge(tag, vr, patterns);
  if (identifies === undefined || bytes.length === 0) return { outcome: 'keep', element };
  const values = textsOf({ ...element, vr }, dataset);
  if (!values.some(identifies)) return { outcome: 'keep', element };
  const replaced = (value: string) => {
    if (vr === 'CS') return tag === CHARACTER_SET ? '' : 'REMOVED';
    const cleaned = isAllowed(tag) ? cleanText(value) : '';
    return identifies(cleaned) ? '' : cleaned;
  };
  const text = values.map((value) => (identifies(value) ? replaced(value) : value)).join('\\');
  return { outcome: 'text', element: { ...element, bytes: asciiBytes(text.replace(/[^\0-\x7f]/gu, '?')) } };
}

function judge(tag: string, vr: string, patterns: Patterns): ((value: string) => boolean) | undefined {
  if (vr === 'CS' || isAllowed(tag)) return (value) => coincides(patterns, wordsOf(value)) !== undefined;
  if (!NUMERIC_TEXT.has(vr)) return undefined;
  return (value) => {
    if (numericWords(vr, value)) return true;
    const digits = value.trim().replace(/^[+0]+/, '');
    return (vr === 'IS' || vr === 'DS') && digits.length >= ID_DIGITS && patterns.numbers.has(digits);
  };
}
