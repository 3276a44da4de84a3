import { setTimeout as sleep } from 'node:timers/promises';

export interface RetryOptions {
  /** All tries together. */
  readonly tries: number;
  /** Before the second try; doubles, with a random part so that many clients do not come back at once. */
  readonly firstDelayMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** At most this long between two tries. */
const LONGEST_DELAY_MS = 8_000;

/**
 * Calls until it succeeds, fails for good, or was tried often enough.
 *
 * @param again whether another try can help
 * @throws the last error, or the signal's reason
 */
export async function retrying<T>(
  call: (attempt: number) => Promise<T>,
  again: (error: unknown) => boolean,
  { tries, firstDelayMs, signal }: RetryOptions,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    signal?.throwIfAborted();
    try {
      return await call(attempt);
    } catch (error) {
      signal?.throwIfAborted();
      if (attempt >= tries || !again(error)) throw error;
    }
    const delay = Math.min(LONGEST_DELAY_MS, firstDelayMs * 2 ** (attempt - 1)) * (0.5 + Math.random());
    await sleep(delay, undefined, signal ? { signal } : {}).catch(() => undefined);
  }
}
