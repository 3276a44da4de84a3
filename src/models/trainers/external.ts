import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { mkdir, realpath, stat, writeFile } from 'node:fs/promises';
import { isAbsolute, join, relative } from 'node:path';
import type { Readable } from 'node:stream';
import { CxrError } from '../../errors.js';
import { folderSize } from './folder-size.js';
import { lineSplitter } from './lines.js';
import { endNotedGroup, groupGone, noteGroup, signalGroup } from './process-group.js';
import { readTrainerLine } from './protocol.js';
import type { Trained, TrainingParams, TrainingProgress } from './trainer.js';

export interface TrainerCommand {
  /** Program and first arguments. */
  readonly command: readonly string[];
  /** All that the trainer finds in its environment besides the protocol's own. */
  readonly env: Readonly<Record<string, string>>;
  /** Milliseconds of the whole training. */
  readonly timeLimit: number;
  /** Milliseconds without a line of the protocol. */
  readonly silence: number;
  /** Bytes in the output folder. */
  readonly outputLimit: number;
  /** Milliseconds between SIGTERM and SIGKILL. */
  readonly grace: number;
}

export interface TrainingJob {
  /** `params.json`, the log and the note of the process go here; `output` is the trainer's. */
  readonly workDir: string;
  readonly datasetDir: string;
  readonly params: TrainingParams;
  /** Of the output folder: what an interrupted training last said it can go on from. */
  readonly checkpoint: string | undefined;
}

export interface TrainerEvents {
  readonly onProgress: (progress: TrainingProgress) => void;
  /** A checkpoint in the output folder, relative. What it throws ends the training. */
  readonly onCheckpoint?: (path: string) => Promise<void>;
}

export type ExternallyTrained = Trained & {
  /** Lines that were none of the protocol. */
  readonly garbage: number;
};

const LOOK_MS = 1_000;
const LOG_BYTES = 16 * 1024 * 1024;

export const outputOf = (workDir: string): string => join(workDir, 'output');
const groupNote = (workDir: string): string => join(workDir, 'trainer.json');

/**
 * Runs a trainer of the site: any command that keeps to the protocol of docs/retraining.md. It gets a process
 * group of its own, which is gone when this ends, and none of the worker's secrets.
 *
 * @returns the model it wrote
 * @throws CxrError TRAINER_MISSING, TRAINER_FAILED, TRAINER_TOO_SLOW, TRAINER_OUTPUT_TOO_LARGE, TRAINER_NO_MODEL;
 * the signal's reason
 */
