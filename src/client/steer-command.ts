import { type WorkflowHandle, WorkflowNotFoundError, WorkflowUpdateFailedError } from '@temporalio/client';
import { Command } from 'commander';
import { CxrError } from '../errors.js';
import { attachTemporal } from './attach.js';
import { configOf, type DeploymentOptions, deploymentOptions } from './options.js';
import { print, printJson } from './output.js';

/** A command that does one thing to one run: `cancel`, `pause`, `resume`. */
export function steerCommand(
  name: string,
  description: string,
  example: string,
  act: (run: WorkflowHandle, options: { reason?: string }) => Promise<string>,
): Command {
  return deploymentOptions(new Command(name).description(description).argument('<id>', 'workflow id'))
    .addHelpText('after', `\nExample:\n  $ ${example}`)
    .action(async (id: string, options: DeploymentOptions & { reason?: string }) => {
      const client = await attachTemporal(configOf(options));
      const run = client.workflow.getHandle(id);
      try {
        const did = await act(run, options);
        if (options.json) printJson({ workflowId: id, [name]: did });
        else print(did);
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) throw new CxrError(await whyNot(run), id);
        if (error instanceof WorkflowUpdateFailedError) throw new CxrError('BAD_INPUT', error.cause?.message);
        throw error;
      } finally {
        await client.connection.close();
      }
    });
}

/** An ended run is not found by what steers it, though it is there. */
async function whyNot(run: WorkflowHandle): Promise<'RUN_ENDED' | 'NO_SUCH_RUN'> {
  try {
    await run.describe();
    return 'RUN_ENDED';
  } catch {
    return 'NO_SUCH_RUN';
  }
}
