import { matchesOf } from './matches.js';
import { MONTH_NAMES, monthLike, monthNumber } from './months.js';
import type { KnownIdentifiers, Span } from './text.js';

interface Day {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

const GONE = '[DATE]';
const YEAR = '(?:19|20)\\d\\d';
const MONTH = `(?:${MONTH_NAMES})`;
const DAY = '(?:3[01]|[12]\\d|0?[1-9])';
const ORDINAL = '(?:st|nd|rd|th)?';
const HAS_MONTH = new RegExp(MONTH, 'iu');
const NO_LETTER = '(?<![\\p{L}\\p{N}])';

// Year first: 2024-03-12, 2024/3/12, 20240312, 20240312101500.123 (DT).
const ISO = new RegExp(`(?<![\\d./-])(${YEAR})([-/.])(0?[1-9]|1[0-2])\\2(${DAY})(?!\\d)`, 'gu');
const COMPACT = new RegExp(
  `(?<![\\d.])(${YEAR})(0[1-9]|1[0-2])(0[1-9]|[12]\\d|3[01])((?:[01]\\d|2[0-3])[0-5]\\d(?:[0-5]\\d)?(?:\\.\\d{1,6})?)?(?!\\d)`,
  'gu',
);
// Day or month first: 12/03/2024, 12.3.24, 03-12-2024.
const NUMERIC = /(?<![\w./-])(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})(?![\w/-]|\.\d)/gu;
// 12 March 2024, 12th of Mar, 2024, 12-Mar-2024; 12. März 2024.
const DAY_FIRST = new RegExp(
  `(?<![\\p{L}\\p{N}.])(${DAY})(${ORDINAL}\\.?(?:[ -]|[ ]of[ ])?)(${MONTH})([.,]?[ -]?[ ]?(?:de[ ])?)(${YEAR})(?!\\d)`,
  'giu',
);
// March 12, 2024; Mar. 12th 2024.
const MONTH_FIRST = new RegExp(
  `${NO_LETTER}(${MONTH})(\\.?[ -])(${DAY})(${ORDINAL}(?:,[ ]?|[ -]))(${YEAR})(?!\\d)`,
  'giu',
);
// 2024-Mar-12.
const YEAR_FIRST = new RegExp(`(?<!\\d)(${YEAR})([ -])(${MONTH})([ -])(${DAY})(?!\\d)`, 'giu');

/** Dates that do not say day, month and year for sure: never shifted. */
const PARTIAL: readonly RegExp[] = [
  new RegExp(`${NO_LETTER}${DAY}[ -]${MONTH}[ -]'?\\d\\d(?!\\d)`, 'giu'),
  new RegExp(`${NO_LETTER}${MONTH}\\.?,?[ -/]?(?:of[ ])?${YEAR}(?!\\d)`, 'giu'),
  new RegExp(`(?<![\\d./-])(?:0?[1-9]|1[0-2])[/-]${YEAR}(?!\\d)`, 'gu'),
];
/** Day and month without a year: only capitalised, since "may" and "march" are words. */
const CAPITAL_MONTH = /^(?:\p{Lu}|\d.*\p{Lu})/u;
const DAY_MONTH = [
  new RegExp(`${NO_LETTER}(?:${DAY}${ORDINAL}\\.?[ -](?:of[ ])?${MONTH})(?!\\p{L})`, 'giu'),
  new RegExp(
    `${NO_LETTER}${MONTH}\\.?[ -]${DAY}${ORDINAL}(?![\\p{L}\\d]|[.,]\\d|[ ]?(?:mm|cm|x[ ]?\\d))`,
    'giu',
  ),
];
const ON_DAY_MONTH =
  /(?<!\p{L})(?:on|dated|of date)[ \t]+((?:0?[1-9]|[12]\d|3[01])[/.](?:0?[1-9]|[12]\d|3[01]))(?![\d/.]|[ ]of)/giu;
const YEAR_ALONE = new RegExp(
  `(?<!\\p{L})(?:in|from|since|until|till|of|dated|year|circa|born(?:[ ]in)?|dob|b\\.|early|late|mid|before|after|between|and)[ \\t:]{1,3}(${YEAR})(?![\\d.,]\\d|\\d|[ ]?(?:mm|cm|ml|cc|hu|mg|mas))`,
  'giu',
);

/** What may be a short form of a date of the header. */
const DIGITS = /(?<!\d|\d\.)\d{6,8}(?!\d|\.\d)/gu;

/**
 * Matches dates. One with a certain day goes back by `shiftDays` and keeps its form; a birth date, a date
 * whose order of day and month is open, and a part of a date become `[DATE]`.
 */
