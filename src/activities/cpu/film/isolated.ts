import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { CxrError } from '../../../errors.js';
import { type Keyring, toThread } from '../../../privacy/keyring.js';
import { threadUrl } from '../../../workers/thread-url.js';
import type { FilmInput, FilmOutcome } from './outcome.js';

/**
 * Films, one after another, in a process of their own: a file that was open when a worker died is tried
 * here, so that if it kills again, it kills nothing else.
 */
export class IsolatedFilms {
  readonly #keyring: Keyring;
  #child: ChildProcess | undefined;

  constructor(keyring: Keyring) {
    this.#keyring = keyring;
  }

  /**
   * @param timeout milliseconds
   * @throws CxrError CRASHED_WORKER when the process ended, TOO_SLOW when it had to be ended
   */
  async run(input: FilmInput, timeout: number, signal: AbortSignal): Promise<FilmOutcome> {
    signal.throwIfAborted();
    const child = this.#start();
    const limit = AbortSignal.timeout(timeout);
    const done = new AbortController();
    const stop = () => child.kill('SIGKILL');
    limit.addEventListener('abort', stop, { once: true });
    signal.addEventListener('abort', stop, { once: true });
    try {
      child.send(input);
      const exited = once(child, 'exit', { signal: done.signal }).then(() => undefined);
      const answered = once(child, 'message', { signal: done.signal }).then(([reply]) => reply as IsolatedReply);
      exited.catch(() => undefined);
      answered.catch(() => undefined);
      const reply = await Promise.race([answered, exited]);
      signal.throwIfAborted();
      if (reply === undefined) {
        this.#child = undefined;
        throw new CxrError(limit.aborted ? 'TOO_SLOW' : 'CRASHED_WORKER');
      }
      if ('failed' in reply) throw new Error(reply.failed);
      return reply.outcome;
    } finally {
      done.abort();
      limit.removeEventListener('abort', stop);
      signal.removeEventListener('abort', stop);
    }
  }

  close(): void {
    this.#child?.kill('SIGKILL');
    this.#child = undefined;
  }

  #start(): ChildProcess {
    if (this.#child?.connected) return this.#child;
    const child = fork(fileURLToPath(threadUrl(import.meta.url, './isolated-entry.js')), [], {
      serialization: 'advanced',
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      // Keys travel by message: an environment can be read from outside.
      env: { PATH: process.env.PATH ?? '' },
    });
    child.send(toThread(this.#keyring));
    this.#child = child;
    return child;
  }
}

export type IsolatedReply = { readonly outcome: FilmOutcome } | { readonly failed: string };
