import { condition, executeChild, makeContinueAsNewFunc, workflowInfo } from '@temporalio/workflow';
import type { Halt, RunOutcome, RunSettings, StoreShardResult } from '../activities/api.js';
import { checkInput, type Inputs } from './input.js';
import { addExtracted, addStored, NOTHING } from './outcome.js';
import { type Opened, openRun, orAbandon, RunSteering, shardSteering } from './run-steering.js';
import { io, main } from './stages.js';
import { orHalt } from './steadily.js';
import { label } from './steer.js';
import { flatten, type Summary } from './summary.js';

/** A shard to store: `manifest` says what was extracted, and in which run's staging it lies. */
export interface StorePart {
  readonly run: RunSettings;
  readonly shard: number;
  readonly manifest: string;
}

/** What crosses continue-as-new. */
export interface StoreCarried extends Opened {
  readonly outcome: RunOutcome;
  /** Shards begun, by all passes. */
  readonly started: number;
}

type ShardResult = StoreShardResult & { readonly halt?: Halt };

/** How `ingest` calls it for one shard. */
export type StoreShard = (input: object, part: StorePart) => Promise<ShardResult>;

/** Shards asked for at a time. */
const PAGE = 100;
const EVENTS_A_PASS = 8_000;

const NOTHING_STORED: StoreShardResult = { stored: 0, skipped: 0, quarantined: 0, review: 0, containers: [] };

/**
 * Extracted shards into the catalog and the object store.
 *
 * Alone: one `manifest`, or everything extracted and not yet stored. With `part` it is the child of `ingest`.
 */
export async function store(
  input?: Inputs['store'],
  part?: StorePart | StoreCarried,
): Promise<ShardResult | Summary<RunOutcome>> {
  if (part && 'shard' in part) return await storeShard(part);
  const checked = checkInput('store', input);
  const carried = part ?? { ...(await openRun('store', checked)), outcome: NOTHING, started: 0 };
  const result = await storeAll(carried, checked.manifest);
  if ('control' in result) {
    type Next = (input: Inputs['store'], part: StoreCarried) => Promise<Summary<RunOutcome>>;
    return makeContinueAsNewFunc<Next>()(checked, result);
  }
  return flatten(result);
}

async function storeShard(part: StorePart): Promise<ShardResult> {
  const steering = shardSteering('store', part);
  const result = await orHalt(async () => {
    await steering.whenRunning();
    return await io.storeShard(part);
  });
  return 'stored' in result ? result : { ...NOTHING_STORED, ...result };
}

/** @returns the outcome, or what the next pass needs */
async function storeAll(
  { run, control, ...carried }: StoreCarried,
  manifest: string | undefined,
): Promise<RunOutcome | StoreCarried> {
  label(run, 'store');
  let { outcome, started } = carried;
  let done = started;
  let running = 0;
  let failure: unknown;
  const steering = new RunSteering(control, () => ({
    type: 'store',
    state: 'running',
    counts: outcome.counts,
    stored: outcome.stored,
    review: outcome.review,
    shards: { done, running },
  }));
  const storeOne = async (job: {
    shard: number;
    manifest: string;
    counts: RunOutcome['counts'];
  }): Promise<void> => {
    // Shards of several runs may have one number; and a shard keeps its id when it is tried again.
    const workflowId = `${workflowInfo().workflowId}/0/${started++}/store`;
    const stored = await steering.halting(() =>
      executeChild<StoreShard>('store', {
        workflowId,
        args: [{}, { run, shard: job.shard, manifest: job.manifest }],
      }),
    );
    outcome = addStored(addExtracted(outcome, job.counts), stored);
    await steering.steadily(() => io.finishShard({ run, manifest: job.manifest }));
  };
  const body = async (): Promise<RunOutcome | StoreCarried> => {
    for (;;) {
      const jobs = await steering.steadily(() =>
        main.extractedShards({ run, limit: PAGE, ...(manifest ? { manifest, from: started } : {}) }),
      );
      for (const job of jobs) {
        await condition(() => running < steering.control.concurrency || failure !== undefined);
        if (failure !== undefined) throw failure;
        running += 1;
        storeOne(job)
          .catch((error: unknown) => {
            failure ??= error;
          })
          .finally(() => {
            running -= 1;
            done += 1;
            steering.show();
          });
      }
      await condition(() => running === 0 || failure !== undefined);
      if (failure !== undefined) throw failure;
      if (jobs.length === 0 || (manifest && jobs.length < PAGE)) break;
      if (started - carried.started >= run.shardsAPass || workflowInfo().historyLength > EVENTS_A_PASS)
        return { run, control: steering.control.state, outcome, started };
    }
    await steering.steadily(() => main.closeRun({ run, outcome, keepStaging: false }));
    return outcome;
  };
  return await orAbandon(run, body, () => running === 0);
}
