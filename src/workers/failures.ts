/** The one place where an error becomes a failure in Temporal's history, which anybody with the Web UI can read. */
import { CompleteAsyncError } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import { ERRORS, isCxrError } from '../errors.js';
import { className, type Logger } from './log.js';

/** A fault that is there again at every attempt is for a person to see: the run pauses. This takes about two minutes. */
const MOST_ATTEMPTS = 8;

/**
 * What the history keeps of an error.
 *
 * A registered error keeps code (as the failure's type) and message; of any other only the class goes on, under
 * UNEXPECTED, because its text may hold a path and so a name. Input and file errors are not retried.
 * @param cancelled whether the activity was asked to stop
 * @param attempt of the activity, from 1
 */
export function toFailure(error: unknown, cancelled = false, attempt = 1): Error {
  if (error instanceof CompleteAsyncError || error instanceof CancelledFailure) return error;
  // `AbortError` ends a cancelled activity; without a cancellation it is just an error with a text.
  if (cancelled && error instanceof Error && error.name === 'AbortError') return error;
  if (error instanceof ApplicationFailure && isRegistered(error.type)) return withoutCause(error);
  if (isCxrError(error))
    return ApplicationFailure.create({
      type: error.code,
      message: error.message,
      nonRetryable: error.kind !== 'world',
      details: [{ hint: error.hint }],
    });
  return ApplicationFailure.create({
    type: 'UNEXPECTED',
    message: `${ERRORS.UNEXPECTED.message} (${className(error)})`,
    nonRetryable: attempt >= MOST_ATTEMPTS,
    details: [{ hint: ERRORS.UNEXPECTED.hint }],
  });
}

/** Turns whatever an activity throws into a failure of the registry, and logs the original as far as is safe. */
export function failureInterceptor(log: Logger): ActivityInterceptorsFactory {
  return ({ info, cancellationSignal }) => ({
    inbound: {
      async execute(input, next) {
        try {
          return await next(input);
        } catch (error) {
          const failure = toFailure(error, cancellationSignal.aborted, info.attempt);
          if (failure !== error)
            log.warn(
              {
                activity: info.activityType,
                workflowId: info.workflowExecution?.workflowId,
                attempt: info.attempt,
                err: error,
              },
              'step failed',
            );
          throw failure;
        }
      },
    },
  });
}

/** The history would keep the cause with its text. */
function withoutCause(error: ApplicationFailure): ApplicationFailure {
  if (error.cause === undefined) return error;
  return ApplicationFailure.create({
    type: error.type,
    message: error.message,
    nonRetryable: error.nonRetryable === true,
    details: error.details,
    ...(error.nextRetryDelay && { nextRetryDelay: error.nextRetryDelay }),
  });
}

function isRegistered(code: string | null | undefined): boolean {
  return code != null && code in ERRORS;
}
