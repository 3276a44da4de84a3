import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import {
  outputOf,
  type TrainerCommand,
  type TrainerEvents,
  trainExternally,
} from '../../../../src/models/trainers/external.js';
import { noteGroup } from '../../../../src/models/trainers/process-group.js';
import type { TrainingProgress } from '../../../../src/models/trainers/trainer.js';
import { temporaryFolder } from '../../../support/servers/process.js';

const SCRIPT = new URL('../../../support/fake-trainer.mjs', import.meta.url).pathname;
const NEVER = new AbortController().signal;

const trainer = (over: Partial<TrainerCommand> = {}): TrainerCommand => ({
  command: [process.execPath, SCRIPT],
  env: { PATH: process.env.PATH ?? '' },
  timeLimit: 15_000,
  silence: 15_000,
  outputLimit: 1024 * 1024,
  grace: 5_000,
  ...over,
});

const job = (params: Record<string, unknown>, checkpoint?: string, workDir = temporaryFolder('trainer')) => ({
  workDir,
  datasetDir: workDir,
  checkpoint,
  params: {
    protocol: 1 as const,
    seed: 1,
    classes: ['a', 'b'],
    dataset: 'chest',
    version: 'v1',
    baseModel: null,
    params,
  },
});

const deaf: TrainerEvents = { onProgress: () => {} };
const started = (workDir: string, epoch = 0) =>
  JSON.parse(readFileSync(join(outputOf(workDir), `started-at-${epoch}`), 'utf8')) as {
    pid: number;
    env: Record<string, string>;
    args: string[];
  };
const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

