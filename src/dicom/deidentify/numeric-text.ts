/** VRs that are written in characters but hold numbers and times (PS3.5 6.2). */
export const NUMERIC_TEXT: ReadonlySet<string> = new Set(['AS', 'DA', 'DS', 'DT', 'IS', 'TM']);

/** NaN and infinities are written by some programs; other words do not belong in a number. */
const NUMBER_WORDS = /^(?:nan|inf|infinity|e|[dwmy])$/i;

/** Whether a value of such a VR holds words. */
export function numericWords(vr: string, value: string): boolean {
  if (!NUMERIC_TEXT.has(vr)) return false;
  return (value.match(/\p{L}+/gu) ?? []).some((word) => !NUMBER_WORDS.test(word));
}
