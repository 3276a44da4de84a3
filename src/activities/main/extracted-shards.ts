import { readyToStore } from '../../catalog/shards.js';
import { CxrError, isCxrError } from '../../errors.js';
import type { ExtractedShard, MainActivities } from '../api.js';
import { beating } from '../beat.js';
import type { Deps } from '../deps.js';
import { patiently } from '../patience.js';
import { keyOf, readManifest, staged, uriOf } from '../staging.js';
import { stagingOf } from './run-id.js';

/**
 * Shards that were extracted and wait for `store`: those of one manifest, or of every run that ended. Those that
 * were stored meanwhile are left out.
 * @throws CxrError BAD_INPUT for a manifest that is not there
 */
export function extractedShards(deps: Deps): MainActivities['extractedShards'] {
  return ({ run, limit, manifest, from = 0 }) =>
    beating<readonly ExtractedShard[], undefined>((_, signal) =>
      patiently(run.retry, signal, async () => {
        const manifests = manifest === undefined ? await waiting(deps, limit) : await named(deps, manifest);
        const shards: ExtractedShard[] = [];
        for (const uri of manifest === undefined ? manifests : manifests.slice(from)) {
          const shard = await describe(deps, uri);
          if (shard) shards.push(shard);
          if (shards.length === limit) break;
        }
        return shards;
      }),
    );
}

async function waiting(deps: Deps, limit: number): Promise<readonly string[]> {
  const shards = await readyToStore(deps.catalog.db, limit);
  return shards.map(({ run_id, shard }) =>
    uriOf(deps.objects, staged.extracted({ staging: stagingOf(run_id) }, shard)),
  );
}

/** The manifest of one shard, or the list of all shards that `extract` ended with. */
async function named(deps: Deps, uri: string): Promise<readonly string[]> {
  const bytes = await orGone(deps.objects.read(keyOf(deps.objects, uri)));
  if (bytes === undefined)
    throw new CxrError('BAD_INPUT', 'manifest: there is none; its shards may have been stored before');
  if (!uri.endsWith('.jsonl')) return [uri];
  return bytes
    .toString('utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => (JSON.parse(line) as { manifest: string }).manifest);
}

async function describe(deps: Deps, manifest: string): Promise<ExtractedShard | undefined> {
  const found = await orGone(readManifest(deps.objects, manifest));
  return found && { shard: found.shard, manifest, counts: found.counts };
}

async function orGone<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (isCxrError(error) && error.code === 'NOT_FOUND') return undefined;
    throw error;
  }
}
