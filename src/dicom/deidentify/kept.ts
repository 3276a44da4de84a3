/** Values that stay by the rules of their attribute, but hold what does not belong there. */
import type { Dataset, ValueElement } from '../dataset.js';
import { textsOf } from '../values.js';
import { isAllowed } from './allowed.js';
import type { Changed, Tools } from './change.js';
import { NUMERIC_TEXT, numericWords } from './numeric-text.js';
import { coincides, type Patterns, wordsOf } from './patterns.js';
import { asciiBytes } from './values.js';

const ID_DIGITS = 6;

/**
 * Names in coded values, in fixed words and where numbers belong, and ids as numbers: the value becomes empty, a fixed
 * text is cleaned. Anything else stays as it is.
 */
export function keptValue(
  element: ValueElement,
  vr: string,
  dataset: Dataset,
  patterns: Patterns,
  tools: Pick<Tools, 'cleanText'>,
): Changed {
  const values = () => textsOf({ ...element, vr }, dataset);
  const identifies = judge(element.tag, vr, patterns);
  if (identifies === undefined || element.bytes.length === 0) return { outcome: 'keep', element };
  const bad = values().map(identifies);
  if (!bad.includes(true)) return { outcome: 'keep', element };
  const fixed = isAllowed(element.tag) && vr !== 'CS';
  const clean = values().map((value, i) => (bad[i] ? (fixed ? tools.cleanText(value) : '') : value));
  const text = clean.map((value, i) => (bad[i] && judge(element.tag, vr, patterns)?.(value) ? '' : value));
  const ascii = text.join('\\').replace(/[^\0-\x7f]/gu, '?');
  return {
    outcome: fixed ? 'text' : 'empty',
    element: { ...element, bytes: asciiBytes(/[^\\]/.test(ascii) ? ascii : '') },
  };
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
