import { ActivityCancellationType, proxyActivities } from '@temporalio/workflow';
import type { CpuActivities, GpuActivities, IoActivities, MainActivities } from '../activities/api.js';

/**
 * The activities, each with the time it may take.
 *
 * Short steps: a world that stays broken fails them after `scheduleToClose`, and the run pauses. Batches: a
 * broken world is waited for inside (with a bound), so their retries are for dead workers only, bounded by
 * time and not by count; each goes on from its durable parts.
 */
const QUEUE = { main: 'cxrflow', io: 'cxrflow-io', cpu: 'cxrflow-cpu', gpu: 'cxrflow-gpu' } as const;

const backoff = { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '30s' } as const;

export const main = proxyActivities<MainActivities>({
  taskQueue: QUEUE.main,
  startToCloseTimeout: '5m',
  scheduleToCloseTimeout: '20m',
  heartbeatTimeout: '30s',
  retry: backoff,
});

const batch = {
  // Files in flight finish or vanish before the run is put in order.
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  startToCloseTimeout: '12h',
  scheduleToCloseTimeout: '24h',
  heartbeatTimeout: '30s',
  retry: backoff,
} as const;

export const io = proxyActivities<IoActivities>({ taskQueue: QUEUE.io, ...batch });
export const cpu = proxyActivities<CpuActivities>({ taskQueue: QUEUE.cpu, ...batch });
export const gpu = proxyActivities<GpuActivities>({ taskQueue: QUEUE.gpu, ...batch });
