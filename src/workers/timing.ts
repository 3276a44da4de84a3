import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import type { ExtractShardResult } from '../activities/api.js';
import type { Metrics } from './metrics.js';

const STATES = ['done', 'skipped', 'ignored', 'quarantined'] as const;

/** Measures every activity, by name and by how it ended, and counts the files of a finished extraction. */
export function timingInterceptor({ activities, files }: Metrics): ActivityInterceptorsFactory {
  return ({ info, cancellationSignal }) => ({
    inbound: {
      async execute(input, next) {
        const stop = activities.startTimer({ activity: info.activityType });
        try {
          const result = await next(input);
          stop({ outcome: 'done' });
          if (info.activityType === 'extractShard') {
            const { counts, halt } = result as ExtractShardResult;
            // One that halted reports its files again when it goes on.
            if (!halt) for (const state of STATES) files.inc({ state }, counts[state]);
          }
          return result;
        } catch (error) {
          stop({ outcome: cancellationSignal.aborted ? 'cancelled' : 'failed' });
          throw error;
        }
      },
    },
  });
}
