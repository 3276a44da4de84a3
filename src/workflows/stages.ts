import { ActivityCancellationType, type ActivityInterfaceFor, proxyActivities } from '@temporalio/workflow';
import type { CpuActivities, GpuActivities, IoActivities, MainActivities } from '../activities/api.js';

/**
 * The activities, each with the time it may take.
 *
 * A broken world is waited for inside (for `retry.window`, then the run pauses), so retries are for dead workers
 * only, bounded by time and not by count; a batch goes on from its durable parts.
 */
const QUEUE = { main: 'cxrflow', io: 'cxrflow-io', cpu: 'cxrflow-cpu', gpu: 'cxrflow-gpu' } as const;

const backoff = { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '30s' } as const;

const short = {
  startToCloseTimeout: '1h',
  scheduleToCloseTimeout: '2h',
  heartbeatTimeout: '30s',
  retry: backoff,
} as const;

const batch = {
  // Files in flight finish or vanish before the run is put in order.
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  startToCloseTimeout: '12h',
  scheduleToCloseTimeout: '24h',
  heartbeatTimeout: '30s',
  retry: backoff,
} as const;

/** Activities of one queue, by their contract in `src/activities/api/`. */
export function activitiesOn<T extends { readonly [K in keyof T]: (...args: never[]) => Promise<unknown> }>(
  queue: keyof typeof QUEUE,
): ActivityInterfaceFor<T> {
  return proxyActivities<T>({ taskQueue: QUEUE[queue], ...(queue === 'main' ? short : batch) });
}

/** A step on the gpu queue that has a time limit of its own, such as a training. */
export function longOnGpu<
  T extends { readonly [K in keyof T]: (...args: never[]) => Promise<unknown> },
>(): ActivityInterfaceFor<T> {
  const forever = { startToCloseTimeout: '60d', scheduleToCloseTimeout: '60d' } as const;
  return proxyActivities<T>({ taskQueue: QUEUE.gpu, ...batch, ...forever });
}

export const main = activitiesOn<MainActivities>('main');
export const io = activitiesOn<IoActivities>('io');
export const cpu = activitiesOn<CpuActivities>('cpu');
export const gpu = activitiesOn<GpuActivities>('gpu');
