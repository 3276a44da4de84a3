import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { fileURLToPath } from 'node:url';
import {
  type NativeConnection,
  Worker,
  type WorkerOptions,
  type WorkflowBundleOption,
} from '@temporalio/worker';
import type { Activities, Deps } from '../activities/deps.js';
import { createActivities } from '../activities/index.js';
import type { Queue } from '../config/schema.js';
import { CxrError } from '../errors.js';
import { failureInterceptor } from './failures.js';
import { timingInterceptor } from './timing.js';

export const TASK_QUEUES = {
  main: 'cxrflow',
  io: 'cxrflow-io',
  cpu: 'cxrflow-cpu',
  gpu: 'cxrflow-gpu',
} as const;

export interface WorkersOptions {
  readonly deps: Deps;
  readonly connection: NativeConnection;
  readonly queues: readonly Queue[];
  /** For tests; without them the project's own. */
  readonly activities?: Activities;
  readonly workflowBundle?: WorkflowBundleOption;
}

export interface RunningWorkers {
  /** Fulfilled when all have stopped; rejected when one failed (the others are stopped then). */
  readonly done: Promise<void>;
  /** True while every queue is served. */
  ready(): boolean;
  /** Takes no new work, waits up to `shutdown.grace` for running steps, hands back the rest. */
  stop(): Promise<void>;
}

/**
 * One Temporal worker a queue, all in this process. Workflows run on `cxrflow` only.
 *
 * @throws CxrError BUILD_MISSING without the bundled workflows
 */
export async function startWorkers(options: WorkersOptions): Promise<RunningWorkers> {
  const { deps, connection, queues } = options;
  const activities = options.activities ?? createActivities(deps);
  const workers: Worker[] = [];
  try {
    for (const queue of queues) workers.push(await Worker.create(workerOptions(queue)));
  } catch (error) {
    // A worker that never ran holds its connection.
    for (const worker of workers) await worker.runUntil(async () => {});
    throw error;
  }

  const stopAll = () => {
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  };
  const running = workers.map((worker) => worker.run());
  const done = Promise.all(running.map((run) => run.catch(fail))).then(() => undefined);
  // Whoever awaits `done` late must not make a failed worker an unhandled rejection.
  done.catch(() => {});
  return {
    done,
    ready: () => workers.every((worker) => worker.getState() === 'RUNNING'),
    stop: () => {
      stopAll();
      return done;
    },
  };

  function workerOptions(queue: Queue): WorkerOptions {
    return {
      connection,
      namespace: deps.config.temporal.namespace,
      identity: `${queue}@${hostname()}:${process.pid}`,
      taskQueue: TASK_QUEUES[queue],
      activities: activities[queue],
      interceptors: { activity: [timingInterceptor(deps.metrics), failureInterceptor(deps.log)] },
      shutdownGraceTime: deps.config.shutdown.grace,
      // A watermark that reaches the server late is work done twice after a crash.
      maxHeartbeatThrottleInterval: 5_000,
      defaultHeartbeatThrottleInterval: 5_000,
      ...slots(queue, deps),
      ...(queue === 'main' && { workflowBundle: options.workflowBundle ?? shippedBundle() }),
    };
  }

  async function fail(error: unknown): Promise<never> {
    deps.log.error({ err: error }, 'worker failed');
    stopAll();
    await Promise.allSettled(running);
    throw error;
  }
}

/** Activities of the cpu queue, besides one a thread. */
const WAITING = 2;

function slots(queue: Queue, { config, pool }: Deps): Partial<WorkerOptions> {
  const { main, io, cpu, gpu } = config.queues;
  switch (queue) {
    case 'main':
      return { maxConcurrentActivityTaskExecutions: main.slots, maxCachedWorkflows: main.workflows };
    case 'io':
      return { maxConcurrentActivityTaskExecutions: io.slots };
    // The threads have work while some activities wait for the disk and for their next task; many more would only hold memory.
    case 'cpu':
      return { maxConcurrentActivityTaskExecutions: cpu.slots || pool.threads + WAITING };
    case 'gpu':
      return { maxConcurrentActivityTaskExecutions: gpu.slots };
  }
}

function shippedBundle(): WorkflowBundleOption {
  const codePath = fileURLToPath(new URL('../../dist/workflow-bundle.js', import.meta.url));
  if (!existsSync(codePath)) throw new CxrError('BUILD_MISSING', 'no workflow bundle');
  return { codePath };
}
