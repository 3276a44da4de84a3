/** Entry of a thread of the cpu queue: runs the tasks of `src/activities/cpu/tasks.ts` by their name. */
import { workerData } from 'node:worker_threads';
import { createTasks } from '../activities/cpu/tasks.js';
import type { Settings } from '../config/schema.js';
import { fromThread, type KeyringTransfer } from '../privacy/keyring.js';
import { threadTask } from './thread-task.js';

export interface ThreadData {
  readonly keyring: KeyringTransfer;
  readonly settings: Settings;
}

export interface ThreadRequest {
  readonly task: string;
  readonly input: unknown;
}

const { keyring, settings } = workerData as ThreadData;
const tasks = createTasks({ keyring: fromThread(keyring), settings });

export default threadTask(async ({ task, input }: ThreadRequest): Promise<unknown> => {
  const work = tasks[task];
  if (work === undefined) throw new ReferenceError('no such task');
  return work(input);
});
