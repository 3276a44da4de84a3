/**
 * A date or time as Postgres writes it (ISO, `2024-03-12 10:15:00+00`), whole days earlier; the time of day stays.
 * Empty for what is no such date (`infinity`, years before Christ).
 */
export function shiftedBack(text: string, days: number): string {
  const [, year, month, day, rest] = /^(\d{4})-(\d\d)-(\d\d)((?:[ T].*)?)$/.exec(text.trim()) ?? [];
  if (year === undefined || rest === undefined || / BC$/.test(rest)) return '';
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day) - days));
  return Number.isNaN(date.getTime()) ? '' : `${date.toISOString().slice(0, 10)}${rest}`;
}
