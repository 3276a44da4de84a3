import { ApplicationFailure, type WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { CxrError } from '../../../src/errors.js';
import { toFailure } from '../../../src/workers/failures.js';
import type { Progress } from '../../../src/workflows/steer.js';
import { type Lab, lab, SETTINGS, type Stubs, stubs, untilCancelled } from './stub.js';

const WITH_PASSWORD = 's3://user:secret@host/bucket';

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
      {
        ...world,
        storeShard: async (i) => {
          stored.push(i.shard);
          return world.storeShard(i);
        },
      },
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

  it('continues as new after so many shards, loses none and keeps what people set', async () => {
    const seen: number[] = [];
    const world = stubs(12, { openRun: async () => ({ ...SETTINGS, shardsAPass: 5 }) });
    await here.with(
      {
        ...world,
        extractShard: async (i) => {
          seen.push(i.shard);
          return world.extractShard(i);
        },
      },
      async (id) => {
        const handle = await start(id);
        const first = (await handle.describe()).runId;
        await handle.executeUpdate('setConcurrency', { args: [{ n: 4 }] });
        expect(await handle.result()).toMatchObject({ found: 120, stored: 120, containerCount: 12 });
        expect((await handle.describe()).runId).not.toBe(first);
        expect(await progress(handle)).toMatchObject({ concurrency: 4, shards: { done: 12, running: 0 } });
      },
    );
    expect(seen.sort((a, b) => a - b)).toEqual(Array.from({ length: 12 }, (_, i) => i));
  });

  it('a pass of 200 shards keeps its history below 10,240 events', async () => {
    const shards = 12;
    await here.with(stubs(shards), async (id) => {
      const handle = await start(id, { concurrency: 3 });
      await handle.result();
      const events = (await handle.fetchHistory()).events?.length ?? 0;
      expect((events / shards) * 200).toBeLessThan(10_240);
    });
  });

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

  it('cancelled: puts the run in order once all that is under way has ended', async () => {
    const events: string[] = [];
    const world = stubs(3);
    const working: Stubs['extractShard'] = async () => {
      events.push('begun');
      try {
        return await untilCancelled();
      } finally {
        events.push('ended');
      }
    };
    const abandonRun: Stubs['abandonRun'] = async ({ reason }) => void events.push(reason);
    await here.with({ ...world, extractShard: working, abandonRun }, async (id) => {
      const handle = await start(id);
      await vi.waitFor(() => expect(events).toEqual(['begun', 'begun', 'begun']), { timeout: 10_000 });
      await handle.cancel();
      await expect(handle.result()).rejects.toThrow();
    });
    expect(events.slice(3)).toEqual(['ended', 'ended', 'ended', 'cancelled']);
  });

  it('a shard that cannot succeed ends the others, then the run, and says why', async () => {
    const ended: number[] = [];
    const alerts: string[] = [];
    const world = stubs(3);
    const extractShard: Stubs['extractShard'] = async ({ shard }) => {
      if (shard === 1) throw ApplicationFailure.nonRetryable('no', 'KEY_MISMATCH');
      try {
        return await untilCancelled();
      } finally {
        ended.push(shard);
      }
    };
    const over: Partial<Stubs> = {
      abandonRun: async ({ reason }) => void alerts.push(`${reason} after ${ended.length}`),
      alert: async ({ kind, code }) => void alerts.push(`${kind} ${code}`),
    };
    await here.with({ ...world, extractShard, ...over }, async (id) => {
      expect((await rootCause((await start(id)).result())).type).toBe('KEY_MISMATCH');
    });
    expect(ended.sort()).toEqual([0, 2]);
    expect(alerts).toEqual(['failed after 2', 'failed KEY_MISMATCH']);
  });

  it('answers before it is open, and keeps what was set then', async () => {
    const opened: string[] = [];
    const world = stubs(2);
    const openRun: Stubs['openRun'] = async ({ type }) => {
      opened.push(type);
      return SETTINGS;
    };
    await here.with({ ...world, openRun }, async (id) => {
      const handle = await start(id);
      await handle.executeUpdate('setConcurrency', { args: [{ n: 2 }] });
      await handle.executeUpdate('pause', { args: [{ reason: 'too early' }] });
      expect(await progress(handle)).toMatchObject({ paused: { message: 'too early' }, concurrency: 2 });
      await handle.executeUpdate('resume');
      expect(await handle.result()).toMatchObject({ stored: 20 });
      expect(await progress(handle)).toMatchObject({ concurrency: 2 });
    });
    expect(opened).toEqual(['ingest']);
  });

  it('pauses where it cannot even be opened, and opens when the world is mended', async () => {
    let broken = true;
    const world = stubs(1);
    const openRun: Stubs['openRun'] = async () => {
      if (broken) throw ApplicationFailure.nonRetryable('no answer', 'CATALOG_UNREACHABLE');
      return SETTINGS;
    };
    await here.with({ ...world, openRun }, async (id) => {
      const handle = await start(id);
      await vi.waitFor(
        async () => expect((await progress(handle)).paused?.code).toBe('CATALOG_UNREACHABLE'),
        { timeout: 10_000 },
      );
      broken = false;
      await handle.executeUpdate('resume');
      expect(await handle.result()).toMatchObject({ stored: 10 });
    });
  });

  it('pauses when the listing fails, and lists again after resume', async () => {
    let listings = 0;
    let asked = 0;
    const world = stubs(2);
    const halt = { code: 'SOURCE_UNREADABLE', message: 'no mount' };
    const failed = { state: 'failed' as const, found: 0, unchanged: 0, waiting: 0 };
    const over: Partial<Stubs> = {
      listSource: async (run) => {
        listings += 1;
        if (listings === 1) throw ApplicationFailure.nonRetryable('no mount', 'SOURCE_UNREADABLE');
        return world.listSource(run);
      },
      nextShards: async (i) => {
        asked += 1;
        if (asked === 1) return { shards: [], listing: { ...failed, halt } };
        await vi.waitFor(() => expect(listings).toBe(2), { timeout: 10_000 });
        return world.nextShards(i);
      },
    };
    await here.with({ ...world, ...over }, async (id) => {
      const handle = await start(id);
      await vi.waitFor(async () => expect((await progress(handle)).paused?.code).toBe('SOURCE_UNREADABLE'), {
        timeout: 10_000,
      });
      expect(await here.env.client.workflow.getHandle(`${id}/listing`).result()).toMatchObject({
        halt: { code: 'SOURCE_UNREADABLE' },
      });
      await handle.executeUpdate('resume');
      expect(await handle.result()).toMatchObject({ found: 20, stored: 20 });
    });
    expect(listings).toBe(2);
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
      { source: WITH_PASSWORD },
      'CREDENTIALS_IN_URL',
      new RegExp(`source: .*a string of ${WITH_PASSWORD.length} characters`),
    ],
    ['an empty shard', 'ingest', { shardSize: 0 }, 'BAD_INPUT', /shardSize: expected at least 1, got 0/],
    [
      'a fraction of a file',
      'extract',
      { shardSize: 1.5 },
      'BAD_INPUT',
      /shardSize: expected a whole number/,
    ],
    [
      'hours that are none',
      'ingest',
      { pace: { hours: '8-18' } },
      'BAD_INPUT',
      /pace\.hours: expected HH:MM-HH:MM/,
    ],
    [
      'a way to keep containers',
      'ingest',
      { containers: 'pod' },
      'BAD_INPUT',
      /containers: expected one of "prefix", "bucket", got "pod"/,
    ],
    ['a selection that is none', 'extract', { select: 'some' }, 'BAD_INPUT', /select: expected "films"/],
    ['a number for a text', 'ingest', { source: 7 }, 'BAD_INPUT', /source: expected string, got 7/],
    ['no manifest', 'store', { manifest: '' }, 'BAD_INPUT', /manifest: .*a string of 0 characters/],
    ['a field of another type', 'store', { shardSize: 4 }, 'BAD_INPUT', /shardSize: no such field/],
    ['too many at once', 'store', { concurrency: 101 }, 'BAD_INPUT', /concurrency: expected at most 100/],
    ['a bad nested field', 'preprocess', { images: { shard: -1 } }, 'BAD_INPUT', /images\.shard/],
  ];
  it.each(cases)('%s is refused at once, naming the field', async (_, type, input, code, message) => {
    const error = await here.with(stubs(0), async (id) => rootCause((await start(id, input, type)).result()));
    expect(error.type).toBe(code);
    expect(error.message).toMatch(message);
    expect(error.message).not.toContain('secret');
  });
});
