/** Schedules of a configuration in Temporal: made, changed and removed so that they are what the file says. */
import { createHash } from 'node:crypto';
import {
  type Client,
  ScheduleNotFoundError,
  type ScheduleOptions,
  ScheduleOverlapPolicy,
  type ScheduleSummary,
} from '@temporalio/client';
import type { ScheduleSettings } from '../config/schema.js';
import { CxrError } from '../errors.js';
import { TASK_QUEUES } from '../workers/worker.js';

export type Applied = 'created' | 'updated' | 'unchanged';

/** After an outage at most this much is made up for; the server's own default is a year of runs. */
const CATCH_UP = '1 hour';
const MARK = '(cxrflow schedule apply ';

/** What `list` shows. Ids, types and times only. */
export interface ScheduleView {
  readonly id: string;
  readonly type: string | undefined;
  readonly when: string;
  readonly paused: boolean;
  readonly next: string | undefined;
  readonly last: string | undefined;
}

/**
 * Makes or changes one schedule; a second time changes nothing. Runs of one schedule never overlap (SKIP), and are
 * named by the schedule and their time. Whether it is paused stays as it is.
 */
export async function applySchedule(client: Client, settings: ScheduleSettings): Promise<Applied> {
  const wanted = optionsOf(settings);
  const handle = client.schedule.getHandle(settings.id);
  const before = await found(handle.describe());
  if (before === undefined) {
    await client.schedule.create(wanted);
    return 'created';
  }
  if (before.state.note === wanted.state.note) return 'unchanged';
  const { spec, action, policies, state } = wanted;
  await handle.update((previous) => ({
    spec,
    action,
    policies,
    state: { ...previous.state, note: state.note },
  }));
  return 'updated';
}

export async function listSchedules(client: Client): Promise<ScheduleView[]> {
  const views: ScheduleView[] = [];
  for await (const schedule of client.schedule.list()) views.push(viewOf(schedule));
  return views.sort((a, b) => (a.id < b.id ? -1 : 1));
}

export type ScheduleAction = 'pause' | 'resume' | 'trigger' | 'delete';

/** @throws CxrError SCHEDULE_UNKNOWN */
export async function actOnSchedule(client: Client, id: string, action: ScheduleAction): Promise<void> {
  const handle = client.schedule.getHandle(id);
  const known = await found(handle.describe());
  if (known === undefined) throw new CxrError('SCHEDULE_UNKNOWN', id);
  // The note says what was applied, so a pause must not replace it.
  const note = known.state.note;
  if (action === 'pause') await handle.pause(note);
  else if (action === 'resume') await handle.unpause(note);
  else if (action === 'trigger') await handle.trigger(ScheduleOverlapPolicy.SKIP);
  else await handle.delete();
}

function optionsOf(settings: ScheduleSettings) {
  const { id, type, input = {}, cron, every, timezone } = settings;
  return {
    scheduleId: id,
    spec: {
      ...(cron !== undefined && { cronExpressions: [cron] }),
      ...(every !== undefined && { intervals: [{ every }] }),
      ...(timezone !== undefined && { timezone }),
    },
    action: {
      type: 'startWorkflow',
      workflowType: type,
      workflowId: id,
      taskQueue: TASK_QUEUES.main,
      args: [input],
    },
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: CATCH_UP },
    state: { note: noteOf(settings) },
  } as const satisfies ScheduleOptions;
}

/** What was applied, for people and, by its hash, for the next `apply`. */
function noteOf(settings: ScheduleSettings): string {
  const { cron, every, timezone } = settings;
  const when = `${cron ?? `every ${(every ?? 0) / 1000} s`}${timezone === undefined ? '' : ` ${timezone}`}`;
  return `${when} ${MARK}${createHash('sha256').update(JSON.stringify(settings)).digest('hex').slice(0, 12)})`;
}

function viewOf({ scheduleId, action, state, info }: ScheduleSummary): ScheduleView {
  return {
    id: scheduleId,
    type: action?.workflowType,
    when: state.note?.split(MARK)[0]?.trim() ?? '',
    paused: state.paused,
    next: info.nextActionTimes[0]?.toISOString(),
    last: info.recentActions.at(-1)?.takenAt.toISOString(),
  };
}

async function found<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return undefined;
    throw error;
  }
}