export async function trainExternally(
  trainer: TrainerCommand,
  job: TrainingJob,
  events: TrainerEvents,
  signal: AbortSignal,
): Promise<ExternallyTrained> {
  const output = outputOf(job.workDir);
  await mkdir(output, { recursive: true });
  await endNotedGroup(groupNote(job.workDir));
  const paramsFile = join(job.workDir, 'params.json');
  await writeFile(paramsFile, `${JSON.stringify(job.params, null, 2)}\n`);
  signal.throwIfAborted();
  const child = await start(trainer, { ...job, output, paramsFile });
  const group = child.pid as number;
  let result: { model: string; metrics: Readonly<Record<string, number>> } | undefined;
  let garbage = 0;
  let failure: { error: unknown } | undefined;
  let heard = Date.now();
  let checkpoints = Promise.resolve();
  const stop = stopper(group, trainer.grace);
  const fail = (error: unknown) => {
    failure ??= { error };
    stop();
  };
  const onLine = (line: string | undefined) => {
    const read = line === undefined ? undefined : readTrainerLine(line);
    if (read === undefined) {
      if (line !== '') garbage += 1;
      return;
    }
    heard = Date.now();
    if (read.type === 'result') result = read;
    const progress = read.type === 'checkpoint' ? read.progress : read;
    if (progress && 'epoch' in progress) {
      const { epoch, epochs, metrics } = progress;
      events.onProgress({ epoch, epochs, metrics });
    }
    if (read.type !== 'checkpoint') return;
    checkpoints = checkpoints.then(async () => {
      if (failure) return;
      if ((await inside(output, read.path)) === undefined) garbage += 1;
      else await events.onCheckpoint?.(read.path);
    });
    checkpoints.catch(fail);
  };
  const abort = () => fail(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  const started = Date.now();
  const watch = setInterval(() => {
    if (Date.now() - started > trainer.timeLimit) fail(tooSlow('its time limit of', trainer.timeLimit));
    else if (Date.now() - heard > trainer.silence) fail(tooSlow('no line for', trainer.silence));
    folderSize(output).then((bytes) => {
      if (bytes > trainer.outputLimit) fail(new CxrError('TRAINER_OUTPUT_TOO_LARGE', limit(trainer)));
    }, fail);
  }, LOOK_MS);
  try {
    await noteGroup(groupNote(job.workDir), group);
    const ended = await follow(child, job.workDir, onLine);
    await checkpoints.catch(fail);
    if (failure) throw failure.error;
    if (ended !== 0)
      throw new CxrError('TRAINER_FAILED', typeof ended === 'number' ? `exit ${ended}` : ended);
  } finally {
    clearInterval(watch);
    signal.removeEventListener('abort', abort);
    stop.done();
    // Whatever it started and left behind.
    signalGroup(group, 'SIGKILL');
    await groupGone(group, 10_000);
  }
  if ((await folderSize(output)) > trainer.outputLimit)
    throw new CxrError('TRAINER_OUTPUT_TOO_LARGE', limit(trainer));
  const model = await inside(output, result?.model ?? 'model.onnx');
  if (model === undefined || !(await stat(model)).isFile()) throw new CxrError('TRAINER_NO_MODEL');
  return { model, metrics: result?.metrics ?? {}, garbage };
}

type Child = ChildProcessByStdio<null, Readable, Readable>;

async function start(
  { command, env }: TrainerCommand,
  job: TrainingJob & { output: string; paramsFile: string },
): Promise<Child> {
  const [program = '', ...first] = command;
  const resume = job.checkpoint === undefined ? undefined : join(job.output, job.checkpoint);
  const args = ['--dataset', job.datasetDir, '--params', job.paramsFile, '--output', job.output];
  const child = spawn(program, [...first, ...args, ...(resume === undefined ? [] : ['--resume', resume])], {
    cwd: job.workDir,
    env: { ...env, CXRFLOW_TRAINER_PROTOCOL: '1' },
    // A group of its own: its children are ended with it, and a Ctrl-C meant for the worker does not reach it.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  try {
    await once(child, 'spawn');
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    throw new CxrError('TRAINER_MISSING', code);
  }
  return child;
}

/** Reads what it prints until it ends. @returns its exit status, or the signal that ended it */
async function follow(
  child: Child,
  workDir: string,
  onLine: (line: string | undefined) => void,
): Promise<number | string> {
  const log = boundedLog(createWriteStream(join(workDir, 'trainer.log'), { flags: 'a' }));
  const lines = lineSplitter(onLine);
  child.stdout.on('data', (chunk: Buffer) => {
    log.write(chunk);
    lines.push(chunk);
  });
  child.stderr.on('data', (chunk: Buffer) => log.write(chunk));
  const closed = once(child, 'close');
  const [code, by] = (await once(child, 'exit')) as [number | null, string | null];
  // Its children may hold the pipe open; with them gone the rest of it can be read.
  signalGroup(child.pid as number, 'SIGKILL');
  await closed;
  lines.end();
  await log.end();
  return code ?? by ?? 'unknown';
}

/** SIGTERM once, SIGKILL when the grace is over. */
function stopper(group: number, grace: number): { (): void; done(): void } {
  let timer: NodeJS.Timeout | undefined;
  const stop = () => {
    if (timer) return;
    signalGroup(group, 'SIGTERM');
    timer = setTimeout(() => signalGroup(group, 'SIGKILL'), grace);
  };
  return Object.assign(stop, { done: () => clearTimeout(timer) });
}

function boundedLog(file: WriteStream): { write(chunk: Buffer): void; end(): Promise<void> } {
  let bytes = 0;
  // A full disk must not end the worker; the trainer meets it, too.
  file.on('error', () => {
    bytes = LOG_BYTES;
  });
  return {
    write(chunk) {
      bytes += chunk.length;
      if (bytes <= LOG_BYTES) file.write(chunk);
    },
    end: () => new Promise((resolve) => file.end(() => resolve())),
  };
}

/** A path that a trainer named, if it is there and lies in its output folder, links followed. */
async function inside(output: string, path: string): Promise<string | undefined> {
  try {
    const real = await realpath(join(output, path));
    const from = relative(await realpath(output), real);
    return isAbsolute(path) || from.startsWith('..') || isAbsolute(from) ? undefined : real;
  } catch {
    return undefined; // It is not there.
  }
}

function tooSlow(what: string, ms: number): CxrError {
  return new CxrError('TRAINER_TOO_SLOW', `${what} ${Math.round(ms / 1000)} s`);
}

const limit = ({ outputLimit }: TrainerCommand): string => `more than ${outputLimit} bytes`;
