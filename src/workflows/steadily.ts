import type { Halt } from '../activities/api.js';
import { asHalt } from './steer.js';

/**
 * Runs a step until it succeeds. A failure that a person or a mended world can get past is handed to `wait`,
 * which returns when it is worth trying again; what can never succeed is thrown.
 */
export async function steadily<T>(step: () => Promise<T>, wait: (halt: Halt) => Promise<void>): Promise<T> {
  for (;;) {
    try {
      return await step();
    } catch (error) {
      const halt = asHalt(error);
      if (!halt) throw error;
      await wait(halt);
    }
  }
}

/** For a child: the same failures, as a result that its parent can act on. */
export async function orHalt<T>(step: () => Promise<T>): Promise<T | { halt: Halt }> {
  try {
    return await step();
  } catch (error) {
    const halt = asHalt(error);
    if (!halt) throw error;
    return { halt };
  }
}
