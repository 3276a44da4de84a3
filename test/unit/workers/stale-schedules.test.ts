import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findStale, type ScheduleState, type Watch } from '../../../src/workers/stale-schedules.js';

const HOUR = 3_600_000;
const MINUTE = 60_000;
const START = Date.UTC(2026, 0, 5);

/** A schedule of every `every` from START on, whose last action was taken at `taken`. */
const at = (now: number, every: number, taken?: number, more: Partial<ScheduleState> = {}): ScheduleState => {
  const first = START + Math.ceil((now - START + 1) / every) * every;
  const next = Array.from({ length: 10 }, (_, i) => first + i * every);
  return { id: 's', paused: false, changed: START, next, lastTaken: taken, missed: 0, ...more };
};

/** Looks every ten minutes; what was told, with its time. */
function watched(hours: number, state: (now: number) => ScheduleState) {
  let watch: Watch = {};
  const told: { why: string; now: number }[] = [];
  for (let now = START; now <= START + hours * HOUR; now += 10 * MINUTE) {
    const seen = findStale(watch, [state(now)], now);
    watch = JSON.parse(JSON.stringify(seen.watch));
    told.push(...seen.stale.map(({ why }) => ({ why, now })));
  }
  return told;
}

describe('a schedule', () => {
  it('that runs when due is never stale, whatever its interval', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2000 }), (minutes) => {
        const every = minutes * MINUTE;
        const last = (now: number) => START + Math.floor((now - START) / every) * every;
        expect(watched(72, (now) => at(now, every, now - START < every ? undefined : last(now)))).toEqual([]);
      }),
    );
  });

  it('that takes no more actions is told once, within ten minutes of an interval and an hour', () => {
    const taken = START + 2 * HOUR;
    const told = watched(72, (now) => at(now, HOUR, now < taken ? undefined : taken));
    expect(told.map(({ why }) => why)).toEqual(['late']);
    const limit = taken + HOUR + HOUR + HOUR;
    expect(told[0]?.now).toBeGreaterThan(limit);
    expect(told[0]?.now).toBeLessThanOrEqual(limit + 10 * MINUTE);
  });

  it('is told again after it had recovered', () => {
    const runs = [1, 10, 11, 12].map((hour) => START + hour * HOUR);
    const told = watched(40, (now) =>
      at(
        now,
        HOUR,
        runs.findLast((run) => run <= now),
      ),
    );
    expect(told).toHaveLength(2);
  });

  it('of working hours is not late at night', () => {
    // Every ten minutes from 8 to 18.
    const open = (time: number) =>
      (((time - START) / HOUR) % 24) - 8 >= 0 && (((time - START) / HOUR) % 24) - 8 < 10;
    const state = (now: number): ScheduleState => {
      const times = Array.from(
        { length: 300 },
        (_, i) => START + (Math.floor((now - START) / MINUTE / 10) + i - 145) * 10 * MINUTE,
      ).filter(open);
      return {
        id: 's',
        paused: false,
        changed: START,
        next: times.filter((time) => time > now).slice(0, 10),
        lastTaken: times.findLast((time) => time <= now && time >= START),
        missed: 0,
      };
    };
    expect(watched(72, state)).toEqual([]);
  });

  it('that is paused, or was for long, or was changed, is not stale', () => {
    expect(watched(72, (now) => at(now, HOUR, undefined, { paused: true }))).toEqual([]);
    const resumed = START + 30 * HOUR;
    const last = (now: number) => START + Math.floor((now - START) / HOUR) * HOUR;
    const state = (now: number) =>
      at(now, HOUR, now < resumed + HOUR ? START : last(now), { paused: now < resumed });
    expect(watched(72, state)).toEqual([]);
    const rare = (now: number) =>
      at(now, now < START + HOUR ? HOUR : 100 * HOUR, START, { changed: now < START + HOUR ? 1 : 2 });
    expect(watched(72, rare)).toEqual([]);
  });

  it('that missed actions is told once, not of those it missed before', () => {
    const last = (now: number) => START + Math.floor((now - START) / HOUR) * HOUR;
    const state = (now: number) => at(now, HOUR, last(now), { missed: now < START + 5 * HOUR ? 3 : 4 });
    expect(watched(24, state).map(({ why }) => why)).toEqual(['missed']);
  });

  it('without a further time is not late', () => {
    expect(watched(72, () => ({ ...at(START, HOUR, START), next: [] }))).toEqual([]);
  });
});
