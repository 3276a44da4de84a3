import { ApplicationFailure, type WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type {
  AnnotationsIo,
  AnnotationsMain,
  AnnotationsRun,
} from '../../../src/activities/api/annotations.js';
import type { Progress } from '../../../src/workflows/steer.js';
import { type Lab, lab, SETTINGS, type Stubs, stubs, untilCancelled } from './stub.js';

let here: Lab;
beforeAll(async () => {
  here = await lab();
});
afterAll(() => here.close());

const RUN: AnnotationsRun = {
  ...{
    runId: 'w/r',
    type: 'annotations',
    source: 'labels',
    started: '20260101-000000',
    staging: '.staging/w/',
  },
  ...{
    concurrency: 2,
    limits: SETTINGS.limits,
    retry: SETTINGS.retry,
    configHash: 'c',
    searchAttributes: false,
  },
  ...{ sourceRoot: 'file:///labels', ledger: 'annotations:labels', markSource: 'rename', minAgeMs: 5 },
  ...{ shardSize: 1, shardsAPass: 500, maxJson: 1, classes: [], labels: [], rules: 'r', imageSources: [] },
};
type World = Stubs & AnnotationsMain & AnnotationsIo;

/** A container in which each listing finds so many shards, of one record each. */
function container(
  found: readonly number[],
  over: Partial<World> = {},
): { world: World; done: number[]; listings(): number } {
  const done: number[] = [];
  let listings = 0;
  const there = () => found.slice(0, listings).reduce((sum, n) => sum + n, 0);
  const world: World = {
    ...stubs(0),
    openAnnotations: async () => RUN,
    listAnnotations: async () => {
      listings += 1;
      return { unchanged: 3, waiting: 0 };
    },
    annotationShards: async ({ after, limit }) =>
      Array.from({ length: Math.min(limit, Math.max(0, there() - 1 - after)) }, (_, i) => ({
        shard: after + 1 + i,
        files: 1,
      })),
    applyAnnotations: async ({ shard }) => {
      done.push(shard);
      return { unmarked: 1 };
    },
    annotationTotals: async () => ({
      counts: { found: done.length + 3, done: done.length, skipped: 3, ignored: 0, quarantined: 0 },
      files: done.length,
      records: done.length,
    }),
    releaseAnnotations: async () => ({ applied: 0 }),
    ...over,
  };
  return { world, done, listings: () => listings };
}

const start = (id: string, input: object = {}): Promise<WorkflowHandle> =>
  here.env.client.workflow.start('annotations', { workflowId: id, taskQueue: 'cxrflow', args: [input] });
const progress = (handle: WorkflowHandle) => handle.query<Progress>('progress');
const paused = (handle: WorkflowHandle) =>
  expect.poll(async () => (await progress(handle)).paused?.code, { timeout: 20_000 });

describe('annotations', () => {
  it('applies every shard once and adds up', async () => {
    const { world, done } = container([7]);
    const closed: object[] = [];
    const endRun: Stubs['endRun'] = async ({ counts }) => {
      closed.push(counts);
    };
    const result = await here.with({ ...world, endRun }, async (id) => (await start(id)).result());
    const counts = { found: 10, done: 7, skipped: 3, ignored: 0, quarantined: 0 };
    expect(result).toMatchObject({ ...counts, files: 7, records: 7, applied: 7, unmarked: 7, waiting: 0 });
    expect([...done].sort()).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(closed).toEqual([counts]);
  });

  it('continues as new, and loses nothing on the way', async () => {
    const { world, done, listings } = container([230], {
      openAnnotations: async () => ({ ...RUN, shardsAPass: 40, concurrency: 50 }),
    });
    const [result, first] = await here.with(world, async (id) => {
      const handle = await start(id);
      const { runId } = await handle.describe();
      const ended = await handle.result();
      return [ended, await here.env.client.workflow.getHandle(id, runId).describe()];
    });
    expect(first.status.name).toBe('CONTINUED_AS_NEW');
    expect(result).toMatchObject({ done: 230, unmarked: 230 });
    expect(new Set(done).size).toBe(230);
    expect(done).toHaveLength(230);
    expect(listings()).toBe(1);
  });

  it('looks again when something is delivered while it works, however often it is told', async () => {
    let tell = async () => {};
    const { world, done, listings } = container([1, 1], {
      applyAnnotations: async ({ shard }) => {
        if (shard === 0) await tell();
        done.push(shard);
        return { unmarked: 0 };
      },
    });
    await here.with(world, async (id) => {
      tell = async () => {
        for (let i = 0; i < 5; i++) await here.env.client.workflow.getHandle(id).signal('delivered');
      };
      expect(await (await start(id)).result()).toMatchObject({ done: 2 });
    });
    expect(listings()).toBe(2);
  });

  it('a start by a signal lists once', async () => {
    const { world, listings } = container([1]);
    await here.with(world, async (id) => {
      const handle = await here.env.client.workflow.signalWithStart('annotations', {
        ...{ workflowId: id, taskQueue: 'cxrflow', args: [{}], signal: 'delivered', signalArgs: [] },
      });
      await handle.result();
    });
    expect(listings()).toBe(1);
  });

  it('waits once for files that may still be written, and leaves those that still are to the next run', async () => {
    let listings = 0;
    const { world } = container([], {
      listAnnotations: async () => {
        listings += 1;
        return { unchanged: 0, waiting: 2 };
      },
    });
    const result = await here.with(world, async (id) => (await start(id)).result());
    expect(result).toMatchObject({ waiting: 2 });
    expect(listings).toBe(2);
  });

  it('pauses when the world is broken, tells once, and goes on after resume', async () => {
    let broken = true;
    const alerts: string[] = [];
    const { world, done } = container([2], {
      alert: async ({ code }) => {
        alerts.push(code);
      },
      applyAnnotations: async ({ shard }) => {
        if (broken) throw ApplicationFailure.nonRetryable('away', 'STORAGE_UNREACHABLE');
        done.push(shard);
        return { unmarked: 0 };
      },
    });
    await here.with(world, async (id) => {
      const handle = await start(id);
      await paused(handle).toBe('STORAGE_UNREACHABLE');
      broken = false;
      await handle.executeUpdate('resume');
      expect(await handle.result()).toMatchObject({ done: 2 });
    });
    expect(alerts).toEqual(['STORAGE_UNREACHABLE']);
  });

  it('runs as many shards at once as it is told', async () => {
    let now = 0;
    let most = 0;
    let open: () => void = () => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const { world } = container([6], {
      applyAnnotations: async () => {
        now += 1;
        most = Math.max(most, now);
        await gate;
        now -= 1;
        return { unmarked: 0 };
      },
    });
    await here.with(world, async (id) => {
      const handle = await start(id);
      await expect.poll(() => now, { timeout: 20_000 }).toBe(2);
      expect(await handle.executeUpdate('setConcurrency', { args: [{ n: 4 }] })).toEqual({ concurrency: 4 });
      await expect.poll(() => now, { timeout: 20_000 }).toBe(4);
      open();
      await handle.result();
    });
    expect(most).toBe(4);
  });

  it('cancelled it ends what is under way before it is put in order', async () => {
    const events: string[] = [];
    const { world } = container([1], {
      applyAnnotations: async () => {
        events.push('begun');
        try {
          return await untilCancelled();
        } finally {
          events.push('ended');
        }
      },
      abandonRun: async ({ reason }) => {
        events.push(reason);
      },
    });
    await here.with(world, async (id) => {
      const handle = await start(id);
      await expect.poll(() => events, { timeout: 20_000 }).toEqual(['begun']);
      await handle.cancel();
      await expect(handle.result()).rejects.toThrow();
    });
    expect(events).toEqual(['begun', 'ended', 'cancelled']);
  });

  it.each([
    [{ sauce: 'x' }, 'BAD_INPUT', /sauce: no such field/],
    [{ source: 5 }, 'BAD_INPUT', /source: expected string/],
    [{ concurrency: 0 }, 'BAD_INPUT', /concurrency/],
    [{ source: 's3://a:b@host/bucket' }, 'CREDENTIALS_IN_URL', /^(?!.*a:b)/],
  ])('refuses %j at once, naming the field', async (input, type, message) => {
    await here.with(container([]).world, async (id) => {
      const failed = (await start(id, input)).result();
      await expect(failed).rejects.toMatchObject({
        cause: { type, message: expect.stringMatching(message) },
      });
    });
  });
});
