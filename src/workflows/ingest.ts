import { makeContinueAsNewFunc } from '@temporalio/workflow';
import type { IngestInput } from '../activities/api.js';
import { checkInput } from './input.js';
import { type Carried, Pipeline, type PipelineResult } from './pipeline.js';
import { openRun } from './run-steering.js';
import { flatten, type Summary } from './summary.js';

/**
 * New files of a source, through `extract`, `store` and `preprocess`, several shards at a time.
 * @param carried only from the run before it in the chain of continue-as-new
 */
export async function ingest(input?: IngestInput, carried?: Carried): Promise<Summary<PipelineResult>> {
  const checked = checkInput('ingest', input);
  const opened = carried ?? (await openRun('ingest', checked));
  const result = await new Pipeline('ingest', opened).execute();
  if ('control' in result) return makeContinueAsNewFunc<typeof ingest>()(checked, result);
  return flatten(result);
}
