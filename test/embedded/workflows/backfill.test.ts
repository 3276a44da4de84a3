import { ApplicationFailure, type WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type {
  BackfillInput,
  BackfillIoActivities,
  BackfillMainActivities,
  BackfillRun,
  Plan,
} from '../../../src/activities/api/backfill.js';
import type { Progress } from '../../../src/workflows/steer.js';
import { type Lab, lab, SETTINGS, type Stubs, stubs, untilCancelled } from './stub.js';

let here: Lab;
beforeAll(async () => {
  here = await lab();
});
afterAll(() => here.close());

type World = Stubs & BackfillMainActivities & BackfillIoActivities;
type Settled = Parameters<BackfillMainActivities['settlePartition']>[0];

const RUN: BackfillRun = {
  ...{ runId: 'b/r', type: 'backfill', source: 'nas', started: '20260101-000000', staging: '.staging/b/' },
  ...{
    concurrency: 3,
    limits: SETTINGS.limits,
    retry: SETTINGS.retry,
    configHash: 'c',
    searchAttributes: false,
  },
  ...{
    partitionType: 'store',
    by: 'list',
    scope: 's',
    sourceRoot: undefined,
    template: '{yyyy}',
    maxFailures: 5,
    partitionsAPass: 400,
  },
};

interface Seen {
  readonly settled: Settled[];
  readonly started: string[];
  readonly alerts: string[];
  running: number;
  most: number;
}

/** `count` partitions that each run `store` on a manifest named by the position; `child` is what they do. */
function world(
  count: number,
  { run = {}, child = async () => {}, plan = {} }: WorldOptions = {},
): { readonly world: World; readonly seen: Seen } {
  const seen: Seen = { settled: [], started: [], alerts: [], running: 0, most: 0 };
  const opened = { ...RUN, ...run };
  const all: Plan = {
    ...{ total: count, selected: count, left: { missing: 0, running: 0, done: 0, failed: 0, cancelled: 0 } },
    ...{ grid: 'w'.repeat(count), rows: [{ label: '1', count }], ...plan },
  };
  const activities: World = {
    ...stubs(0),
    openBackfill: async () => opened,
    planBackfill: async () => all,
    nextPartitions: async ({ after, limit }) =>
      Array.from({ length: Math.max(0, Math.min(limit, count - 1 - after)) }, (_, i) => ({
        position: after + 1 + i,
        key: `p${after + 1 + i}`,
        input: { manifest: `file:///m/${after + 1 + i}` },
      })),
    settlePartition: async (how) => {
      seen.settled.push(how);
    },
    openRun: async ({ input }) => {
      const name = String((input as { manifest?: string }).manifest);
      seen.started.push(name);
      seen.running += 1;
      seen.most = Math.max(seen.most, seen.running);
      try {
        await child(name);
      } finally {
        seen.running -= 1;
      }
      return { ...SETTINGS, type: 'store' };
    },
    alert: async ({ code }) => {
      seen.alerts.push(code);
    },
  };
  return { world: activities, seen };
}
interface WorldOptions {
  readonly run?: Partial<BackfillRun>;
  readonly child?: (manifest: string) => Promise<void>;
  readonly plan?: Partial<Plan>;
}

const LIST: BackfillInput = { type: 'store', partitions: [{ key: 'p0' }] };
const start = (id: string, input: BackfillInput = LIST): Promise<WorkflowHandle> =>
  here.env.client.workflow.start('backfill', { workflowId: id, taskQueue: 'cxrflow', args: [input] });
const progress = (handle: WorkflowHandle) => handle.query<Progress>('progress');
const states = (seen: Seen) => seen.settled.map(({ key, state }) => `${key} ${state}`).sort();
const rootCause = async (promise: Promise<unknown>): Promise<ApplicationFailure> => {
  let error = await promise.then(
    () => new Error('did not fail'),
    (e: unknown) => e as Error,
  );
  while (error.cause instanceof Error) error = error.cause;
  return error as ApplicationFailure;
};

describe('backfill', () => {
  it('runs each partition once, in order, never more at a time than its concurrency', async () => {
    const { world: w, seen } = world(12);
    const result = await here.with(w, async (id) => (await start(id)).result());
    expect(result).toMatchObject({ found: 12, done: 12, skipped: 0, ignored: 0, quarantined: 0 });
    expect(result.partitions).toEqual({ done: 12, failed: 0, cancelled: 0, running: 0, missing: 0 });
    expect([...seen.started].sort()).toEqual(Array.from({ length: 12 }, (_, i) => `file:///m/${i}`).sort());
    expect(states(seen)).toEqual(Array.from({ length: 12 }, (_, i) => `p${i} done`).sort());
    expect(seen.most).toBeLessThanOrEqual(3);
  });

  it('goes on past a partition that fails, and says which and why', async () => {
    const { world: w, seen } = world(6, {
      child: async (name) => {
        if (name.endsWith('/2')) throw ApplicationFailure.nonRetryable('no such manifest', 'BAD_INPUT');
      },
    });
    const result = await here.with(w, async (id) => (await start(id)).result());
    expect(result).toMatchObject({ found: 6, done: 5, quarantined: 1 });
    expect(seen.settled.find(({ key }) => key === 'p2')).toMatchObject({
      state: 'failed',
      code: 'BAD_INPUT',
      reason: 'no such manifest',
    });
    expect(seen.alerts).not.toContain('BACKFILL_FAILING');
  });

  it('pauses when one after the other fails, alerts once, and goes on after resume', async () => {
    let broken = true;
    const { world: w, seen } = world(9, {
      run: { concurrency: 1, maxFailures: 3 },
      child: async () => {
        if (broken) throw ApplicationFailure.nonRetryable('broken', 'MODEL_INVALID');
      },
    });
    const result = await here.with(w, async (id) => {
      const handle = await start(id);
      await vi.waitFor(async () => expect((await progress(handle)).paused?.code).toBe('BACKFILL_FAILING'), {
        timeout: 20_000,
      });
      expect(seen.started).toHaveLength(3);
      broken = false;
      await handle.executeUpdate('resume');
      return handle.result();
    });
    expect(result).toMatchObject({ done: 6, quarantined: 3 });
    expect(seen.alerts.filter((code) => code === 'BACKFILL_FAILING')).toHaveLength(1);
  });

  it('pauses by hand: what runs ends and is written down, nothing starts; then more at a time', async () => {
    let release = () => {};
    const gate = new Promise<void>((r) => {
      release = r;
    });
    const { world: w, seen } = world(8, { child: () => gate });
    await here.with(w, async (id) => {
      const handle = await start(id);
      await vi.waitFor(() => expect(seen.started).toHaveLength(3), { timeout: 20_000 });
      await handle.executeUpdate('pause', { args: [{ reason: 'lunch' }] });
      await handle.executeUpdate('setConcurrency', { args: [{ n: 5 }] });
      release();
      await vi.waitFor(() => expect(seen.settled).toHaveLength(3), { timeout: 20_000 });
      const now = await progress(handle);
      expect(now).toMatchObject({ state: 'paused', concurrency: 5, counts: { found: 8, done: 3 } });
      expect(now.grid?.[0]).toBe('1  ###.....');
      expect(seen.started).toHaveLength(3);
      await handle.executeUpdate('resume');
      await handle.result();
    });
    expect(seen.settled).toHaveLength(8);
  });

  it('ends its partitions when it is cancelled, and writes that down', async () => {
    const { world: w, seen } = world(5, { run: { concurrency: 2 } });
    const waiting: World = { ...w, extractedShards: () => untilCancelled() };
    await here.with(waiting, async (id) => {
      const handle = await start(id);
      await vi.waitFor(() => expect(seen.started).toHaveLength(2), { timeout: 20_000 });
      await handle.cancel();
      await expect(handle.result()).rejects.toThrow();
      expect((await handle.describe()).status.name).toBe('CANCELLED');
    });
    expect(states(seen)).toEqual(['p0 cancelled', 'p1 cancelled']);
  });

  it('a partition that was cancelled by itself is written down, and the others go on', async () => {
    const { world: w, seen } = world(3, { run: { concurrency: 1 } });
    let release = () => {};
    const gate = new Promise<void>((r) => {
      release = r;
    });
    let first = true;
    const waiting: World = {
      ...w,
      extractedShards: async () => {
        if (first) {
          first = false;
          await gate;
        }
        return [];
      },
    };
    const result = await here.with(waiting, async (id) => {
      const handle = await start(id);
      await vi.waitFor(() => expect(first).toBe(false), { timeout: 20_000 });
      await here.env.client.workflow.getHandle(`${id}/p0`).cancel();
      release();
      return handle.result();
    });
    expect(result).toMatchObject({ found: 3, done: 2, skipped: 1, quarantined: 0 });
    expect(states(seen)).toEqual(['p0 cancelled', 'p1 done', 'p2 done']);
  });

  it('leaves a partition alone whose run of the same id goes on', async () => {
    const { world: w, seen } = world(2);
    let release = () => {};
    const gate = new Promise<void>((r) => {
      release = r;
    });
    const held: World = {
      ...w,
      openRun: async (i) => {
        if ((i.input as { manifest?: string }).manifest === 'file:///held') await gate;
        return w.openRun(i);
      },
    };
    const result = await here.with(held, async (id) => {
      const other = await here.env.client.workflow.start('store', {
        workflowId: `${id}/p1`,
        taskQueue: 'cxrflow',
        args: [{ manifest: 'file:///held' }],
      });
      const handle = await start(id);
      const result = await handle.result();
      release();
      await other.result();
      return result;
    });
    expect(result).toMatchObject({ found: 2, done: 1, skipped: 1 });
    expect(result.partitions).toMatchObject({ running: 1, done: 1 });
    expect(states(seen)).toEqual(['p0 done']);
  });

  it('continues as new after so many, loses none and keeps what people set', async () => {
    const { world: w, seen } = world(12, { run: { partitionsAPass: 5 } });
    await here.with(w, async (id) => {
      const handle = await start(id);
      const first = (await handle.describe()).runId;
      await handle.executeUpdate('setConcurrency', { args: [{ n: 4 }] });
      expect(await handle.result()).toMatchObject({ found: 12, done: 12, partitions: { done: 12 } });
      expect((await handle.describe()).runId).not.toBe(first);
      const now = await progress(handle);
      expect(now).toMatchObject({ concurrency: 4, counts: { found: 12, done: 12 } });
      expect(now.grid?.[0]).toBe('1  ############');
    });
    expect([...seen.started].sort()).toEqual(Array.from({ length: 12 }, (_, i) => `file:///m/${i}`).sort());
    expect(seen.settled).toHaveLength(12);
  });

  it('a pass of 400 partitions keeps its history below 10,240 events', async () => {
    const partitions = 30;
    const { world: w } = world(partitions);
    await here.with(w, async (id) => {
      const handle = await start(id);
      await handle.result();
      const events = (await handle.fetchHistory()).events?.length ?? 0;
      expect((events / partitions) * 400).toBeLessThan(10_240);
    });
  });

  it('a dry run says what would run, and starts and takes nothing', async () => {
    const list = [
      { key: '2024-01-01', state: 'done' as const, run: false },
      { key: '2024-01-02', state: 'missing' as const, run: true },
    ];
    const left = { missing: 0, running: 0, done: 1, failed: 0, cancelled: 0 };
    const { world: w, seen } = world(2, { plan: { selected: 1, left, list } });
    const ended: string[] = [];
    const watched: World = { ...w, endRun: async () => void ended.push('endRun') };
    const result = await here.with(watched, async (id) =>
      (await start(id, { ...LIST, dryRun: true })).result(),
    );
    expect(result).toMatchObject({ found: 2, done: 0, skipped: 2, wouldRun: 1, plan: list });
    expect(result.partitions).toMatchObject({ done: 1, missing: 1 });
    expect([seen.started, seen.settled, ended]).toEqual([[], [], []]);
  });

  it('checks the longest list in one workflow task', async () => {
    const { world: w } = world(1);
    const partitions = Array.from({ length: 10_000 }, (_, i) => ({
      key: `p${i}`,
      input: { source: 'file:///f' },
    }));
    const events = await here.with(w, async (id) => {
      const handle = await start(id, { type: 'ingest', partitions, dryRun: true });
      await handle.result();
      return (await handle.fetchHistory()).events ?? [];
    });
    const again = events.filter(
      (one) => one.workflowTaskFailedEventAttributes ?? one.workflowTaskTimedOutEventAttributes,
    );
    expect(events.length).toBeGreaterThan(0);
    expect(again).toEqual([]);
  });

  it('takes an input that is right only with its date filled in', async () => {
    const { world: w } = world(1);
    const input: BackfillInput = {
      ...{ type: 'chestXrayProcessing', from: '2024', to: '2024', dryRun: true },
      input: { version: 'v{yyyy}.{MM}' },
    };
    const result = await here.with(w, async (id) => (await start(id, input)).result());
    expect(result).toMatchObject({ found: 1 });
  });

  it.each<[string, object, RegExp]>([
    ['a type that there is not', { type: 'nonsense' }, /type: there is no nonsense/],
    ['a backfill of backfills', { type: 'backfill' }, /type: there is no backfill/],
    ['a date that is none', { from: '01.02.2024' }, /from: expected a date/],
    ['an unknown field', { colour: 'red' }, /colour: no such field/],
    ['a key that may not stand in an id', { partitions: [{ key: 'DOE^JOHN' }] }, /partitions\.0\.key/],
    ['no partitions', { partitions: [] }, /partitions: expected at least 1/],
    ['what the children would refuse', { input: { shardSize: 0 } }, /Input of ingest: shardSize/],
    ['a field of the children that only we give', { input: { partition: 'x' } }, /input\.partition/],
    ['one bad input of many', { type: 'store', partitions: [{ input: { manifest: 5 } }] }, /manifest/],
    ['a URL with a password', { source: 's3://u:p@h/b' }, /without user and password/],
    ['a concurrency of 0', { concurrency: 0 }, /concurrency/],
  ])('refuses %s at once', async (_, input, message) => {
    const { world: w, seen } = world(1);
    const error = await here.with(w, async (id) => rootCause((await start(id, input)).result()));
    expect(error.message).toMatch(message);
    expect(error.message).not.toContain('DOE');
    expect(error.nonRetryable).toBe(true);
    expect(seen.started).toEqual([]);
  });
});