describe('an external trainer', () => {
  it('is given dataset, parameters and output, and gives a model', async () => {
    const work = job({ epochs: 2 });
    const progress: TrainingProgress[] = [];
    const checkpoints: string[] = [];
    const { model, metrics, garbage } = await trainExternally(
      trainer(),
      work,
      {
        onProgress: (p) => progress.push(p),
        onCheckpoint: async (path) => {
          checkpoints.push(path);
        },
      },
      NEVER,
    );
    expect(model).toBe(join(outputOf(work.workDir), 'best.onnx'));
    expect(metrics).toEqual({ loss: 0.5 });
    expect(garbage).toBe(0);
    expect(progress.filter(({ metrics }) => 'loss' in metrics)).toEqual([
      { epoch: 1, epochs: 2, metrics: { loss: 1 } },
      { epoch: 2, epochs: 2, metrics: { loss: 0.5 } },
    ]);
    expect(checkpoints).toEqual(['checkpoints/last', 'checkpoints/last']);
    expect(started(work.workDir).args).toEqual([
      '--dataset',
      work.datasetDir,
      '--params',
      join(work.workDir, 'params.json'),
      '--output',
      outputOf(work.workDir),
    ]);
  });

  it('sees none of the secrets of its worker', async () => {
    vi.stubEnv('DATABASE_URL', 'postgres://user:word@host/db');
    const work = job({});
    await trainExternally(trainer({ env: { PATH: process.env.PATH ?? '', MINE: 'yes' } }), work, deaf, NEVER);
    vi.unstubAllEnvs();
    const { env } = started(work.workDir);
    expect(Object.keys(env).sort()).toEqual(['CXRFLOW_TRAINER_PROTOCOL', 'MINE', 'PATH']);
  });

  it('goes on from its checkpoint', async () => {
    const work = job({ epochs: 2 });
    await trainExternally(trainer(), work, deaf, NEVER);
    const progress: TrainingProgress[] = [];
    const again = job({ epochs: 4 }, 'checkpoints/last', work.workDir);
    await trainExternally(trainer(), again, { onProgress: (p) => progress.push(p) }, NEVER);
    expect(progress[0]?.epoch).toBe(3);
    expect(started(work.workDir, 2).args.slice(-2)).toEqual([
      '--resume',
      join(outputOf(work.workDir), 'checkpoints/last'),
    ]);
  });

  it.each([
    ['exits 1', { behave: 'exit' }, {}, 'TRAINER_FAILED', 'exit 1'],
    ['exits 7', { behave: 'exit', status: 7 }, {}, 'TRAINER_FAILED', 'exit 7'],
    ['says nothing', { behave: 'hang' }, { silence: 300 }, 'TRAINER_TOO_SLOW', 'no line'],
    ['never ends', { behave: 'deaf' }, { timeLimit: 300, grace: 200 }, 'TRAINER_TOO_SLOW', 'time limit'],
    ['fills the disk', { behave: 'fill' }, {}, 'TRAINER_OUTPUT_TOO_LARGE', '1048576'],
    ['writes no model', { behave: 'no-model' }, {}, 'TRAINER_NO_MODEL', 'no model'],
    ['names a file that is not its own', { behave: 'elsewhere' }, {}, 'TRAINER_NO_MODEL', 'no model'],
    ['is not there', {}, { command: ['/no/such/trainer'] }, 'TRAINER_MISSING', 'ENOENT'],
  ] as const)('that %s', async (_, params, over, code, detail) => {
    const work = job(params);
    const training = trainExternally(trainer(over), work, deaf, NEVER);
    await expect(training).rejects.toMatchObject({ code });
    await expect(training).rejects.toThrow(detail);
    // It is gone, whatever it did about SIGTERM.
    if (existsSync(join(outputOf(work.workDir), 'started-at-0')))
      expect(isAlive(started(work.workDir).pid)).toBe(false);
  });

  it('may print what it likes: it is counted, and text does not become progress', async () => {
    const progress: TrainingProgress[] = [];
    const work = job({ behave: 'garbage', epochs: 1 });
    const { garbage } = await trainExternally(
      trainer(),
      work,
      { onProgress: (p) => progress.push(p) },
      NEVER,
    );
    expect(garbage).toBe(4);
    expect(progress[0]).toEqual({ epoch: 0, epochs: 0, metrics: { ok: 2 } });
    expect(readFileSync(join(work.workDir, 'trainer.log'), 'utf8')).toContain('no line of anything');
  });

  it.each(['hang', 'deaf'])('(%s) is ended when the run is cancelled', async (behave) => {
    const work = job({ behave });
    const cancel = new AbortController();
    const training = trainExternally(trainer({ grace: 300 }), work, deaf, cancel.signal);
    const note = join(outputOf(work.workDir), 'started-at-0');
    await vi.waitFor(() => expect(existsSync(note)).toBe(true), 10_000);
    cancel.abort(new Error('cancelled'));
    await expect(training).rejects.toThrow('cancelled');
    expect(isAlive(started(work.workDir).pid)).toBe(false);
  });

  it('takes its children with it', async () => {
    const work = job({ behave: 'child', epochs: 1 });
    await trainExternally(trainer(), work, deaf, NEVER);
    expect(isAlive(Number(readFileSync(join(outputOf(work.workDir), 'child.pid'), 'utf8')))).toBe(false);
  });

  it('that a killed worker left behind is ended before the next one starts', async () => {
    const work = job({ epochs: 1 });
    const orphan = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { detached: true });
    await once(orphan, 'spawn');
    await noteGroup(join(work.workDir, 'trainer.json'), orphan.pid as number);
    const gone = once(orphan, 'exit');
    await trainExternally(trainer(), work, deaf, NEVER);
    expect((await gone)[1]).toBe('SIGKILL');
    expect(readdirSync(outputOf(work.workDir))).toContain('best.onnx');
  });

  it('is stopped when its checkpoint cannot be kept', async () => {
    const work = job({ epochs: 3, epochMs: 50 });
    const onCheckpoint = () => Promise.reject(new Error('store is gone'));
    await expect(trainExternally(trainer(), work, { ...deaf, onCheckpoint }, NEVER)).rejects.toThrow(
      'store is gone',
    );
  });
});
