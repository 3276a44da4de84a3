import { ApplicationFailure, log, workflowInfo } from '@temporalio/workflow';

/**
 * What a worker runs for a type that it does not know: without it the run would try its first task for ever.
 * @throws ApplicationFailure BAD_INPUT, not retryable
 */
export async function unknown(): Promise<never> {
  const type = workflowInfo().workflowType.slice(0, 60);
  const message = `workflow type: there is no ${type}`;
  log.warn('the run is refused', { code: 'BAD_INPUT', reason: message });
  throw ApplicationFailure.nonRetryable(message, 'BAD_INPUT');
}
