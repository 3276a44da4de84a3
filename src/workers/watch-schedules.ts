import type { Client } from '@temporalio/client';
import type { Deps } from '../activities/deps.js';
import { readWatch, replaceWatch } from '../catalog/schedule-watch.js';
import { CxrError } from '../errors.js';
import { findStale, type ScheduleState, type Watch } from './stale-schedules.js';
import { TASK_QUEUES } from './worker.js';

type WatchDeps = Pick<Deps, 'temporal' | 'catalog' | 'alert' | 'log'>;

const EVERY_MS = 600_000;

/**
 * Looks at the schedules of this deployment now and every ten minutes, and alerts of those that have gone stale. What
 * it remembers is in the catalog: of several processes one tells, also after restarts.
 *
 * @returns ends the watch, after a look that is under way
 */
export function watchSchedules(deps: WatchDeps, everyMs = EVERY_MS): () => Promise<void> {
  let looking = Promise.resolve();
  const look = () => {
    looking = looking
      .then(() => tellStale(deps, Date.now()))
      // A server or catalog that is away is told of elsewhere; the next look comes.
      .catch((error: unknown) => deps.log.warn({ err: error }, 'schedules not looked at'));
  };
  look();
  const timer = setInterval(look, everyMs);
  timer.unref();
  return () => {
    clearInterval(timer);
    return looking;
  };
}

/** One look. */
export async function tellStale({ temporal, catalog, alert, log }: WatchDeps, now: number): Promise<void> {
  const before = await readWatch(catalog.db);
  const known: Watch = before === undefined ? {} : JSON.parse(before);
  const { watch, stale } = findStale(known, await states(temporal), now);
  const after = JSON.stringify(watch);
  if (after === before || !(await replaceWatch(catalog.db, before, after))) return;
  for (const { id, why } of stale) {
    const detail = why === 'late' ? 'no run was started when it was due' : 'runs were missed';
    const { code, message, hint } = new CxrError('SCHEDULE_STALE', detail);
    log.warn({ schedule: id, code }, message);
    await alert({ kind: 'stale', workflowId: id, code, message, hint });
  }
}

/** Schedules that start workflows on this deployment's queue. */
async function states(client: Client): Promise<ScheduleState[]> {
  const found: ScheduleState[] = [];
  for await (const { scheduleId } of client.schedule.list()) {
    const { action, state, info } = await client.schedule.getHandle(scheduleId).describe();
    if (action.type !== 'startWorkflow' || action.taskQueue !== TASK_QUEUES.main) continue;
    found.push({
      id: scheduleId,
      paused: state.paused,
      changed: (info.lastUpdatedAt ?? info.createdAt).getTime(),
      next: info.nextActionTimes.map((time) => time.getTime()),
      lastTaken: info.recentActions.at(-1)?.takenAt.getTime(),
      missed: info.numActionsMissedCatchupWindow,
    });
  }
  return found.sort((a, b) => (a.id < b.id ? -1 : 1));
}
