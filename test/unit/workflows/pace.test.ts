import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextStart, untilHours } from '../../../src/workflows/pace.js';

const at = (time: string) => Date.parse(`2026-01-05T${time}Z`);
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const two = (n: number) => String(n).padStart(2, '0');
const clock = (minutes: number) => `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;

describe('untilHours', () => {
  it.each([
    ['no hours', undefined, '03:00:00', 0],
    ['inside', '08:00-18:00', '12:00:00', 0],
    ['at the start', '08:00-18:00', '08:00:00', 0],
    ['the last second', '08:00-18:00', '17:59:59', 0],
    ['at the end', '08:00-18:00', '18:00:00', 14 * 60 * MINUTE],
    ['before', '08:00-18:00', '07:30:00', 30 * MINUTE],
    ['before, within a minute', '08:00-18:00', '07:59:45', 15_000],
    ['over midnight, evening', '20:00-06:00', '23:00:00', 0],
    ['over midnight, morning', '20:00-06:00', '05:59:00', 0],
    ['over midnight, day', '20:00-06:00', '06:00:00', 14 * 60 * MINUTE],
    ['the whole day', '07:00-07:00', '03:00:00', 0],
  ])('%s', (_, hours, time, wait) => {
    expect(untilHours(hours === undefined ? {} : { hours }, at(time))).toBe(wait);
  });

  it('waits for less than a day, and not once it has waited', () => {
    const minute = fc.integer({ min: 0, max: 1439 });
    fc.assert(
      fc.property(minute, minute, fc.integer({ min: 0, max: 3 * DAY }), (from, to, now) => {
        const pace = { hours: `${clock(from)}-${clock(to)}` };
        const wait = untilHours(pace, now);
        expect(wait).toBeGreaterThanOrEqual(0);
        expect(wait).toBeLessThan(DAY);
        expect(untilHours(pace, now + wait)).toBe(0);
        if (wait > 0) expect(untilHours(pace, now + wait - 1)).toBe(1);
      }),
    );
  });
});

describe('nextStart', () => {
  it('is at once without a pace', () => {
    expect(nextStart({}, 5_000, 400)).toBe(5_000);
  });

  it('gives the files the time that the pace allows them', () => {
    expect(nextStart({ filesPerSecond: 50 }, 1_000, 400)).toBe(9_000);
    expect(nextStart({ filesPerSecond: 0.5 }, 0, 3)).toBe(6_000);
  });
});
