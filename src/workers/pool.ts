import { setMaxListeners } from 'node:events';
import { availableParallelism } from 'node:os';
import { Piscina } from 'piscina';
import { CxrError } from '../errors.js';
import { type Outcome, unwrap } from './thread-task.js';

export interface PoolOptions {
  /** Compiled file whose default export is a `threadTask`. */
  readonly file: URL;
  /** How many; as many as there are processors when absent or 0. */
  readonly threads?: number;
  /** Given to each thread once, as `workerData` of piscina. */
  readonly workerData?: unknown;
  /** From when a thread takes the task; then the thread is replaced. */
  readonly timeoutMs?: number;
  /** Of one thread's heap. Pixels lie outside it and are held by the limits of reading and decoding. */
  readonly heapMb?: number;
}

export interface PoolRunOptions {
  readonly signal?: AbortSignal | undefined;
  /** For this task, instead of the pool's. */
  readonly timeoutMs?: number | undefined;
  /** Memory of the task that moves to the thread instead of being copied; it is gone here. */
  readonly transfer?: readonly ArrayBuffer[] | undefined;
}

export interface Pool<Task, Result> {
  readonly threads: number;
  /**
   * Runs one task on a free thread, in order of asking.
   * @throws CxrError what the task threw; TOO_SLOW, THREAD_CRASHED, OUT_OF_MEMORY, each the end of that
   *   thread and of no other task. The signal's reason when it is aborted, also in the middle of the task.
   */
  run(task: Task, options?: PoolRunOptions): Promise<Result>;
  /** Ends the threads; running tasks fail. */
  close(): Promise<void>;
}

/** Longest that one file may take. */
const TIMEOUT_MS = 25_000;
const HEAP_MB = 512;

/** A pool of worker threads for work that would block the event loop. */
export function createPool<Task, Result>(options: PoolOptions): Pool<Task, Result> {
  const threads = options.threads || availableParallelism();
  const timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
  const piscina = new Piscina<Task, Outcome<Result>>({
    filename: options.file.href,
    minThreads: threads,
    maxThreads: threads,
    workerData: options.workerData,
    resourceLimits: { maxOldGenerationSizeMb: options.heapMb ?? HEAP_MB },
  });
  // A thread that dies between tasks concerns nobody: the next task gets a new one.
  piscina.on('error', () => {});
  const slots = createSlots(threads);

  const attempt = async (task: Task, { signal, ...run }: PoolRunOptions): Promise<Outcome<Result>> => {
    const limit = run.timeoutMs ?? timeoutMs;
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), limit);
    const either = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
    try {
      return await piscina.run(task, { signal: either, transferList: run.transfer ?? [] });
    } catch (error) {
      signal?.throwIfAborted();
      if (stop.signal.aborted) throw new CxrError('TOO_SLOW', `over ${limit / 1000} s`);
      const memory = (error as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY';
      throw new CxrError(memory ? 'OUT_OF_MEMORY' : 'THREAD_CRASHED', undefined, { cause: error });
    } finally {
      clearTimeout(timer);
    }
  };

  return {
    threads,
    async run(task, run = {}) {
      // The clock of a task starts when a thread is free for it, not while it waits.
      await slots.take(run.signal);
      try {
        return unwrap(await attempt(task, run));
      } finally {
        slots.free();
      }
    },
    close: () => piscina.destroy(),
  };
}

/** Hands out `count` slots in order of asking. */
function createSlots(count: number) {
  let left = count;
  const waiting: (() => void)[] = [];
  return {
    async take(signal?: AbortSignal): Promise<void> {
      signal?.throwIfAborted();
      if (left > 0) {
        left--;
        return;
      }
      // One signal may stop thousands of waiting tasks.
      if (signal !== undefined) setMaxListeners(0, signal);
      await new Promise<void>((resolve, reject) => {
        const mine = () => {
          signal?.removeEventListener('abort', gone);
          resolve();
        };
        const gone = () => {
          waiting.splice(waiting.indexOf(mine), 1);
          reject(signal?.reason);
        };
        waiting.push(mine);
        signal?.addEventListener('abort', gone, { once: true });
      });
    },
    free(): void {
      const next = waiting.shift();
      if (next === undefined) left++;
      else next();
    },
  };
}
