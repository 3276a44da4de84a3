import { existsSync } from 'node:fs';
import { Command } from 'commander';
import { WORKFLOW_TYPES } from '../../config/schema.js';
import { CxrError } from '../../errors.js';
import { liveRuntime } from '../../server/runtime-file.js';
import { attachTemporal } from '../attach.js';
import { inputOf } from '../input-options.js';
import { configOf, type DeploymentOptions, deploymentOptions } from '../options.js';
import { note, print, printJson } from '../output.js';
import { accounting, follow, settle, startRun } from '../runs.js';
import { bringUp } from '../with-stack.js';

interface Options extends DeploymentOptions {
  readonly input?: string;
  readonly set?: readonly string[];
  readonly id?: string;
  readonly wait?: true;
  readonly local?: true;
}

export const command = deploymentOptions(
  new Command('start').description('Start a workflow').argument('<type>', WORKFLOW_TYPES.join(', ')),
)
  .option('--input <json>', 'the input as JSON, or @FILE')
  .option('--set <key=value...>', 'one field of the input; dots reach into it, values are JSON or text')
  .option('--id <id>', 'workflow id (default: type and time)')
  .option('--wait', 'show progress until it ends')
  .option('--local', 'use the stack of the data folder, or bring one up for this run; waits')
  .addHelpText(
    'after',
    `
Exit status: 0 done, 1 failed, 2 wrong usage, 3 done but some files were quarantined, 4 paused.

Example:
  $ cxrflow start ingest --set source=nas --wait
  $ cxrflow start ingest --local --set source=/mnt/nas pace.filesPerSecond=20 --json`,
  )
  .action(async (type: string, options: Options) => {
    if (!(WORKFLOW_TYPES as readonly string[]).includes(type))
      throw new CxrError('BAD_INPUT', `type: one of ${WORKFLOW_TYPES.join(', ')}`);
    const config = configOf(options);
    const input = inputOf(options);
    const stack = options.local && !liveRuntime(config.data) ? await bringUp(config) : undefined;
    const client = stack?.client ?? (await attachTemporal(config));
    try {
      const handle = await startRun(client, type, input, options.id);
      if (!options.wait && !options.local) {
        if (options.json)
          printJson({ workflowId: handle.workflowId, runId: (await handle.describe()).runId });
        else print(handle.workflowId);
        return;
      }
      note(`${type} ${handle.workflowId}`);
      if (!OPENED_AT_ONCE.has(type)) remark(input.source);
      const followed = await follow(handle, type);
      process.exitCode = settle(followed, handle.workflowId);
      if (options.json)
        printJson('result' in followed ? followed.result : { workflowId: handle.workflowId, ...followed });
      else if ('result' in followed) print(accounting(followed.result));
    } finally {
      if (stack) await stack.stop();
      else await client.connection.close();
    }
  });

/** They refuse a folder that is not there when they open. */
const OPENED_AT_ONCE: ReadonlySet<string> = new Set(['chestXrayProcessing', 'detectionDataset']);

/** Workers may run elsewhere and a mount may come back, so it is no error; mistyped, it would be minutes of silence. */
function remark(source: unknown): void {
  if (typeof source !== 'string' || !/^(\/|\.{1,2}\/|file:\/\/)/.test(source)) return;
  if (existsSync(source.startsWith('file://') ? new URL(source) : source)) return;
  note('This machine has no such folder: the run waits for it (retry.window), then pauses.');
}
