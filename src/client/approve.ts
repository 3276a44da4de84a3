import { type Client, WorkflowNotFoundError, WorkflowUpdateFailedError } from '@temporalio/client';
import { Command } from 'commander';
import { CxrError } from '../errors.js';
import type { Approval } from '../workflows/feedbackRetrain.js';
import { attachTemporal } from './attach.js';
import { configOf, type DeploymentOptions, deploymentOptions } from './options.js';
import { print, printJson } from './output.js';
import { person } from './person.js';

/** `model approve` and `model reject`: the answer that a retraining waits for. */
export function approvalCommands(): readonly Command[] {
  return [
    answer('approve', true, 'put the candidate that a retraining waits with into production'),
    answer('reject', false, 'keep production; the candidate stays in the registry'),
  ];
}

function answer(name: string, approve: boolean, description: string): Command {
  return deploymentOptions(new Command(name).description(description).argument('<run>', 'workflow id'))
    .requiredOption('--reason <text>', 'why, kept with the move')
    .addHelpText(
      'after',
      `\nExample:\n  $ cxrflow model ${name} feedbackRetrain-20260101-080000-a1b2c3 --reason "seen 20 films with it"`,
    )
    .action(async (id: string, options: DeploymentOptions & { reason: string }) => {
      const client = await attachTemporal(configOf(options));
      try {
        await send(client, id, { approve, reason: options.reason, by: person() });
        if (options.json) printJson({ workflowId: id, approved: approve });
        else print(approve ? 'approved' : 'rejected');
      } finally {
        await client.connection.close();
      }
    });
}

/** @throws CxrError NO_SUCH_RUN, RUN_ENDED; BAD_INPUT where nothing waits for an answer */
async function send(client: Client, id: string, approval: Approval): Promise<void> {
  const run = client.workflow.getHandle(id);
  try {
    await run.executeUpdate('approve', { args: [approval] });
  } catch (error) {
    if (error instanceof WorkflowUpdateFailedError) throw new CxrError('BAD_INPUT', error.cause?.message);
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    const there = await run.describe().catch(() => undefined);
    throw new CxrError(there ? 'RUN_ENDED' : 'NO_SUCH_RUN', id);
  }
}
