import { setTimeout as sleep } from 'node:timers/promises';
import { getRun } from '../../catalog/runs.js';
import { after } from '../../catalog/shards.js';
import type { ListingState, MainActivities, RunSettings } from '../api.js';
import { beating } from '../beat.js';
import type { Deps } from '../deps.js';
import { patiently } from '../patience.js';
import { listingIdOf } from './run-id.js';

/** How long a call waits for the listing before it answers that there is nothing yet. */
const WAIT_MS = 20_000;
const LOOK_MS = 250;

/** The next shards of a run, waiting for the listing where it has to. */
export function nextShards(deps: Deps): MainActivities['nextShards'] {
  return ({ run, after: behind, limit }) =>
    beating<Shards, undefined>((_, signal) =>
      patiently(run.retry, signal, () => wait(deps, run, behind, limit, signal)),
    );
}

type Shards = Awaited<ReturnType<MainActivities['nextShards']>>;

async function wait(
  deps: Deps,
  run: RunSettings,
  behind: number,
  limit: number,
  signal: AbortSignal,
): Promise<Shards> {
  const { db } = deps.catalog;
  for (const until = Date.now() + WAIT_MS; ; ) {
    // The listing first: shards that it claims before it ends are then seen.
    const listing = await listingOf(deps, run);
    const rows = await after(db, run.runId, behind, limit);
    const shards = rows.map(({ shard, files, manifest }) => ({ shard, files, manifest }));
    if (shards.length > 0 || listing.state === 'done') return { shards, listing };
    if (Date.now() > until) return { shards, listing: await orFailed(deps, run, listing) };
    await sleep(LOOK_MS, undefined, { signal });
  }
}

async function listingOf(deps: Deps, { runId }: RunSettings): Promise<ListingState> {
  const row = await getRun(deps.catalog.db, runId);
  return {
    state: row?.listing_state ?? 'running',
    found: row?.found ?? 0,
    unchanged: row?.unchanged ?? 0,
    waiting: row?.waiting ?? 0,
  };
}

/** A listing that ended without finishing has a halt for its result, or failed. */
async function orFailed(deps: Deps, run: RunSettings, listing: ListingState): Promise<ListingState> {
  const handle = deps.temporal.workflow.getHandle(listingIdOf(run.runId));
  const { status } = await handle.describe();
  if (status.name === 'RUNNING') return listing;
  const result =
    status.name === 'COMPLETED' ? ((await handle.result()) as { halt?: ListingState['halt'] }) : {};
  return {
    ...listing,
    state: 'failed',
    halt: result.halt ?? { code: 'LISTING_FAILED', message: `The listing ended as ${status.name}` },
  };
}
