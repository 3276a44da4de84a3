/**
 * All matches of a global expression that never matches nothing, as `text.matchAll(expression)`. That one compiles
 * a copy of the expression at each call, from a cache that every garbage collection clears: with the large
 * expressions here a hundred times the work.
 */
export function matchesOf(expression: RegExp, text: string): RegExpExecArray[] {
  const matches: RegExpExecArray[] = [];
  expression.lastIndex = 0;
  for (let match = expression.exec(text); match !== null; match = expression.exec(text)) matches.push(match);
  return matches;
}
