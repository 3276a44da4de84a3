import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure, CancelledFailure, TerminatedFailure } from '@temporalio/common';
import { CxrError, ERRORS, type ErrorCode } from '../errors.js';

/** Why a run failed, as the registered error that ended it. */
export function failureOf(error: unknown): unknown {
  if (!(error instanceof WorkflowFailedError)) return error;
  let last: unknown = error;
  for (let e: unknown = error; e instanceof Error; e = e.cause) {
    if (e instanceof ApplicationFailure && e.type && e.type in ERRORS)
      return registered(e.type as ErrorCode, e.message);
    if (e instanceof CancelledFailure) return new CxrError('RUN_CANCELLED');
    if (e instanceof TerminatedFailure) return new CxrError('RUN_TERMINATED');
    last = e;
  }
  return last;
}

/** The message of the history is the row's, completed; its own part goes back to where it came from. */
function registered(code: ErrorCode, message: string): CxrError {
  if (message === ERRORS[code].message) return new CxrError(code);
  const start = `${ERRORS[code].message}: `;
  return new CxrError(code, message.startsWith(start) ? message.slice(start.length) : message);
}
