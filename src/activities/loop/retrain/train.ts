import { createReadStream, existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Context } from '@temporalio/activity';
import { modelVersion } from '../../../catalog/models.js';
import { getRun } from '../../../catalog/runs.js';
import { trainerEnvironment } from '../../../models/trainers/environment.js';
import {
  outputOf,
  type TrainerCommand,
  type TrainingJob,
  trainExternally,
} from '../../../models/trainers/external.js';
import type { TrainingProgress } from '../../../models/trainers/trainer.js';
import { fileError } from '../../../storage/file/errors.js';
import { parseUri } from '../../../storage/open.js';
import type { LoopGpuActivities, RetrainRun, TrainedModel, VersionRef } from '../../api/loop.js';
import { beating } from '../../beat.js';
import type { Deps } from '../../deps.js';
import { reportsOf, runFolder } from '../../main/run-id.js';
import { patiently } from '../../patience.js';
import { hashStored } from '../../versions/write.js';
import { openDataset } from '../dataset.js';
import { loopStaged, readJson, writeJson } from '../staged.js';
import { keepCheckpoint, restoreCheckpoint } from './checkpoints.js';
import { fetchDataset } from './dataset-folder.js';

/** The built-in trainer speaks the protocol like any other. */
const BUILT_IN = fileURLToPath(new URL('../../../models/trainers/builtin-main.js', import.meta.url));
const LOG_TAIL = 1024 * 1024;

/**
 * Trains on a version with the run's trainer, in a folder of this machine. A retry, here or elsewhere, goes on from the
 * last checkpoint. The model is in the staging of the run when this ends.
 */
export function trainModel(deps: Deps): LoopGpuActivities['trainModel'] {
  return ({ run, version }) =>
    beating<TrainedModel, TrainingProgress>((report, signal) =>
      patiently(run.retry, signal, async (further) => {
        const done = await readJson<TrainedModel>(deps.objects, `${loopStaged.model(run)}.json`);
        if (done) return done;
        const folders = join(deps.config.data, 'trainings');
        const workDir = join(folders, runFolder(run.runId));
        const tell = teller(deps, run);
        const onProgress = (progress: TrainingProgress) => {
          report(progress);
          tell(progress);
          further();
        };
        try {
          await mkdir(workDir, { recursive: true });
          await writeFile(join(workDir, 'run.json'), JSON.stringify({ runId: run.runId }));
          await sweepEnded(deps, folders);
          const trained = await train(deps, run, version, workDir, onProgress, signal);
          await rm(workDir, { recursive: true, force: true });
          return trained;
        } catch (error) {
          await keepLog(deps, run, workDir);
          // Of a worker that stops the folder stays: it or another goes on there.
          if (!isShutdown(signal)) await rm(workDir, { recursive: true, force: true });
          // The disk of this machine is part of the world: a full one is waited for.
          throw fileError(error, 'write');
        }
      }),
    );
}

async function train(
  deps: Deps,
  run: RetrainRun,
  version: VersionRef,
  workDir: string,
  onProgress: (progress: TrainingProgress) => void,
  signal: AbortSignal,
): Promise<TrainedModel> {
  const datasetDir = join(workDir, 'dataset');
  const output = outputOf(workDir);
  const dataset = await openDataset(deps, version);
  await fetchDataset(dataset, run.validation, datasetDir, signal);
  await mkdir(output, { recursive: true });
  const job: TrainingJob = {
    workDir,
    datasetDir,
    checkpoint: await restoreCheckpoint(deps, run, output),
    params: {
      protocol: 1,
      seed: run.seed,
      classes: dataset.classes,
      dataset: version.dataset,
      version: version.version,
      baseModel: await baseModel(deps, run, workDir),
      params: run.trainer.params,
    },
  };
  let epochs = 0;
  const { model, metrics, garbage } = await trainExternally(
    commandOf(run),
    job,
    {
      onProgress: (progress) => {
        epochs = Math.max(epochs, progress.epoch);
        onProgress(progress);
      },
      onCheckpoint: (path) => keepCheckpoint(deps, run, output, path),
    },
    signal,
  );
  const key = loopStaged.model(run);
  await deps.objects.write(key, createReadStream(model), { signal });
  const stored = await hashStored(deps.objects, key, signal);
  const { attempt } = Context.current().info;
  const trained = { key, sha256: stored?.sha256 ?? '', epochs, metrics, garbage, attempts: attempt };
  await writeJson(deps.objects, `${key}.json`, trained);
  return trained;
}

function commandOf({ trainer, training }: RetrainRun): TrainerCommand {
  if (trainer.kind === 'builtin')
    return { ...training, command: [process.execPath, BUILT_IN], env: trainerEnvironment(process.env) };
  // `python3 trainers/yolo.py`: a file below the folder that the worker was started in.
  const command = trainer.command.map((part) =>
    part.includes('/') && !isAbsolute(part) && existsSync(part) ? resolve(part) : part,
  );
  return { ...training, command, env: trainerEnvironment(process.env, trainer.env) };
}

/** The model in production, as a file. */
async function baseModel(deps: Deps, run: RetrainRun, workDir: string): Promise<string | null> {
  if (!run.production) return null;
  const { name, version } = run.production;
  const { root, key } = parseUri((await modelVersion(deps.catalog.db, name, version)).uri);
  const file = join(workDir, 'base.onnx');
  await writeFile(file, await deps.store(root).read(key));
  return file;
}

/** The end of the trainer's log, into the reports of the run: what it says is about de-identified images only. */
async function keepLog(deps: Deps, run: RetrainRun, workDir: string): Promise<void> {
  const log = await readFile(join(workDir, 'trainer.log')).catch(() => undefined);
  if (log)
    await deps.objects.write(`${reportsOf(run.runId)}trainer.log`, log.subarray(-LOG_TAIL), {
      contentType: 'text/plain; charset=utf-8',
    });
}

/** Removes what workers left behind that were killed, of runs that have ended since. */
async function sweepEnded({ catalog: { db } }: Deps, folders: string): Promise<void> {
  for (const name of await readdir(folders)) {
    const folder = join(folders, name);
    const note = await readFile(join(folder, 'run.json'), 'utf8').catch(() => undefined);
    if (note === undefined) continue;
    const row = await getRun(db, (JSON.parse(note) as { runId: string }).runId);
    if (row?.finished_at) await rm(folder, { recursive: true, force: true });
  }
}

function isShutdown(signal: AbortSignal): boolean {
  const { reason } = signal as { reason: unknown };
  return reason instanceof Error && reason.message === 'WORKER_SHUTDOWN';
}

const FIRST_MS = 5_000;
const GROWTH = 1.1;

/** Tells the workflow how far the training is, ever more rarely: some hundred times in a day. */
function teller({ temporal, log }: Deps, run: RetrainRun): (progress: TrainingProgress) => void {
  const { workflowExecution } = Context.current().info;
  if (!workflowExecution) throw new Error('an activity of a run, called without one');
  const handle = temporal.workflow.getHandle(workflowExecution.workflowId, workflowExecution.runId);
  let wait = FIRST_MS;
  let last = 0;
  return (progress) => {
    if (Date.now() - last < wait) return;
    last = Date.now();
    wait *= GROWTH;
    handle.signal('trainingProgress', progress).catch((error: unknown) => {
      log.debug({ err: error, runId: run.runId }, 'progress was not told');
    });
  };
}
