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
      try {
        const did = await act(client.workflow.getHandle(id), options);
        if (options.json) printJson({ workflowId: id, [name]: did });
        else print(did);
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) throw new CxrError('NO_SUCH_RUN', id);
        if (error instanceof WorkflowUpdateFailedError) throw new CxrError('BAD_INPUT', error.cause?.message);
        throw error;
      } finally {
        await client.connection.close();
      }
    });
}
