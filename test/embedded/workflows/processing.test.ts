import { ApplicationFailure, type WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type {
  ProcessingCpu,
  ProcessingIo,
  ProcessingMain,
  ProcessingRun,
} from '../../../src/activities/api/processing.js';
import { loadPipeline } from '../../../src/config/pipeline.js';
import type { Progress } from '../../../src/workflows/steer.js';
import { type Lab, lab, SETTINGS, stubs, untilCancelled } from './stub.js';

let here: Lab;
beforeAll(async () => {
  here = await lab();
});
afterAll(() => here.close());

type Steps = ProcessingMain & ProcessingIo & ProcessingCpu;

const RUN: ProcessingRun = {
  ...SETTINGS,
  type: 'chestXrayProcessing',
  lease: 'version:file:///out/processed/v1.0',
  sourceRoot: 'file:///films',
  query: undefined,
  destination: 'file:///out',
  folder: 'processed/',
  prefix: 'processed/v1.0/',
  dataset: 'chest-xray',
  version: 'v1.0',
  seed: 0,
  pipeline: loadPipeline().settings,
  leakage: 'stop',
  ids: 'pseudonym',
  shares: { train: 0.8, val: 0.1, test: 0.1 },
  publication: {},
  codeVersion: '0.1.0',
  scratch: false,
  stepsAPass: 1_000,
};

const PARTS = { train: 5, val: 1, test: 0 };
const SHARDS = { train: 3, val: 1, test: 0 };
const COUNTS = { found: 63, done: 55, skipped: 2, ignored: 3, quarantined: 3 };

/** A source of six parts that become four shards in two formats; `log` is what was asked, in order. */
function world(over: Partial<Steps> = {}) {
  const log: string[] = [];
  const noted = (text: string) => void log.push(text);
  const steps: Steps = {
    openProcessing: async () => RUN,
    abandonProcessing: async () => noted('abandoned'),
    planInputs: async () => ({ found: 63, ignored: 2, quarantined: 1, parts: PARTS }),
    preparePart: async ({ split, part }) => {
      noted(`part ${split} ${part}`);
      return { done: 10, ignored: 0, quarantined: 0 };
    },
    preflight: async () => {
      noted('preflight');
      return { counts: COUNTS, shards: SHARDS, preflight: 'file:///preflight.json' };
    },
    writeShard: async ({ format, split, shard, of }) => {
      noted(`${format} ${split} ${shard}/${of}`);
      return { examples: 10, bytes: 100 };
    },
    publishDataset: async () => {
      noted('published');
      return { version: 'v1.0', manifest: 'file:///metadata.json', preflight: 'file:///p', splits: {} };
    },
    ...over,
  };
  return { log, activities: { ...stubs(0, { endRun: async () => noted('ended') }), ...steps } };
}

const start = (id: string, input: object = {}): Promise<WorkflowHandle> =>
  here.env.client.workflow.start('chestXrayProcessing', {
    workflowId: id,
    taskQueue: 'cxrflow',
    args: [input],
  });
const progress = (handle: WorkflowHandle) => handle.query<Progress>('progress');

const EVERY_PART = [
  'part train 0',
  'part train 1',
  'part train 2',
  'part train 3',
  'part train 4',
  'part val 0',
];
const EVERY_FILE = ['tfrecord', 'parquet'].flatMap((format) =>
  ['train 0/3', 'train 1/3', 'train 2/3', 'val 0/1'].map((shard) => `${format} ${shard}`),
);

/** All parts before the pre-flight, all files behind it, the end last: in whatever order among themselves. */
function expectWhole(log: readonly string[]): void {
  const at = log.indexOf('preflight');
  expect(log.slice(0, at).sort()).toEqual([...EVERY_PART].sort());
  expect(log.slice(at + 1, -2).sort()).toEqual([...EVERY_FILE].sort());
  expect(log.slice(-2)).toEqual(['published', 'ended']);
}

describe('chestXrayProcessing', () => {
  it('decodes everything, then looks at it together, then writes every file once, then publishes', async () => {
    const { log, activities } = world();
    const result = await here.with(activities, async (id) => (await start(id)).result());
    expectWhole(log);
    expect(result).toMatchObject({ ...COUNTS, version: 'v1.0', manifest: 'file:///metadata.json' });
  });

  it('continues as new in the middle of each stage, and does nothing twice', async () => {
    const { log, activities } = world({
      openProcessing: async () => ({ ...RUN, stepsAPass: 2, concurrency: 2 }),
    });
    await here.with(activities, async (id) => {
      const handle = await start(id);
      const { runId } = await handle.describe();
      expect(await handle.result()).toMatchObject(COUNTS);
      expect((await handle.describe()).runId).not.toBe(runId);
    });
    expectWhole(log);
  });

  it('pauses on a broken world, and writes what was not written after resume', async () => {
    let full = true;
    const { log, activities } = world();
    const { writeShard } = activities;
    activities.writeShard = async (input) => {
      if (full && input.shard === 1) throw ApplicationFailure.nonRetryable('The disk is full', 'DISK_FULL');
      return writeShard(input);
    };
    await here.with(activities, async (id) => {
      const handle = await start(id);
      await vi.waitFor(async () => expect((await progress(handle)).paused?.code).toBe('DISK_FULL'), {
        timeout: 20_000,
      });
      expect((await progress(handle)).facts).toMatchObject({ version: 'v1.0', stage: 'writing' });
      full = false;
      await handle.executeUpdate('resume');
      await handle.result();
    });
    expectWhole(log);
  });

  it('leakage ends the run for good: nothing is written, and the run is put in order', async () => {
    const { log, activities } = world({
      preflight: async () => {
        throw ApplicationFailure.nonRetryable('The same image is in two splits', 'LEAKAGE');
      },
    });
    await here.with(activities, async (id) => {
      await expect((await start(id)).result()).rejects.toMatchObject({
        cause: { cause: { type: 'LEAKAGE' } },
      });
    });
    expect(log.sort()).toEqual([...EVERY_PART, 'abandoned'].sort());
  });

  it('cancelled: takes the version back when nothing writes any more', async () => {
    const { log, activities } = world();
    activities.writeShard = async () => {
      log.push('begun');
      try {
        return await untilCancelled();
      } finally {
        log.push('over');
      }
    };
    await here.with(activities, async (id) => {
      const handle = await start(id);
      await vi.waitFor(() => expect(log).toContain('begun'), { timeout: 20_000 });
      await handle.cancel();
      await expect(handle.result()).rejects.toThrow();
    });
    expect(log.at(-1)).toBe('abandoned');
    expect(log.filter((line) => line === 'over')).toHaveLength(log.filter((line) => line === 'begun').length);
  });

  it('refuses a bad field at once, naming it and no secret', async () => {
    const { log, activities } = world();
    const bad: [object, string][] = [
      [{ version: 'a/b' }, 'version'],
      [{ version: '..' }, 'version'],
      [{ source: 's3://user:secret@bucket' }, 'source'],
      [{ source: { colour: 'red' } }, 'source'],
      [{ formats: [] }, 'formats'],
      [{ formats: ['csv'] }, 'formats'],
      [{ leakage: 'maybe' }, 'leakage'],
      [{ seed: -1 }, 'seed'],
      [{ shares: { train: 1, val: 1, test: 0 } }, 'shares'],
      [{ scratch: '../out' }, 'scratch'],
      [{ destinaton: 's3://x' }, 'destinaton'],
    ];
    await here.with(activities, async (id) => {
      for (const [i, [input, field]] of bad.entries()) {
        const handle = await start(`${id}-${i}`, input);
        const failure = await handle.result().then(
          () => undefined,
          (error: Error) => error.cause as ApplicationFailure,
        );
        expect(['BAD_INPUT', 'CREDENTIALS_IN_URL']).toContain(failure?.type);
        expect(failure?.message).toContain(field);
        expect(failure?.message).not.toContain('secret');
      }
    });
    expect(log).toEqual([]);
  });
});
