/** Entry of the process that tries suspect files: what a thread is given first, then one task a message. */
import { createTasks } from '../activities/cpu/tasks.js';
import { fromThread } from '../privacy/keyring.js';
import type { ThreadData, ThreadRequest } from './cpu-thread.js';
import { threadTask } from './thread-task.js';

let tasks: ReturnType<typeof createTasks> | undefined;

const run = threadTask(async ({ task, input }: ThreadRequest): Promise<unknown> => {
  const work = tasks?.[task];
  if (work === undefined) throw new ReferenceError('no such task');
  return work(input);
});

process.on('message', async (message: ThreadData | ThreadRequest) => {
  if ('keyring' in message) {
    tasks = createTasks(fromThread(message.keyring));
    return;
  }
  process.send?.(await run(message));
});
process.on('disconnect', () => process.exit(0));
