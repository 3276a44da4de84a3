/** Entry of a thread of the cpu queue: runs the tasks of `src/activities/cpu/tasks.ts` by their name. */
import { workerData } from 'node:worker_threads';
import { move, transferableSymbol, valueSymbol } from 'piscina';
import { createTasks } from '../activities/cpu/tasks.js';
import { fromThread, type KeyringTransfer } from '../privacy/keyring.js';
import { threadTask } from './thread-task.js';

export interface ThreadData {
  readonly keyring: KeyringTransfer;
}

export interface ThreadRequest {
  readonly task: string;
  readonly input: unknown;
}

const { keyring } = workerData as ThreadData;
const tasks = createTasks(fromThread(keyring));

const run = threadTask(async ({ task, input }: ThreadRequest): Promise<unknown> => {
  const work = tasks[task];
  if (work === undefined) throw new ReferenceError('no such task');
  return work(input);
});

/**
 * The memory of `value.tensor`, or of `value.bytes` where it fills it, moves to the caller instead of being copied. Shared
 * memory is there already.
 */
export default async (request: ThreadRequest): Promise<unknown> => {
  const outcome = await run(request);
  const { tensor, bytes } = ('value' in outcome && (outcome.value as Moving | undefined)) || {};
  const moving = tensor instanceof Float32Array ? tensor : bytes instanceof Uint8Array ? bytes : undefined;
  if (!(moving?.buffer instanceof ArrayBuffer) || moving.byteLength < moving.buffer.byteLength)
    return outcome;
  return move({ [transferableSymbol]: [moving.buffer], [valueSymbol]: outcome });
};

interface Moving {
  readonly tensor?: unknown;
  readonly bytes?: unknown;
}
