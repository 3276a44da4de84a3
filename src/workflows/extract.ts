import { makeContinueAsNewFunc } from '@temporalio/workflow';
import type { ExtractShardInput, ExtractShardResult, IngestInput } from '../activities/api.js';
import { checkInput } from './input.js';
import { NOTHING } from './outcome.js';
import { type Carried, Pipeline, type PipelineResult } from './pipeline.js';
import { openRun, shardSteering } from './run-steering.js';
import { cpu } from './stages.js';
import { orHalt } from './steadily.js';
import { flatten, type Summary } from './summary.js';

type ShardResult = Pick<ExtractShardResult, 'counts' | 'manifest' | 'halt' | 'budget'>;
type RunResult = Summary<PipelineResult>;

/** How `ingest` calls it for one shard. */
export type ExtractShard = (input: object, part: ExtractShardInput) => Promise<ShardResult>;

/**
 * New files read, de-identified and rendered into the staging of the run.
 *
 * Alone, all new files of a source; they wait for `store`. With `part` set to a shard it is the child of
 * `ingest`, and ends with a halt where a person or a mended world is needed.
 */
export async function extract(
  input?: IngestInput,
  part?: ExtractShardInput | Carried,
): Promise<ShardResult | RunResult> {
  if (part && 'shard' in part) return await extractShard(part);
  const checked = checkInput('extract', input);
  const opened = part ?? (await openRun('extract', checked));
  const result = await new Pipeline('extract', opened).execute();
  if ('control' in result) {
    return makeContinueAsNewFunc<(input: IngestInput, part: Carried) => Promise<RunResult>>()(
      checked,
      result,
    );
  }
  return flatten(result);
}

async function extractShard(part: ExtractShardInput): Promise<ShardResult> {
  const steering = shardSteering('extract', part);
  const result = await orHalt(async () => {
    await steering.whenRunning();
    return await cpu.extractShard(part);
  });
  return 'counts' in result ? result : { counts: NOTHING.counts, manifest: '', ...result };
}
