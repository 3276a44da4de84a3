import { setTimeout as delay } from 'node:timers/promises';
import { type ErrorCode, isCxrError } from '../../errors.js';

const TRIES = 5;
const FIRST_WAIT_MS = 50;
const PASSING: readonly ErrorCode[] = ['CATALOG_BUSY', 'CATALOG_UNREACHABLE'];

/** Runs `work` up to 5 times while it fails with what passes by itself, waiting about 50, 100, 200, 400 ms. */
export async function retried<T>(work: () => Promise<T>): Promise<T> {
  for (let tried = 1; ; tried += 1) {
    try {
      return await work();
    } catch (error) {
      if (tried === TRIES || !isCxrError(error) || !PASSING.includes(error.code)) throw error;
      // Half of the wait is random: two that deadlocked must not meet again.
      await delay(FIRST_WAIT_MS * 2 ** (tried - 1) * (0.5 + Math.random() / 2));
    }
  }
}
