import type { Client, WorkflowExecutionInfo, WorkflowHandle } from '@temporalio/client';
import { Command } from 'commander';
import { WORKFLOW_TYPES } from '../../config/schema.js';
import { CxrError } from '../../errors.js';
import { attachTemporal } from '../attach.js';
import { failureOf } from '../failure.js';
import { configOf, type DeploymentOptions, deploymentOptions } from '../options.js';
import { EXIT, print, printJson, table } from '../output.js';
import { accounting, decided, progressOf, type RunResult } from '../runs.js';

const SHOWN = 20;

export const command = deploymentOptions(
  new Command('status').description('Recent runs, or one run').argument('[id]', 'workflow id'),
)
  .addHelpText(
    'after',
    '\nExample:\n  $ cxrflow status\n  $ cxrflow status ingest-20260101-200000-a1b2c3 --json',
  )
  .action(async (id: string | undefined, options: DeploymentOptions) => {
    const client = await attachTemporal(configOf(options));
    try {
      if (id === undefined) await showRecent(client, options.json === true);
      else await showOne(client.workflow.getHandle(id), options.json === true);
    } finally {
      await client.connection.close();
    }
  });

async function showRecent(client: Client, json: boolean): Promise<void> {
  const types = WORKFLOW_TYPES.map((type) => `'${type}'`).join(', ');
  const runs: { id: string; type: string; state: string; started: string; done: string }[] = [];
  for await (const run of client.workflow.list({ query: `WorkflowType IN (${types})`, pageSize: 100 })) {
    if (run.parentExecution) continue;
    const now =
      run.status.name === 'RUNNING' ? await progressOf(client.workflow.getHandle(run.workflowId)) : undefined;
    runs.push({
      id: run.workflowId,
      type: run.type,
      state: stateOf(run, now?.state),
      started: run.startTime.toISOString(),
      done: now ? `${decided(now)}/${now.listing?.found ?? '?'}` : '',
    });
    if (runs.length === SHOWN) break;
  }
  if (json) return printJson({ runs });
  if (runs.length === 0) return print('No runs yet. `cxrflow start ingest --set source=… --wait` makes one.');
  print(
    table([
      ['ID', 'TYPE', 'STATE', 'STARTED', 'FILES'],
      ...runs.map(({ id, type, state, started, done }) => [id, type, state, started, done]),
    ]),
  );
}

function stateOf(run: WorkflowExecutionInfo, now: string | undefined): string {
  return now ?? run.status.name.toLowerCase();
}

async function showOne(handle: WorkflowHandle, json: boolean): Promise<void> {
  const description = await handle.describe().catch(() => {
    throw new CxrError('NO_SUCH_RUN', handle.workflowId);
  });
  const state = description.status.name.toLowerCase();
  const now = description.status.name === 'RUNNING' ? await progressOf(handle) : undefined;
  if (now?.paused) process.exitCode = EXIT.paused;
  const outcome = now ? { progress: now } : await ended(handle);
  if (json)
    return printJson({
      workflowId: handle.workflowId,
      runId: description.runId,
      type: description.type,
      state: now?.state ?? state,
      ...outcome,
    });
  print(`${handle.workflowId}  ${description.type}  ${now?.state ?? state}`);
  if (now?.paused) print(`  ${now.paused.code} since ${now.paused.since}: ${now.paused.message}`);
  if (now?.waiting) print(`  ${now.waiting}`);
  if ('error' in outcome) print(`  ${outcome.error.code}: ${outcome.error.message}\n  ${outcome.error.hint}`);
  if (now?.facts) {
    const { found, done, skipped, ignored, quarantined } = now.counts;
    const counts = { found, done, skipped, ignored, quarantined };
    print(
      table(Object.entries({ ...counts, ...now.facts }).map(([name, value]) => [`  ${name}`, String(value)])),
    );
    if (now.grid?.length) print(`\n${now.grid.map((line) => `  ${line}`.trimEnd()).join('\n')}`);
    return;
  }
  const numbers = now
    ? {
        ...now.counts,
        stored: now.stored,
        suboptimal: now.suboptimal,
        review: now.review,
        waiting: now.listing?.waiting,
      }
    : 'result' in outcome
      ? outcome.result
      : undefined;
  if (numbers) print(accounting(numbers as RunResult));
}

async function ended(
  handle: WorkflowHandle,
): Promise<{ result: RunResult } | { error: { code: string; message: string; hint: string } }> {
  try {
    return { result: (await handle.result()) as RunResult };
  } catch (error) {
    const known = failureOf(error);
    if (!(known instanceof CxrError)) throw error;
    return { error: { code: known.code, message: known.message, hint: known.hint } };
  }
}
