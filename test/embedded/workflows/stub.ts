import { randomUUID } from 'node:crypto';
import { Context } from '@temporalio/activity';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { bundleWorkflowCode, DefaultLogger, Runtime, Worker, type WorkflowBundle } from '@temporalio/worker';
import type {
  CpuActivities,
  GpuActivities,
  IoActivities,
  MainActivities,
  RunSettings,
} from '../../../src/activities/api.js';
import { temporalCli } from '../../../src/server/temporal-cli.js';

export type Stubs = MainActivities & IoActivities & CpuActivities & GpuActivities;

export const SETTINGS: RunSettings = {
  runId: 'w/r',
  type: 'ingest',
  source: 'nas',
  sourceRoot: 'file:///nas',
  issuer: undefined,
  started: '20260101-000000',
  staging: '.staging/w/',
  select: 'films',
  profile: 'research',
  profileText: '',
  shardSize: 10,
  concurrency: 3,
  pace: {},
  minAgeMs: 0,
  markSource: 'none',
  maxFailureRate: 0.05,
  containers: 'prefix',
  prefix: 'images',
  maxImages: 400,
  qualityModel: 'file:///model.onnx',
  black: { p99: 0.05, spread: 0.02 },
  rehash: false,
  files: undefined,
  render: { bits: 8, window: 'auto' },
  limits: { file: 1, zip: { archive: 1, entries: 1, entry: 1, total: 1, ratio: 1 }, time: 1, memory: 1 },
  ruleHash: 'r',
  configHash: 'c',
  shardsAPass: 200,
  retry: { window: 1, first: 1, longest: 1 },
  searchAttributes: false,
};

/** A world of `shards` shards of 10 files each in which everything goes well; tests replace what they are about. */
export function stubs(shards: number, over: Partial<Stubs> = {}): Stubs {
  const found = shards * 10;
  return {
    openRun: async () => SETTINGS,
    endRun: async () => {},
    nextShards: async ({ after, limit }) => ({
      shards: Array.from({ length: Math.max(0, Math.min(limit, shards - 1 - after)) }, (_, i) => ({
        shard: after + 1 + i,
        files: 10,
        manifest: 'm',
      })),
      listing: { state: 'done', found, unchanged: 0, waiting: 0 },
    }),
    extractedShards: async () => [],
    closeRun: async () => ({ manifest: 'file:///manifest', report: 'file:///report' }),
    abandonRun: async () => {},
    alert: async () => {},
    listSource: async () => ({ state: 'done', found, unchanged: 0, waiting: 0 }),
    storeShard: async ({ shard }) => ({
      stored: 10,
      skipped: 0,
      quarantined: 0,
      review: 0,
      containers: [`c-${shard}`],
    }),
    applyQuality: async () => ({ suboptimal: 1, restored: 0 }),
    finishShard: async () => {},
    extractShard: async () => ({
      counts: { found: 10, done: 10, skipped: 0, ignored: 0, quarantined: 0 },
      images: 10,
      manifest: 'e',
    }),
    describeModel: async ({ uri }) => ({ uri, version: 'v1', provider: 'cpu' }),
    judgeImages: async () => ({ checked: 10, rejected: 1, next: undefined }),
    ...over,
  };
}

/** A step that goes on until it is cancelled, as a batch does: it beats, and hears of the cancellation by it. */
export async function untilCancelled(): Promise<never> {
  const context = Context.current();
  const timer = setInterval(() => context.heartbeat(), 200);
  try {
    return await context.cancelled;
  } finally {
    clearInterval(timer);
  }
}

export interface Lab {
  readonly env: TestWorkflowEnvironment;
  /** Runs `body` with workers for these activities; ids do not repeat. */
  with<T>(activities: Stubs, body: (id: string) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export async function lab(): Promise<Lab> {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const path = await temporalCli(process.env, () => {});
  const env = await TestWorkflowEnvironment.createLocal({
    server: { executable: { type: 'existing-path', path } },
  });
  const bundle: WorkflowBundle = await bundleWorkflowCode({
    workflowsPath: new URL('../../../src/workflows/index.ts', import.meta.url).pathname,
    logger: new DefaultLogger('ERROR'),
  });
  return {
    env,
    with: async (activities, body) => {
      const queues = ['cxrflow', 'cxrflow-io', 'cxrflow-cpu', 'cxrflow-gpu'];
      const workers = await Promise.all(
        queues.map((taskQueue) =>
          Worker.create({
            connection: env.nativeConnection,
            taskQueue,
            activities: { ...activities },
            // A cancellation reaches an activity with the answer to a heartbeat.
            maxHeartbeatThrottleInterval: 1_000,
            defaultHeartbeatThrottleInterval: 1_000,
            ...(taskQueue === 'cxrflow' ? { workflowBundle: bundle } : {}),
          }),
        ),
      );
      const [first, ...rest] = workers as [Worker, ...Worker[]];
      const id = `test-${randomUUID()}`;
      const others = rest.map((worker) => worker.run());
      try {
        return await first.runUntil(() => body(id));
      } finally {
        for (const worker of rest) worker.shutdown();
        await Promise.all(others);
      }
    },
    close: () => env.teardown(),
  };
}
