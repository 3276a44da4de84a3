import { ApplicationFailure, workflowInfo } from '@temporalio/workflow';

/**
 * What a worker runs for a type that it does not know: without it the run would try its first task for ever.
 * @throws ApplicationFailure BAD_INPUT, not retryable
 */
export async function unknown(): Promise<never> {
  const type = workflowInfo().workflowType.slice(0, 60);
  throw ApplicationFailure.nonRetryable(`workflow type: there is no ${type}`, 'BAD_INPUT');
}
