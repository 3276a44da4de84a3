import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Isolated, PoolRunOptions } from '../activities/deps.js';
import type { Settings } from '../config/schema.js';
import { CxrError } from '../errors.js';
import { Slots } from '../pacs/download/slots.js';
import { type Keyring, toThread } from '../privacy/keyring.js';
import type { ThreadData, ThreadRequest } from './cpu-thread.js';
import { type Outcome, unwrap } from './thread-task.js';
import { threadUrl } from './thread-url.js';

/**
 * Tasks of the cpu queue, one after another, in a process of their own: a file that was open when a worker died
 * is tried here, so that if it kills again, it kills nothing else.
 */
export function createIsolated(settings: Settings, keyring: Keyring): Isolated {
  let child: ChildProcess | undefined;
  const start = (): ChildProcess => {
    // The channel of one that has ended may be told as closed later.
    if (child?.connected && !child.killed && child.exitCode === null && child.signalCode === null)
      return child;
    child = fork(fileURLToPath(threadUrl(import.meta.url, './isolated-entry.js')), [], {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      // Keys travel by message: an environment can be read from outside.
      env: { PATH: process.env.PATH },
    });
    child.send({ keyring: toThread(keyring) } satisfies ThreadData);
    return child;
  };
  const one = async (task: string, input: unknown, options: PoolRunOptions): Promise<unknown> => {
    options.signal?.throwIfAborted();
    const process = start();
    const limit = AbortSignal.timeout(options.timeout ?? settings.limits.time);
    const ended = options.signal ? AbortSignal.any([options.signal, limit]) : limit;
    const kill = () => process.kill('SIGKILL');
    ended.addEventListener('abort', kill, { once: true });
    try {
      process.send({ task, input } satisfies ThreadRequest);
      const reply = await firstOf(process);
      options.signal?.throwIfAborted();
      if (reply === undefined) throw new CxrError(limit.aborted ? 'TOO_SLOW' : 'CRASHED_WORKER');
      return unwrap(reply);
    } finally {
      ended.removeEventListener('abort', kill);
    }
  };
  // Replies have no names: one of two tasks under way would take the other's.
  const turns = new Slots(1);
  return {
    run: async <Output>(task: string, input: unknown, options: PoolRunOptions = {}) =>
      (await turns.run(() => one(task, input, options))) as Output,
    close: () => {
      child?.kill('SIGKILL');
    },
  };
}

/** The answer, or undefined where the process ended without one. */
async function firstOf(child: ChildProcess): Promise<Outcome<unknown> | undefined> {
  const over = new AbortController();
  const answered = once(child, 'message', over).then(([reply]) => reply as Outcome<unknown>);
  const exited = once(child, 'exit', over).then(() => undefined);
  try {
    return await Promise.race([answered, exited]);
  } finally {
    over.abort();
    await Promise.allSettled([answered, exited]);
  }
}
