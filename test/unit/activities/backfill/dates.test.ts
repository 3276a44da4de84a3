import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  datesOf,
  following,
  isDate,
  rangeOf,
  touches,
} from '../../../../src/activities/io/backfill/dates.js';

const DAY = 86_400_000;
const iso = (ms: number) => new Date(ms).toISOString().slice(0, 10);
const days = fc.integer({ min: Date.UTC(1970, 0, 1) / DAY, max: Date.UTC(2090, 0, 1) / DAY });

it('takes days, months and years, both ends included', () => {
  expect(rangeOf('2024-02', '2024-02')).toEqual({ first: '2024-02-01', last: '2024-02-29' });
  expect(rangeOf('2023-02', '2023-02').last).toBe('2023-02-28');
  expect(rangeOf('2023', '2024')).toEqual({ first: '2023-01-01', last: '2024-12-31' });
  expect(rangeOf('2024-03-31', '2024-03-31')).toEqual({ first: '2024-03-31', last: '2024-03-31' });
});

describe('refuses', () => {
  it.each([
    '2024-02-30',
    '2023-02-29',
    '2024-13',
    '2024-00',
    '24-01-01',
    '2024-1-1',
    'today',
    '2024-01-01T00:00',
    '',
  ])('%j', (text) => {
    expect(isDate(text)).toBe(false);
    expect(() => rangeOf(text, undefined)).toThrow(/from: expected a date/);
    expect(() => rangeOf(undefined, text)).toThrow(/to: expected a date/);
  });

  it('a from that is after to', () => {
    expect(() => rangeOf('2024-03-02', '2024-03-01')).toThrow(/from: 2024-03-02 is after to, 2024-03-01/);
    expect(() => rangeOf('2025', '2024-12')).toThrow(/is after/);
  });
});

it('gives every date of a range once, in order', () => {
  fc.assert(
    fc.property(days, fc.integer({ min: 0, max: 800 }), (start, length) => {
      const range = { first: iso(start * DAY), last: iso((start + length) * DAY) };
      const expected = Array.from({ length: length + 1 }, (_, i) => iso((start + i) * DAY));
      expect([...datesOf(range, 'day')]).toEqual(expected);
      expect([...datesOf(range, 'month')]).toEqual([...new Set(expected.map((d) => d.slice(0, 7)))]);
      expect([...datesOf(range, 'year')]).toEqual([...new Set(expected.map((d) => d.slice(0, 4)))]);
    }),
  );
});

it('knows the next date, and which dates have a day in a range', () => {
  fc.assert(
    fc.property(days, (day) => {
      expect(following(iso(day * DAY))).toBe(iso((day + 1) * DAY));
    }),
  );
  expect(['2024-12', '2024-01', '1999'].map(following)).toEqual(['2025-01', '2024-02', '2000']);
  const range = rangeOf('2024-02-10', '2024-03');
  expect(['2024', '2024-02', '2024-02-10', '2024-03-31'].every((d) => touches(range, d))).toBe(true);
  expect(['2023', '2024-01', '2024-02-09', '2024-04', '2024-04-01'].some((d) => touches(range, d))).toBe(
    false,
  );
});
