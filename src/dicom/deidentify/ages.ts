/**
 * The band of an age (AS, PS3.5 6.2): the lower end of its 5 years, `043Y` is `040Y`; 90 and older is `090Y`, for
 * the very old are few. Ages in months, weeks and days count in full years; a number alone, which many systems
 * write, counts as years.
 *
 * @returns undefined where the value is no age
 */
export function ageBand(value: string): string | undefined {
  const match = /^(\d{1,3})([DWMY]?)$/.exec(value.trim());
  if (match === null) return undefined;
  const perYear = { D: 365.25, W: 52.18, M: 12, Y: 1, '': 1 }[match[2] as 'D' | 'W' | 'M' | 'Y' | ''];
  const years = Math.floor(Number(match[1]) / perYear);
  return `${String(Math.min(90, years - (years % 5))).padStart(3, '0')}Y`;
}
