import { availableParallelism } from 'node:os';
import type { Pool } from '../activities/deps.js';
import type { Settings } from '../config/schema.js';
import { type Keyring, toThread } from '../privacy/keyring.js';
import type { ThreadData, ThreadRequest } from './cpu-thread.js';
import * as threads from './pool.js';
import { threadUrl } from './thread-url.js';

/** The threads of the cpu queue; they start with the first task, so that other processes do without. */
export function createCpuPool(settings: Settings, keyring: Keyring): Pool {
  let started: threads.Pool<ThreadRequest, unknown> | undefined;
  const start = () => {
    started ??= threads.createPool<ThreadRequest, unknown>({
      file: threadUrl(import.meta.url, './cpu-thread.js'),
      threads: settings.queues.cpu.threads,
      workerData: { keyring: toThread(keyring) } satisfies ThreadData,
      timeoutMs: settings.limits.time,
      heapMb: Math.ceil(settings.limits.memory / 2 ** 20),
    });
    return started;
  };
  return {
    threads: settings.queues.cpu.threads || availableParallelism(),
    run: async <Output>(task: string, input: unknown, options: Parameters<Pool['run']>[2] = {}) => {
      const { signal, timeout: timeoutMs } = options;
      return (await start().run({ task, input }, { signal, timeoutMs, transfer: movable(input) })) as Output;
    },
    close: async () => started?.close(),
  };
}

/** The memory of `input.bytes`, where it holds nothing else. */
function movable(input: unknown): ArrayBuffer[] {
  const bytes = (input as { bytes?: unknown } | undefined)?.bytes;
  if (!(bytes instanceof Uint8Array) || !(bytes.buffer instanceof ArrayBuffer)) return [];
  return bytes.length > 0 && bytes.length === bytes.buffer.byteLength ? [bytes.buffer] : [];
}
