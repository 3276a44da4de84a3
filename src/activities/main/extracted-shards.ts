import { readyToStore } from '../../catalog/shards.js';
import type { ExtractedShard, MainActivities } from '../api.js';
import { beating } from '../beat.js';
import type { Deps } from '../deps.js';
import { patiently } from '../patience.js';
import { keyOf, readManifest, staged, uriOf } from '../staging.js';
import { stagingOf } from './run-id.js';

/** Shards that were extracted and wait for `store`: those of one manifest, or of every run that ended. */
export function extractedShards(deps: Deps): MainActivities['extractedShards'] {
  return ({ run, limit, manifest }) =>
    beating<readonly ExtractedShard[], undefined>((_, signal) =>
      patiently(run.retry, signal, async () => {
        const manifests = manifest === undefined ? await waiting(deps, limit) : await named(deps, manifest);
        return await Promise.all(manifests.map((uri) => describe(deps, uri)));
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
  if (!uri.endsWith('.jsonl')) return [uri];
  const text = (await deps.objects.read(keyOf(deps.objects, uri))).toString('utf8');
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => (JSON.parse(line) as { manifest: string }).manifest);
}

async function describe(deps: Deps, manifest: string): Promise<ExtractedShard> {
  const { shard, counts } = await readManifest(deps.objects, manifest);
  return { shard, manifest, counts };
}
