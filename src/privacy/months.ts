/** Names of the months, one row a language and length: a shifted date keeps its row. */
const ROWS: readonly (readonly string[])[] = [
  'january february march april may june july august september october november december',
  'jan feb mar apr may jun jul aug sep oct nov dec',
  'jan feb mar apr may jun jul aug sept oct nov dec',
  'januar februar märz april mai juni juli august september oktober november dezember',
  'jan feb mär apr mai jun jul aug sep okt nov dez',
  'janvier février mars avril mai juin juillet août septembre octobre novembre décembre',
  'enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre',
  'gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre',
  'janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro',
  'januari februari maart april mei juni juli augustus september oktober november december',
].map((row) => row.split(' '));

const PLACE = new Map<string, { readonly row: readonly string[]; readonly month: number }>();
for (const row of ROWS)
  row.forEach((name, i) => {
    if (!PLACE.has(name)) PLACE.set(name, { row, month: i + 1 });
  });

/** Alternatives for a regular expression, longest first. */
export const MONTH_NAMES = [...PLACE.keys()].sort((a, b) => b.length - a.length).join('|');

/** 1 to 12, or undefined. */
export function monthNumber(name: string): number | undefined {
  return PLACE.get(name.toLowerCase())?.month;
}

/** The name of another month in the language, length and case of `like`. @param month 1 to 12 */
export function monthLike(like: string, month: number): string {
  const name = PLACE.get(like.toLowerCase())?.row[month - 1] ?? '';
  if (like === like.toUpperCase()) return name.toUpperCase();
  return like.charAt(0) === like.charAt(0).toUpperCase()
    ? name.charAt(0).toUpperCase() + name.slice(1)
    : name;
}
