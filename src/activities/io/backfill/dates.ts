import { CxrError } from '../../../errors.js';

export type Step = 'day' | 'month' | 'year';

/** Days from the first to the last, both among them; `YYYY-MM-DD`. */
export interface Range {
  readonly first: string;
  readonly last: string;
}

const ENDS = { 4: ['-01-01', '-12-31'], 7: ['-01', undefined], 10: ['', ''] } as const;
/** What a date written to its step looks like: `2024`, `2024-03`, `2024-03-31`. */
const LENGTH: Readonly<Record<Step, number>> = { year: 4, month: 7, day: 10 };
/** Without a bound: before and after all dates of four digits. */
const ALWAYS: Range = { first: '0000-01-01', last: '9999-12-31' };

/**
 * The range of `from` and `to`, both included, each a day, a month or a year (then all of it).
 * @throws CxrError BAD_INPUT for what is no date, and where from is after to
 */
export function rangeOf(from: string | undefined, to: string | undefined): Range {
  const first = from === undefined ? ALWAYS.first : bound('from', from, 0);
  const last = to === undefined ? ALWAYS.last : bound('to', to, 1);
  if (first > last) throw new CxrError('BAD_INPUT', `from: ${from} is after to, ${to}`);
  return { first, last };
}

/** Whether a date of any step has a day in the range. */
export function touches({ first, last }: Range, date: string): boolean {
  return date >= first.slice(0, date.length) && date <= last.slice(0, date.length);
}

/** All dates of a range that is bounded, in order. */
export function* datesOf({ first, last }: Range, step: Step): Generator<string> {
  const at = new Date(`${first}T00:00:00Z`);
  for (let date = isoDay(at); date <= last; date = isoDay(at)) {
    yield date.slice(0, LENGTH[step]);
    if (step === 'day') at.setUTCDate(at.getUTCDate() + 1);
    else if (step === 'month') at.setUTCMonth(at.getUTCMonth() + 1, 1);
    else at.setUTCFullYear(at.getUTCFullYear() + 1, 0, 1);
  }
}

/** The date after this one, of the same step. */
export function following(date: string): string {
  const [year = 0, month = 1, day = 1] = date.split('-').map(Number);
  if (date.length === LENGTH.year) return String(year + 1).padStart(4, '0');
  if (date.length === LENGTH.month) return isoDay(new Date(Date.UTC(year, month, 1))).slice(0, 7);
  return isoDay(new Date(Date.UTC(year, month - 1, day + 1)));
}

/** `2024-02-30` is no date. */
export function isDate(text: string): boolean {
  if (!/^\d{4}(-\d{2}(-\d{2})?)?$/.test(text)) return false;
  const full = `${text}${'-01-01'.slice(0, 10 - text.length)}`.slice(0, 10);
  const at = new Date(`${full}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && isoDay(at) === full;
}

function bound(field: string, text: string, end: 0 | 1): string {
  if (!isDate(text))
    throw new CxrError('BAD_INPUT', `${field}: expected a date such as 2024-03-31, 2024-03 or 2024`);
  const rest = ENDS[text.length as 4 | 7 | 10][end];
  return rest === undefined
    ? isoDay(new Date(Date.UTC(Number(text.slice(0, 4)), Number(text.slice(5)), 0)))
    : text + rest;
}

function isoDay(date: Date): string {
  return date.toISOString().slice(0, 10);
}
