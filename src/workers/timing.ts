import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import type { Metrics } from './metrics.js';

/** Measures every activity, by name and by how it ended. */
export function timingInterceptor({ activities }: Metrics): ActivityInterceptorsFactory {
  return ({ info, cancellationSignal }) => ({
    inbound: {
      async execute(input, next) {
        const stop = activities.startTimer({ activity: info.activityType });
        try {
          const result = await next(input);
          stop({ outcome: 'done' });
          return result;
        } catch (error) {
          stop({ outcome: cancellationSignal.aborted ? 'cancelled' : 'failed' });
          throw error;
        }
      },
    },
  });
}
