import type { Pace } from '../activities/api.js';

const DAY = 86_400_000;
const MINUTE = 60_000;

/**
 * Milliseconds to wait before the hours of the day allow work.
 * @param hours `HH:MM-HH:MM` in UTC, may span midnight; undefined: always
 * @param now milliseconds since the epoch
 */
export function untilHours(hours: string | undefined, now: number): number {
  if (hours === undefined) return 0;
  const [from, to] = hours.split('-').map(minutes) as [number, number];
  if (from === to) return 0;
  const at = (now % DAY) / MINUTE;
  const inside = from < to ? at >= from && at < to : at >= from || at < to;
  if (inside) return 0;
  const wait = from > at ? from - at : from + 1440 - at;
  return Math.ceil(wait * MINUTE);
}

function minutes(hhmm: string): number {
  return Number(hhmm.slice(0, 2)) * 60 + Number(hhmm.slice(3, 5));
}

/**
 * When the next shard may start, so that files do not start faster than the pace.
 * @param last when the last one started, milliseconds; `files` how many it had
 */
export function nextStart(pace: Pace, last: number, files: number): number {
  return pace.filesPerSecond ? last + (files / pace.filesPerSecond) * 1000 : last;
}
