import { settlePartition, takePartitions } from '../../catalog/backfill.js';
import type { BackfillMainActivities } from '../api/backfill.js';
import { beating } from '../beat.js';
import type { Deps } from '../deps.js';
import { patiently } from '../patience.js';
import { workflowIdOf } from './run-id.js';

type Next = Awaited<ReturnType<BackfillMainActivities['nextPartitions']>>;

export function nextPartitions(deps: Deps): BackfillMainActivities['nextPartitions'] {
  return ({ run, after, limit }) =>
    beating<Next, undefined>((_, signal) =>
      patiently(run.retry, signal, () =>
        takePartitions(deps.catalog.db, run.runId, {
          after,
          limit,
          idPrefix: `${workflowIdOf(run.runId)}/`,
        }),
      ),
    );
}

export function settle(deps: Deps): BackfillMainActivities['settlePartition'] {
  return ({ run, key, ...how }) =>
    beating<void, undefined>((_, signal) =>
      patiently(run.retry, signal, () =>
        settlePartition(deps.catalog.db, run.runId, key, {
          ...how,
          counts: how.counts && { ...how.counts },
        }),
      ),
    );
}
