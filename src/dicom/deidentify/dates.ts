/** Dates moved back by whole days (PS3.15 E.3.6, modified dates). */

const DAY = 86_400_000;
const DATE = /^(\d{4})\.?(\d\d)\.?(\d\d)$/;
const DATE_TIME = /^(\d{8})(\d{0,6}(?:\.\d{1,6})?)([-+]\d{4})?$/;

/**
 * A DA value moved back; `YYYY.MM.DD` of ACR-NEMA comes out as `YYYYMMDD`.
 *
 * @param days 1 to 3650
 * @returns undefined where the value is no date of the calendar
 */
export function shiftDate(value: string, days: number): string | undefined {
  const match = DATE.exec(value.trim());
  if (match === null) return undefined;
  const [year, month, day] = match.slice(1).map(Number) as [number, number, number];
  const time = Date.UTC(year, month - 1, day);
  const date = new Date(time);
  // Date.UTC takes 0 to 99 for 1900 to 1999, and 31 February for a day of March.
  if (year < 1000 || date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  return new Date(time - days * DAY).toISOString().slice(0, 10).replaceAll('-', '');
}

/**
 * A DT value moved back, its time as it was; the offset from UTC goes, it says where the patient was. A value
 * without a day (`2004`, `200401`) cannot be moved by days.
 */
export function shiftDateTime(value: string, days: number): string | undefined {
  const match = DATE_TIME.exec(value.trim());
  const date = match?.[1] === undefined ? undefined : shiftDate(match[1], days);
  return date === undefined ? undefined : `${date}${match?.[2] ?? ''}`;
}
