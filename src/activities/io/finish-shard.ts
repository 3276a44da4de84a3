import { setState } from '../../catalog/shards.js';
import type { IoActivities } from '../api.js';
import { beating } from '../beat.js';
import type { Deps } from '../deps.js';
import { patiently } from '../patience.js';
import { staged } from '../staging.js';
import { markShard } from './mark-source.js';

/** A shard whose images are stored and checked leaves nothing behind but its rows. */
export function finishShard(deps: Deps): IoActivities['finishShard'] {
  return ({ run, shard }) =>
    beating<void, undefined>((_, signal) =>
      patiently(run.retry, signal, async () => {
        if (run.markSource === 'rename') await markShard(deps, run, shard);
        await deps.objects.deletePrefix(staged.shard(run, shard));
        await setState(deps.catalog.db, run.runId, shard, 'finished');
      }),
    );
}
