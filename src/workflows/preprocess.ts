import { makeContinueAsNewFunc, workflowInfo } from '@temporalio/workflow';
import type { Halt, ImageQuery, ModelInfo, RunOutcome, RunSettings } from '../activities/api.js';
import { checkInput, type Inputs } from './input.js';
import { NOTHING } from './outcome.js';
import { type Opened, openRun, orAbandon, RunSteering, shardSteering } from './run-steering.js';
import { gpu, io, main } from './stages.js';
import { orHalt } from './steadily.js';
import { label } from './steer.js';
import { flatten, type Summary } from './summary.js';

/** Images a batch; also the most that move in one step. */
const BATCH = 400;
const EVENTS_A_PASS = 8_000;

/** A stored shard whose images want checking. */
export interface PreprocessPart {
  readonly run: RunSettings;
  readonly shard: number;
  readonly model: ModelInfo;
}

export interface PreprocessCarried extends Opened {
  readonly model: ModelInfo;
  readonly after: string;
  readonly outcome: RunOutcome;
}

interface ShardResult {
  readonly suboptimal: number;
  readonly halt?: Halt;
}

/** How `ingest` calls it for one shard. */
export type PreprocessShard = (input: object, part: PreprocessPart) => Promise<ShardResult>;

type RunResult = Summary<RunOutcome>;

/**
 * Black images, and those the quality model rejects, move to the container `suboptimal`.
 *
 * Alone: the images of a query, or all not yet checked by the current model; each is checked once a model
 * version, and a better model may move it back. With `part` set to a shard it is the child of `ingest`.
 */
export async function preprocess(
  input?: Inputs['preprocess'],
  part?: PreprocessPart | PreprocessCarried,
): Promise<ShardResult | RunResult> {
  if (part && 'shard' in part) return await checkShard(part);
  const checked = checkInput('preprocess', input);
  const opened = part ?? (await openRun('preprocess', checked));
  const result = await orAbandon(opened.run, () => checkAll(opened, checked.images ?? {}));
  if ('model' in result) {
    type Next = (input: Inputs['preprocess'], part: PreprocessCarried) => Promise<RunResult>;
    return makeContinueAsNewFunc<Next>()(checked, result);
  }
  return flatten(result);
}

async function checkShard(part: PreprocessPart): Promise<ShardResult> {
  const { run, shard, model } = part;
  const steering = shardSteering('preprocess', part);
  const query = { runId: run.runId, shard };
  const result = await orHalt(async () => {
    await steering.whenRunning();
    let after: string | undefined;
    do {
      after = (await gpu.judgeImages({ run, model, query, after, limit: BATCH })).next;
    } while (after !== undefined);
    return await io.applyQuality({ run, model, query });
  });
  return 'halt' in result ? { suboptimal: 0, halt: result.halt } : { suboptimal: result.suboptimal };
}

async function checkAll(
  opened: Opened | PreprocessCarried,
  query: ImageQuery,
): Promise<RunOutcome | PreprocessCarried> {
  const { run } = opened;
  const carried = 'model' in opened ? opened : undefined;
  label(run, 'preprocess');
  let outcome = carried?.outcome ?? NOTHING;
  let after = carried?.after;
  const steering = new RunSteering(opened.control, () => ({
    type: 'preprocess',
    state: 'running',
    counts: outcome.counts,
    suboptimal: outcome.suboptimal,
  }));
  const model =
    carried?.model ??
    (await steering.steadily(() => gpu.describeModel({ uri: run.qualityModel, black: run.black })));
  for (;;) {
    const batch = await steering.steadily(() => gpu.judgeImages({ run, model, query, after, limit: BATCH }));
    const { suboptimal } = await steering.steadily(() => io.applyQuality({ run, model, query }));
    const { counts } = outcome;
    outcome = {
      ...outcome,
      suboptimal: outcome.suboptimal + suboptimal,
      counts: { ...counts, found: counts.found + batch.checked, done: counts.done + batch.checked },
    };
    steering.show();
    after = batch.next;
    if (after === undefined) break;
    if (workflowInfo().historyLength > EVENTS_A_PASS)
      return { run, control: steering.control.state, model, after, outcome };
  }
  await steering.steadily(() => main.closeRun({ run, outcome, keepStaging: false }));
  return outcome;
}
