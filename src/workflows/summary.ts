import type { RunOutcome } from '../activities/api.js';

/** A result with its counts at the top, as `--json` prints it. */
export type Summary<T extends RunOutcome> = Omit<T, 'counts'> & T['counts'];

export function flatten<T extends RunOutcome>({ counts, ...rest }: T): Summary<T> {
  return { ...counts, ...rest } as Summary<T>;
}
