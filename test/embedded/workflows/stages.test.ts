import { ApplicationFailure, type WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Progress } from '../../../src/workflows/steer.js';
import { type Lab, lab, SETTINGS, type Stubs, stubs, untilCancelled } from './stub.js';

let here: Lab;
beforeAll(async () => {
  here = await lab();
});
afterAll(() => here.close());

const start = (type: string, id: string, input: object = {}): Promise<WorkflowHandle> =>
  here.env.client.workflow.start(type, { workflowId: id, taskQueue: 'cxrflow', args: [input] });
const progress = (handle: WorkflowHandle) => handle.query<Progress>('progress');

/** Extracted shards that wait to be stored, each until it was. */
function waiting(count: number, over: Partial<Stubs> = {}): { world: Stubs; stored: string[] } {
  const stored: string[] = [];
  const counts = { found: 10, done: 8, skipped: 1, ignored: 0, quarantined: 1 };
  const world = stubs(0, {
    // Shards of several runs may have the same number.
    extractedShards: async ({ limit }) =>
      Array.from({ length: count }, (_, i) => ({ shard: i % 2, manifest: `m-${i}`, counts }))
        .filter(({ manifest }) => !stored.includes(manifest))
        .slice(0, limit),
    storeShard: async ({ manifest }) => {
      stored.push(manifest);
      return { stored: 7, skipped: 1, quarantined: 0, review: 2, containers: [`c-${manifest}`] };
    },
    ...over,
  });
  return { world, stored };
}

describe('extract', () => {
  it('alone ends with what store needs, and stores nothing', async () => {
    const world = stubs(3, {
      storeShard: async () => {
        throw ApplicationFailure.nonRetryable('stored', 'UNEXPECTED');
      },
    });
    const kept: boolean[] = [];
    const closeRun: Stubs['closeRun'] = async (input) => {
      kept.push(input.keepStaging);
      return world.closeRun(input);
    };
    const result = await here.with({ ...world, closeRun }, async (id) =>
      (await start('extract', id)).result(),
    );
    expect(result).toMatchObject({ found: 30, done: 30, stored: 0, manifest: 'file:///manifest' });
    expect(kept).toEqual([true]);
  });
});

describe('store', () => {
  it('stores every shard that waits, and adds up', async () => {
    const { world, stored } = waiting(7);
    const result = await here.with(world, async (id) => (await start('store', id)).result());
    expect([...stored].sort()).toEqual([0, 1, 2, 3, 4, 5, 6].map((i) => `m-${i}`));
    expect(result).toMatchObject({
      ...{ found: 70, done: 49, skipped: 14, quarantined: 7, stored: 49, review: 14 },
      containerCount: 7,
    });
  });

  it('continues as new after the shards of a pass, and loses none', async () => {
    const { world, stored } = waiting(7);
    const openRun: Stubs['openRun'] = async () => ({ ...SETTINGS, type: 'store', shardsAPass: 5 });
    await here.with({ ...world, openRun }, async (id) => {
      const handle = await start('store', id);
      const { runId } = await handle.describe();
      expect(await handle.result()).toMatchObject({ found: 70, stored: 49 });
      expect((await handle.describe()).runId).not.toBe(runId);
    });
    expect(stored).toHaveLength(7);
  });

  it('pauses on a broken world with several shards under way, and stores each once', async () => {
    let full = true;
    const { world, stored } = waiting(4);
    const storeShard: Stubs['storeShard'] = async (input) => {
      if (full) throw ApplicationFailure.nonRetryable('The disk is full', 'DISK_FULL');
      return world.storeShard(input);
    };
    await here.with({ ...world, storeShard }, async (id) => {
      const handle = await start('store', id);
      await vi.waitFor(async () => expect((await progress(handle)).paused?.code).toBe('DISK_FULL'), {
        timeout: 10_000,
      });
      full = false;
      await handle.executeUpdate('resume');
      expect(await handle.result()).toMatchObject({ stored: 28 });
    });
    expect([...stored].sort()).toEqual(['m-0', 'm-1', 'm-2', 'm-3']);
  });

  it('cancelled: waits for what is under way before it puts the run in order', async () => {
    const events: string[] = [];
    const { world } = waiting(1, {
      storeShard: async () => {
        events.push('begun');
        try {
          return await untilCancelled();
        } finally {
          events.push('ended');
        }
      },
      abandonRun: async ({ reason }) => void events.push(reason),
    });
    await here.with(world, async (id) => {
      const handle = await start('store', id);
      await vi.waitFor(() => expect(events).toEqual(['begun']), { timeout: 10_000 });
      await handle.cancel();
      await expect(handle.result()).rejects.toThrow();
    });
    expect(events).toEqual(['begun', 'ended', 'cancelled']);
  });
});

describe('preprocess', () => {
  it('goes through all pages, moves after each, and sums up', async () => {
    const asked: (string | undefined)[] = [];
    const world = stubs(0, {
      judgeImages: async ({ after }) => {
        asked.push(after);
        const next = after === undefined ? 'i-400' : after === 'i-400' ? 'i-800' : undefined;
        return { checked: next ? 400 : 25, rejected: 1, next };
      },
    });
    const result = await here.with(world, async (id) => (await start('preprocess', id)).result());
    expect(asked).toEqual([undefined, 'i-400', 'i-800']);
    expect(result).toMatchObject({ found: 825, done: 825, suboptimal: 3 });
  });

  it('pauses by hand between pages, and resumes', async () => {
    let pages = 0;
    let release = () => {};
    const gate = new Promise<void>((r) => {
      release = r;
    });
    const world = stubs(0, {
      openRun: async () => ({ ...SETTINGS, type: 'preprocess' }),
      judgeImages: async () => {
        pages += 1;
        if (pages === 1) await gate;
        return { checked: 400, rejected: 0, next: pages < 3 ? `i-${pages}` : undefined };
      },
    });
    await here.with(world, async (id) => {
      const handle = await start('preprocess', id);
      await vi.waitFor(() => expect(pages).toBe(1), { timeout: 10_000 });
      await handle.executeUpdate('pause', { args: [{ reason: 'model is being changed' }] });
      release();
      expect((await progress(handle)).paused?.message).toBe('model is being changed');
      await handle.executeUpdate('resume');
      expect(await handle.result()).toMatchObject({ found: 1200 });
    });
    expect(pages).toBe(3);
  });
});
