import { ApplicationFailure, type WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type {
  PacsBatchInput,
  PacsBatchResult,
  PacsCpu,
  PacsIo,
  PacsMain,
  PacsRun,
} from '../../../src/activities/api/pacs.js';
import type { Progress } from '../../../src/workflows/steer.js';
import { type Lab, lab, SETTINGS, type Stubs, stubs, untilCancelled } from './stub.js';

let here: Lab;
beforeAll(async () => {
  here = await lab();
});
afterAll(() => here.close());

const RUN: PacsRun = {
  ...{
    runId: 'w/r',
    type: 'pacsExport',
    source: 'pacs:pacs',
    started: '20260101-000000',
    staging: '.staging/w/',
  },
  ...{
    concurrency: 3,
    limits: SETTINGS.limits,
    retry: SETTINGS.retry,
    configHash: 'c',
    searchAttributes: false,
  },
  ...{ database: 'pacs', queryHash: 'q', studies: 100, order: 'random', seed: 1, pageSize: 5, batchSize: 3 },
  ...{ modality: undefined, bodyPart: undefined, deviceRules: undefined, destination: 'file:///out' },
  ...{ ids: 'pseudonym', sourceReferences: 'drop', reports: 'scrubbed', formats: [], profile: 'research' },
  ...{ profileText: '', issuer: 'pacs:pacs', window: 'auto', maxRows: 1, maxReport: 1, statementTimeout: 1 },
  ...{ batchesAPass: 100, fileSettings: 's' },
};
type World = Stubs & PacsMain & PacsIo & PacsCpu;

const exported = ({ from, to }: PacsBatchInput): PacsBatchResult => {
  const n = to - from;
  return {
    ...{ records: n, done: n, skipped: 0, found: n, downloaded: n, uploaded: n, failed: 0, seconds: 0.1 },
    errors: {},
  };
};

/** A PACS of so many records; `seen` is every record that a batch was given, in the order they came. */
function world(records: number, over: Partial<World> = {}): { world: World; seen: number[] } {
  const seen: number[] = [];
  return {
    seen,
    world: {
      ...stubs(0),
      openPacsExport: async () => RUN,
      snapshotPacs: async ({ pageSize }) => ({
        ...{ rows: records, records, studies: records, pages: Math.ceil(records / pageSize) },
      }),
      exportBatch: async (input) => {
        for (let i = input.from; i < input.to; i++) seen.push(input.page * input.run.pageSize + i);
        return exported(input);
      },
      writePacsTables: async ({ snapshot }) => ({
        csv: 'file:///out/x.csv',
        rows: snapshot.records,
        reports: 1,
      }),
      endRun: async () => {},
      ...over,
    },
  };
}
const start = (id: string, input: object = {}): Promise<WorkflowHandle> =>
  here.env.client.workflow.start('pacsExport', { workflowId: id, taskQueue: 'cxrflow', args: [input] });
const progress = (handle: WorkflowHandle) => handle.query<Progress>('progress');
const range = (n: number) => [...Array(n).keys()];

describe('pacsExport', () => {
  it.each([1, 5, 13, 30])('gives each of %i records to one batch', async (records) => {
    const { world: made, seen } = world(records);
    await here.with(made, async (id) => {
      expect(await (await start(id)).result()).toMatchObject({
        ...{ found: records, done: records, records, pages: Math.ceil(records / 5), downloaded: records },
      });
    });
    expect(seen.sort((a, b) => a - b)).toEqual(range(records));
  });

  it('continues as new with a window that drains, and counts through', async () => {
    const run = { ...RUN, batchesAPass: 4 };
    const { world: made, seen } = world(50, { openPacsExport: async () => run });
    const snapshots = vi.fn(made.snapshotPacs);
    const counted: World = { ...made, snapshotPacs: snapshots };
    await here.with(counted, async (id) => {
      const handle = await start(id);
      expect(await handle.result()).toMatchObject({ found: 50, done: 50, uploaded: 50 });
      expect((await handle.describe()).raw.workflowExecutionInfo?.firstRunId).not.toBe(
        (await handle.describe()).runId,
      );
    });
    expect(snapshots).toHaveBeenCalledTimes(1);
    expect(seen.sort((a, b) => a - b)).toEqual(range(50));
  });

  it('runs no more batches at a time than it may, and as many as it is told', async () => {
    let running = 0;
    let most = 0;
    const gates: (() => void)[] = [];
    const { world: made } = world(60, {
      exportBatch: async (input) => {
        running += 1;
        most = Math.max(most, running);
        await new Promise<void>((go) => gates.push(go));
        running -= 1;
        return exported(input);
      },
    });
    await here.with(made, async (id) => {
      const handle = await start(id);
      await vi.waitFor(() => expect(gates).toHaveLength(3), { timeout: 10_000 });
      expect(most).toBe(3);
      await handle.executeUpdate('setConcurrency', { args: [{ n: 5 }] });
      await vi.waitFor(() => expect(gates).toHaveLength(5), { timeout: 10_000 });
      await handle.executeUpdate('pause', { args: [{ reason: 'PACS is slow' }] });
      for (const go of gates.splice(0)) go();
      await vi.waitFor(async () => expect((await progress(handle)).counts.done).toBeGreaterThan(10));
      expect((await progress(handle)).paused?.message).toBe('PACS is slow');
      expect(gates).toHaveLength(0);
      await handle.executeUpdate('resume');
      const opening = setInterval(() => gates.splice(0).forEach((go) => void go()), 5);
      expect(await handle.result()).toMatchObject({ found: 60, done: 60 });
      clearInterval(opening);
    });
    expect(most).toBe(5);
  });

  it('pauses where the world is broken and goes on with that batch after resume', async () => {
    let broken = true;
    const { world: made, seen } = world(10, {});
    const whole = made.exportBatch;
    const alert = vi.fn(async () => {});
    made.exportBatch = async (input) => {
      if (input.page === 1 && broken) throw ApplicationFailure.nonRetryable('down', 'STORAGE_UNREACHABLE');
      return whole(input);
    };
    await here.with({ ...made, alert }, async (id) => {
      const handle = await start(id);
      await vi.waitFor(
        async () => expect((await progress(handle)).paused?.code).toBe('STORAGE_UNREACHABLE'),
        {
          timeout: 10_000,
        },
      );
      broken = false;
      await handle.executeUpdate('resume');
      expect(await handle.result()).toMatchObject({ found: 10, done: 10 });
    });
    expect(alert).toHaveBeenCalledTimes(1);
    expect(seen.sort((a, b) => a - b)).toEqual(range(10));
  });

  it('cancelled: puts the run in order once nothing of it works any more', async () => {
    const order: string[] = [];
    const { world: made } = world(10, {
      exportBatch: async () => untilCancelled().finally(() => order.push('batch ended')),
      abandonRun: async ({ reason }) => void order.push(reason),
    });
    await here.with(made, async (id) => {
      const handle = await start(id);
      await vi.waitFor(async () => expect((await progress(handle)).facts?.phase).toBe('files'), {
        timeout: 10_000,
      });
      await handle.cancel();
      await expect(handle.result()).rejects.toThrow();
    });
    expect(order.at(-1)).toBe('cancelled');
    expect(order.filter((entry) => entry === 'cancelled')).toHaveLength(1);
  });

  it.each([
    [{ studies: 0 }, 'studies: expected at least 1, got 0'],
    [{ order: 'oldest' }, 'order: expected one of "random", "newest"'],
    [{ destination: 's3://key:secret@bucket/x' }, 'destination'],
    [{ ids: 'drop', pageSize: 1.5 }, 'pageSize'],
    [{ patient: 'DOE^JOHN' }, 'patient: no such field'],
  ])('refuses %j at once', async (input, message) => {
    const { world: made } = world(1);
    await here.with(made, async (id) => {
      const handle = await start(id, input);
      const error = (await handle.result().catch((e: unknown) => e)) as { cause: ApplicationFailure };
      expect(error.cause.message).toContain(message);
      expect(error.cause.message).not.toMatch(/secret|DOE/);
      expect(error.cause.nonRetryable).toBe(true);
    });
  });
});
