import { startRun } from '../../catalog/runs.js';
import { publicConfig } from '../../config/load.js';
import type { WorkflowType } from '../../config/schema.js';
import type { RunBase } from '../api/run.js';
import type { Deps } from '../deps.js';
import { leaseName, takeLease } from './lease.js';
import { currentRun, stagingOf } from './run-id.js';

export interface BaseInput {
  readonly type: WorkflowType;
  readonly source?: string | undefined;
  readonly concurrency: number;
  /** What only one run at a time may work on; none: the source, else the type. */
  readonly lease?: string | undefined;
}

/** What every run has of the configuration: the part of its settings that does not depend on its type. */
export function runBase(deps: Deps, input: BaseInput): RunBase {
  const { settings, hash } = publicConfig(deps.config);
  const { runId } = currentRun();
  return {
    runId,
    type: input.type,
    source: input.source,
    started: compact(new Date()),
    staging: stagingOf(runId),
    concurrency: input.concurrency,
    limits: settings.limits,
    retry: settings.retry,
    configHash: hash,
    searchAttributes: deps.searchAttributes,
    lease: input.lease,
  };
}

/**
 * Takes what the run works on and writes its row. The last step of opening: what can be refused has been.
 * @param ruleEdition of the de-identification table, where the run de-identifies
 * @throws CxrError SOURCE_BUSY naming the run that holds it
 */
export async function beginRun<R extends RunBase>(deps: Deps, run: R, ruleEdition?: string): Promise<R> {
  const identity = { runId: run.runId, workflowId: currentRun().workflowId };
  await takeLease(deps, leaseName(run), identity);
  await startRun(deps.catalog.db, {
    ...identity,
    workflowType: run.type,
    source: run.source,
    params: run,
    paramsHash: run.configHash,
    codeVersion: deps.codeVersion,
    ruleEdition,
  });
  return run;
}

function compact(date: Date): string {
  return date.toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-');
}
