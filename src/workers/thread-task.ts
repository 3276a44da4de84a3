import { CxrError, type ErrorCode, isCxrError } from '../errors.js';

/** What crosses from a thread: classes do not, so an error goes as its code and detail. */
export type Outcome<Result> =
  | { readonly value: Result }
  | { readonly error: { readonly code: ErrorCode; readonly detail: string | undefined } };

/**
 * Wraps the work of a thread file for `createPool`:
 * `export default threadTask(async (task: Task) => …)`. Errors that are not of the registry become UNEXPECTED with
 * their class and place only: their text may name a patient.
 */
export function threadTask<Task, Result>(
  work: (task: Task) => Promise<Result>,
): (task: Task) => Promise<Outcome<Result>> {
  return async (task) => {
    try {
      return { value: await work(task) };
    } catch (error) {
      if (isCxrError(error)) return { error: { code: error.code, detail: error.detail } };
      const memory = error instanceof RangeError && /alloc|memory|array length/i.test(error.message);
      const detail = error instanceof Error ? `${error.name}${placeOf(error)}` : undefined;
      return { error: { code: memory ? 'OUT_OF_MEMORY' : 'UNEXPECTED', detail } };
    }
  };
}

/** Where in this program an error was thrown, ` at file.js:1:2`: it names no data, and is what a bug report needs. */
function placeOf(error: Error): string {
  const place = /^\s+at .*?([\w.-]+\.js:\d+:\d+)\)?$/m.exec(error.stack ?? '')?.[1];
  return place === undefined ? '' : ` at ${place}`;
}

/** @throws CxrError what the thread threw. */
export function unwrap<Result>(outcome: Outcome<Result>): Result {
  if ('error' in outcome) throw new CxrError(outcome.error.code, outcome.error.detail);
  return outcome.value;
}
