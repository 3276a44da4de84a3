import { hasUnfinished, setState } from '../../catalog/shards.js';
import { isCxrError } from '../../errors.js';
import type { IoActivities } from '../api.js';
import { beating } from '../beat.js';
import type { Deps } from '../deps.js';
import { patiently } from '../patience.js';
import { type ExtractedManifest, readManifest, staged } from '../staging.js';
import { markShard } from './mark-source.js';

/** A shard that is stored leaves nothing behind but its rows, and, where asked, tags in the source. */
export function finishShard(deps: Deps): IoActivities['finishShard'] {
  return ({ run, manifest }) =>
    beating<void, undefined>((_, signal) =>
      patiently(run.retry, signal, async () => {
        const shard = await manifestOf(deps, manifest);
        if (!shard) return;
        if (run.markSource === 'rename') await markShard(deps, shard);
        await setState(deps.catalog.db, shard.runId, shard.shard, 'finished');
        await deps.objects.deletePrefix(staged.shard(shard, shard.shard));
        // Of a run of `extract`, which has ended, the last shard takes the list of shards with it.
        if (run.runId !== shard.runId && !(await hasUnfinished(deps.catalog.db, shard.runId)))
          await deps.objects.deletePrefix(shard.staging);
      }),
    );
}

/** Undefined where an earlier attempt has removed it: then all is done. */
async function manifestOf(deps: Deps, uri: string): Promise<ExtractedManifest | undefined> {
  try {
    return await readManifest(deps.objects, uri);
  } catch (error) {
    if (isCxrError(error) && error.code === 'NOT_FOUND') return undefined;
    throw error;
  }
}