export function dateSpans({
  dates = [],
  birthDates = [],
  shiftDays,
}: KnownIdentifiers): (text: string) => Span[] {
  const births = new Set(birthDates.map((date) => date.slice(0, 8)));
  const short = shortForms([...dates, ...birthDates]);

  const moved = (day: Day | undefined, form: (day: Day) => string): string => {
    if (day === undefined || shiftDays === undefined || births.has(digits(day))) return GONE;
    return form(back(day, shiftDays));
  };

  return (text) => {
    // Most texts hold no date; asking for what every date has costs little.
    if (!/\d/.test(text)) return [];
    const months = HAS_MONTH.test(text);
    const spans: Span[] = [];
    const add = (match: RegExpExecArray, replacement: string) =>
      spans.push({ start: match.index, end: match.index + match[0].length, replacement });

    for (const m of matchesOf(ISO, text)) {
      const [, y = '', mark = '', mo = '', d = ''] = m;
      add(
        m,
        moved(valid(y, mo, d), (to) => [to.year, pad(to.month, mo + d), pad(to.day, mo + d)].join(mark)),
      );
    }
    for (const m of matchesOf(COMPACT, text)) {
      const [, y = '', mo = '', d = '', time = ''] = m;
      add(
        m,
        moved(valid(y, mo, d), (to) => digits(to) + time),
      );
    }
    for (const m of matchesOf(NUMERIC, text)) {
      const [, a = '', mark = '', b = '', y = ''] = m;
      const dayFirst = valid(y, b, a);
      const monthFirst = valid(y, a, b);
      if (!isDayAndMonth(a, b)) continue;
      if ([dayFirst, monthFirst].some((day) => day && births.has(digits(day)))) {
        add(m, GONE);
        continue;
      }
      // A point separates day.month.year only (DIN 5008); elsewhere the order shows where one is above 12.
      if (dayFirst && (mark === '.' || !monthFirst || a === b))
        add(
          m,
          moved(dayFirst, (to) => [pad(to.day, a + b), pad(to.month, a + b), to.year].join(mark)),
        );
      else if (monthFirst && !dayFirst)
        add(
          m,
          moved(monthFirst, (to) => [pad(to.month, a + b), pad(to.day, a + b), to.year].join(mark)),
        );
      else add(m, GONE);
    }
    for (const m of months ? matchesOf(DAY_FIRST, text) : []) {
      const [, d = '', gap1 = '', name = '', gap2 = '', y = ''] = m;
      add(
        m,
        moved(
          named(y, name, d),
          (to) => padBeside(to.day, d) + plainGap(gap1) + monthLike(name, to.month) + gap2 + to.year,
        ),
      );
    }
    for (const m of months ? matchesOf(MONTH_FIRST, text) : []) {
      const [, name = '', gap1 = '', d = '', gap2 = '', y = ''] = m;
      add(
        m,
        moved(
          named(y, name, d),
          (to) => monthLike(name, to.month) + gap1 + padBeside(to.day, d) + plainGap(gap2) + to.year,
        ),
      );
    }
    for (const m of months ? matchesOf(YEAR_FIRST, text) : []) {
      const [, y = '', gap1 = '', name = '', gap2 = '', d = ''] = m;
      add(
        m,
        moved(
          named(y, name, d),
          (to) => to.year + gap1 + monthLike(name, to.month) + gap2 + padBeside(to.day, d),
        ),
      );
    }
    for (const expression of PARTIAL) for (const m of matchesOf(expression, text)) add(m, GONE);
    for (const expression of months ? DAY_MONTH : [])
      for (const m of matchesOf(expression, text)) if (CAPITAL_MONTH.test(m[0])) add(m, GONE);
    for (const expression of [ON_DAY_MONTH, YEAR_ALONE])
      for (const m of matchesOf(expression, text)) {
        const start = m.index + m[0].length - (m[1]?.length ?? 0);
        spans.push({ start, end: m.index + m[0].length, replacement: GONE });
      }
    for (const m of matchesOf(DIGITS, text)) if (short.has(m[0])) add(m, GONE);
    return spans;
  };
}

/** The short and turned forms of known dates: 120345, 450312, 12031945, 03121945. */
function shortForms(dates: readonly string[]): ReadonlySet<string> {
  const forms = new Set<string>();
  for (const date of dates) {
    const [, century, yy, mm, dd] = /^(\d\d)(\d\d)(\d\d)(\d\d)/.exec(date) ?? [];
    if (century === undefined) continue;
    for (const form of [`${yy}${mm}${dd}`, `${dd}${mm}${yy}`, `${mm}${dd}${yy}`]) forms.add(form);
    for (const form of [`${dd}${mm}${century}${yy}`, `${mm}${dd}${century}${yy}`]) forms.add(form);
  }
  return forms;
}

/** The day, where there is one of that date and the year has four digits. */
function valid(year: string, month: string, day: string): Day | undefined {
  if (year.length !== 4) return undefined;
  const [y, m, d] = [Number(year), Number(month), Number(day)];
  const date = new Date(Date.UTC(y, m - 1, d));
  return date.getUTCMonth() === m - 1 && date.getUTCDate() === d ? { year: y, month: m, day: d } : undefined;
}

function named(year: string, month: string, day: string): Day | undefined {
  return valid(year, String(monthNumber(month) ?? 0), day);
}

function isDayAndMonth(a: string, b: string): boolean {
  const [x, y] = [Number(a), Number(b)];
  return x >= 1 && y >= 1 && x <= 31 && y <= 31 && (x <= 12 || y <= 12);
}

function back({ year, month, day }: Day, days: number): Day {
  const date = new Date(Date.UTC(year, month - 1, day - days));
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
}

function digits({ year, month, day }: Day): string {
  return `${year}${String(month).padStart(2, '0')}${String(day).padStart(2, '0')}`;
}

/** Two digits where the original's day and month had two each. @param like both, one after the other */
function pad(value: number, like: string): string {
  return like.length === 4 ? String(value).padStart(2, '0') : String(value);
}

/** Beside a month's name a day has two digits only where the original shows a zero. */
function padBeside(value: number, like: string): string {
  return like.startsWith('0') ? String(value).padStart(2, '0') : String(value);
}

/** "12th of March" shifted keeps no "th". */
function plainGap(gap: string): string {
  return gap.replace(/^(?:st|nd|rd|th)/i, '');
}
