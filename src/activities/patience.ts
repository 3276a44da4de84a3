import { setTimeout as sleep } from 'node:timers/promises';
import { ApplicationFailure, Context } from '@temporalio/activity';
import { CxrError } from '../errors.js';

export interface Patience {
  /** How long a broken world is waited for, milliseconds. */
  readonly window: number;
  readonly first: number;
  readonly longest: number;
}

/**
 * Runs a step of a batch until the world lets it succeed: storage, database and network errors are tried again
 * with doubling waits until `window` has passed since the first of them. Then the batch ends for good with
 * that error, and its run pauses; a retry of the whole batch would only repeat the waiting.
 * @param step may tell that it got further than before: then the window starts anew
 */
export async function patiently<T>(
  patience: Patience,
  signal: AbortSignal,
  step: (further: () => void) => Promise<T>,
): Promise<T> {
  let broken: number | undefined;
  let wait = patience.first;
  const further = () => {
    broken = undefined;
    wait = patience.first;
  };
  for (;;) {
    try {
      return await step(further);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof CxrError) || error.kind !== 'world') throw error;
      broken ??= Date.now();
      Context.current().log.warn('waits for the world to mend', {
        code: error.code,
        reason: error.message,
        wait,
      });
      if (Date.now() + wait - broken > patience.window) {
        throw ApplicationFailure.create({
          type: error.code,
          message: `${error.message}. ${error.hint}`,
          nonRetryable: true,
        });
      }
      await sleep(wait, undefined, { signal });
      wait = Math.min(wait * 2, patience.longest);
    }
  }
}
