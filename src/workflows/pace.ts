import type { RunSettings } from '../activities/api.js';

type Pace = RunSettings['pace'];

const MINUTE = 60_000;

/**
 * Milliseconds until the hours of the pace (UTC) allow work; 0 inside them.
 * @param now milliseconds since the epoch
 */
export function untilHours(pace: Pace, now: number): number {
  if (pace.hours === undefined) return 0;
  const [from, to] = pace.hours.split('-').map(minutes) as [number, number];
  const at = minutes(new Date(now).toISOString().slice(11, 16));
  const inside = from <= to ? at >= from && at < to : at >= from || at < to;
  if (inside || from === to) return 0;
  // From the start of this minute, so that the wait ends when the hour strikes.
  return ((from - at + 1440) % 1440) * MINUTE - (now % MINUTE);
}

/** When the next shard may start, in milliseconds, `files` having started at `last`. */
export function nextStart(pace: Pace, last: number, files: number): number {
  return pace.filesPerSecond ? last + (files / pace.filesPerSecond) * 1000 : last;
}

function minutes(hhmm: string): number {
  return Number(hhmm.slice(0, 2)) * 60 + Number(hhmm.slice(3, 5));
}
