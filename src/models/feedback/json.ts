const NUMBERS_OF_OTHERS = /"(?:[^"\\]|\\.)*"|-?Infinity|NaN/g;

/**
 * Reads JSON, also as Python writes it: `NaN` and `Infinity`, which are no JSON, are read as texts, so that whoever
 * checks the numbers can say which of them is none.
 * @returns undefined where it is no JSON at all
 */
export function lenientJson(text: string): unknown {
  const plain = text.replace(/^\uFEFF/, '');
  for (const attempt of [
    () => plain,
    () => plain.replace(NUMBERS_OF_OTHERS, (m) => (m[0] === '"' ? m : `"${m}"`)),
  ])
    try {
      return JSON.parse(attempt());
    } catch {
      // The second reading, or no JSON.
    }
  return undefined;
}
