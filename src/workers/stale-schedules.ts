/** Which schedules have gone stale: decided from what Temporal says of them now and what it said before. */

/** All times are milliseconds since 1970. */
export interface ScheduleState {
  readonly id: string;
  readonly paused: boolean;
  /** When it was last changed, or made. */
  readonly changed: number;
  /** Upcoming times, soonest first. */
  readonly next: readonly number[];
  readonly lastTaken: number | undefined;
  /** Times that passed while the server was away longer than the catch-up window. */
  readonly missed: number;
}

/** What is remembered of a schedule from one look to the next. */
export interface Watched {
  readonly changed: number;
  /** The first time at which an action is awaited, and from then to the one after it. */
  readonly due: number;
  readonly interval: number;
  readonly missed: number;
  readonly told: boolean;
}

export type Watch = Readonly<Record<string, Watched>>;

export interface Stale {
  readonly id: string;
  /** `late`: no action since it was due; `missed`: actions will not be made up for. */
  readonly why: 'late' | 'missed';
}

const GRACE = 3_600_000;

/**
 * A schedule is stale when no action was taken for an hour more than one interval after it was due (a run that waits
 * holds all later ones up), or when the server missed actions. Each is told once, and again only after an action was
 * taken. Due times are remembered, so that a schedule of working hours is not late at night, nor one that was
 * paused or changed.
 */
export function findStale(
  before: Watch,
  states: readonly ScheduleState[],
  now: number,
): { readonly watch: Watch; readonly stale: readonly Stale[] } {
  const watch: Record<string, Watched> = {};
  const stale: Stale[] = [];
  for (const state of states) {
    if (state.paused) continue;
    const { id, changed, missed, lastTaken } = state;
    const last = before[id];
    if (last === undefined || last.changed !== changed) {
      watch[id] = awaited(state);
      continue;
    }
    const taken = lastTaken !== undefined && lastTaken >= last.due;
    const late = !taken && now > last.due + last.interval + GRACE;
    const grew = missed > last.missed;
    const tell = !last.told && (late || grew);
    if (tell) stale.push({ id, why: late ? 'late' : 'missed' });
    watch[id] = taken ? awaited(state) : { ...last, missed, told: last.told || tell };
  }
  return { watch, stale };
}

function awaited({ changed, next, missed }: ScheduleState): Watched {
  // Without a further time (one that ended) nothing is awaited; JSON knows no infinity.
  const due = next[0] ?? Number.MAX_SAFE_INTEGER;
  return { changed, due, interval: (next[1] ?? due) - due, missed, told: false };
}
