import { ActivityCancellationType, proxyActivities } from '@temporalio/workflow';
import type { CpuActivities, GpuActivities, IoActivities, MainActivities } from '../activities/api.js';

/**
 * The activities, each with the time it may take.
 *
 * A broken world is waited for inside (for `retry.window`, then the run pauses), so retries are for dead workers
 * only, bounded by time and not by count; a batch goes on from its durable parts.
 */
const QUEUE = { main: 'cxrflow', io: 'cxrflow-io', cpu: 'cxrflow-cpu', gpu: 'cxrflow-gpu' } as const;

const backoff = { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '30s' } as const;

export const main = proxyActivities<MainActivities>({
  taskQueue: QUEUE.main,
  startToCloseTimeout: '1h',
  scheduleToCloseTimeout: '2h',
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
