import { ApplicationFailure, type WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { CxrError } from '../../../src/errors.js';
import { toFailure } from '../../../src/workers/failures.js';
import type { Progress } from '../../../src/workflows/steer.js';
import { type Lab, lab, type Stubs, stubs } from './stub.js';

let here: Lab;
beforeAll(async () => {
  here = await lab();
});
afterAll(() => here.close());

const start = (id: string, input: object = {}, type = 'ingest'): Promise<WorkflowHandle> =>
  here.env.client.workflow.start(type, { workflowId: id, taskQueue: 'cxrflow', args: [input] });
const progress = (handle: WorkflowHandle) => handle.query<Progress>('progress');
const rootCause = async (promise: Promise<unknown>): Promise<ApplicationFailure> => {
  let error = await promise.then(
    () => new Error('did not fail'),
    (e: unknown) => e as Error,
  );
  while (error.cause instanceof Error) error = error.cause;
  return error as ApplicationFailure;
};

describe('ingest', () => {
  it('takes every shard through the three stages and adds them up', async () => {
    const stored: number[] = [];
    const world = stubs(7);
    const result = await here.with(
      { ...world, storeShard: async (i) => (stored.push(i.shard), world.storeShard(i)) },
      async (id) => (await start(id)).result(),
    );
    expect([...stored].sort()).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(result).toMatchObject({
      found: 70,
      done: 70,
      skipped: 0,
      quarantined: 0,
      stored: 70,
      suboptimal: 7,
      containerCount: 7,
    });
  });

  it('counts what the listing knew as found and skipped, what storing corrects as skipped and quarantined', async () => {
    const world = stubs(1);
    const listing = { state: 'done' as const, found: 30, unchanged: 20, waiting: 2 };
    const result = await here.with(
      {
        ...world,
        nextShards: async (i) => ({ ...(await world.nextShards(i)), listing }),
        storeShard: async () => ({ stored: 7, skipped: 2, quarantined: 1, review: 0, containers: ['c'] }),
      },
      async (id) => (await start(id)).result(),
    );
    const { found, done, skipped, ignored, quarantined } = result;
    expect({ found, done, skipped, ignored, quarantined }).toEqual({
      found: 30,
      done: 7,
      skipped: 22,
      ignored: 0,
      quarantined: 1,
    });
  });

  it('never has more shards under way than its concurrency, and follows setConcurrency', async () => {
    let running = 0;
    let most = 0;
    let release = () => {};
    const gate = new Promise<void>((r) => {
      release = r;
    });
    const world = stubs(8);
    const extractShard: Stubs['extractShard'] = async (input) => {
      running += 1;
      most = Math.max(most, running);
      if (input.shard < 3) await gate;
      running -= 1;
      return world.extractShard(input);
    };
    await here.with({ ...world, extractShard }, async (id) => {
      const handle = await start(id);
      await vi.waitFor(() => expect(running).toBe(3), { timeout: 10_000 });
      await handle.executeUpdate('setConcurrency', { args: [{ n: 1 }] });
      release();
      await handle.result();
      expect((await progress(handle)).concurrency).toBe(1);
    });
    expect(most).toBe(3);
  });

  it('continues as new after 200 shards, loses none and keeps its histories short', async () => {
    const seen = new Set<number>();
    const world = stubs(230);
    await here.with(
      { ...world, extractShard: async (i) => (seen.add(i.shard), world.extractShard(i)) },
      async (id) => {
        const handle = await start(id, { concurrency: 20 });
        const first = (await handle.describe()).runId;
        const result = await handle.result();
        expect(result).toMatchObject({ found: 2300, stored: 2300 });
        expect((await handle.describe()).runId).not.toBe(first);
        for (const runId of [first, (await handle.describe()).runId]) {
          expect(
            (await here.env.client.workflow.getHandle(id, runId).fetchHistory()).events?.length,
          ).toBeLessThan(10_240);
        }
      },
    );
    expect(seen.size).toBe(230);
  }, 120_000);

  it('pauses on a spent failure budget, alerts once, and goes on with a renewed one', async () => {
    const alerts: string[] = [];
    const budgets: number[] = [];
    const world = stubs(1);
    const extractShard: Stubs['extractShard'] = async (input) => {
      budgets.push(input.budget.quarantined);
      const done = await world.extractShard(input);
      if (input.budget.quarantined >= 9) return done;
      return {
        ...done,
        halt: { code: 'FAILURE_BUDGET', message: '9 of 20' },
        budget: { tried: 20, quarantined: 9 },
      };
    };
    await here.with({ ...world, extractShard, alert: async (a) => void alerts.push(a.code) }, async (id) => {
      const handle = await start(id);
      await vi.waitFor(async () => expect((await progress(handle)).paused?.code).toBe('FAILURE_BUDGET'), {
        timeout: 10_000,
      });
      await handle.executeUpdate('resume');
      expect(await handle.result()).toMatchObject({ stored: 10 });
    });
    expect(alerts).toEqual(['FAILURE_BUDGET']);
    expect(budgets).toEqual([0, 9]);
  });

  it('pauses on a broken world and repeats only the step that failed', async () => {
    const calls = { extract: 0, store: 0 };
    let full = true;
    const world = stubs(1);
    const extractShard: Stubs['extractShard'] = async (i) => {
      calls.extract += 1;
      return world.extractShard(i);
    };
    const storeShard: Stubs['storeShard'] = async (i) => {
      calls.store += 1;
      if (full) throw ApplicationFailure.nonRetryable('The disk is full', 'DISK_FULL');
      return world.storeShard(i);
    };
    await here.with({ ...world, extractShard, storeShard }, async (id) => {
      const handle = await start(id);
      await vi.waitFor(async () => expect((await progress(handle)).paused?.code).toBe('DISK_FULL'), {
        timeout: 10_000,
      });
      full = false;
      await handle.executeUpdate('resume');
      await handle.result();
    });
    expect(calls).toEqual({ extract: 1, store: 2 });
  });

  it('pauses by hand with the reason given, starts nothing meanwhile, and resumes', async () => {
    const started: number[] = [];
    let release = () => {};
    const gate = new Promise<void>((r) => {
      release = r;
    });
    const world = stubs(6);
    const extractShard: Stubs['extractShard'] = async (input) => {
      started.push(input.shard);
      await gate;
      return world.extractShard(input);
    };
    await here.with({ ...world, extractShard }, async (id) => {
      const handle = await start(id);
      await vi.waitFor(() => expect(started).toHaveLength(3), { timeout: 10_000 });
      await handle.executeUpdate('pause', { args: [{ reason: 'night shift' }] });
      release();
      await vi.waitFor(
        async () =>
          expect(await progress(handle)).toMatchObject({
            state: 'paused',
            paused: { message: 'night shift' },
          }),
        { timeout: 10_000 },
      );
      expect(started).toHaveLength(3);
      await handle.executeUpdate('resume');
      expect(await handle.result()).toMatchObject({ stored: 60 });
    });
  });

  it('cancelled: ends the listing and puts the run in order', async () => {
    const abandoned: string[] = [];
    const world = stubs(1);
    const hang = () => new Promise<never>(() => {});
    await here.with(
      {
        ...world,
        nextShards: hang,
        listSource: hang,
        abandonRun: async ({ reason }) => void abandoned.push(reason),
      },
      async (id) => {
        const handle = await start(id);
        const listing = here.env.client.workflow.getHandle(`${id}/listing`);
        await vi.waitFor(async () => expect((await listing.describe()).status.name).toBe('RUNNING'), {
          timeout: 10_000,
        });
        await handle.cancel();
        await expect(handle.result()).rejects.toThrow();
        await vi.waitFor(async () => expect((await listing.describe()).status.name).toBe('CANCELED'), {
          timeout: 10_000,
        });
      },
    );
    expect(abandoned).toEqual(['cancelled']);
  });

  it('fails at once, for good, when the source is held by another run', async () => {
    const world = stubs(0, {
      openRun: async () => {
        throw toFailure(new CxrError('SOURCE_BUSY', 'held by ingest-1'));
      },
    });
    const error = await here.with(world, async (id) => rootCause((await start(id)).result()));
    expect(error.type).toBe('SOURCE_BUSY');
    expect(error.message).toContain('ingest-1');
  });
});

describe('input', () => {
  const cases: [string, string, object, string, RegExp][] = [
    ['a wrong type', 'ingest', { shardSize: 'many' }, 'BAD_INPUT', /shardSize: expected .*number.*"many"/],
    ['an unknown field', 'ingest', { sharSize: 4 }, 'BAD_INPUT', /sharSize: no such field/],
    [
      'a value out of range',
      'extract',
      { maxFailureRate: 2 },
      'BAD_INPUT',
      /maxFailureRate: expected at most 1, got 2/,
    ],
    [
      'credentials in a URL',
      'ingest',
      { source: 's3://user:secret@host/bucket' },
      'CREDENTIALS_IN_URL',
      /source: .*a string of 29 characters/,
    ],
    ['a bad nested field', 'preprocess', { images: { shard: -1 } }, 'BAD_INPUT', /images\.shard/],
  ];
  it.each(cases)('%s is refused at once, naming the field', async (_, type, input, code, message) => {
    const error = await here.with(stubs(0), async (id) => rootCause((await start(id, input, type)).result()));
    expect(error.type).toBe(code);
    expect(error.message).toMatch(message);
    expect(error.message).not.toContain('secret');
  });
});
