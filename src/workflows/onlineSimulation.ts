import { makeContinueAsNewFunc, workflowInfo } from '@temporalio/workflow';
import type {
  LoopGpuActivities,
  LoopIoActivities,
  LoopMainActivities,
  Simulated,
  SimulationRun,
  SimulationSummary,
} from '../activities/api/loop.js';
import type { ModelActivities, ModelInUse } from '../activities/api/models.js';
import type { Counts } from '../activities/api.js';
import { checkInput, type Inputs } from './input.js';
import { NOTHING } from './outcome.js';
import { type Opened, opening, orAbandon, RunSteering } from './run-steering.js';
import { sharesOf } from './shares.js';
import { activitiesOn } from './stages.js';
import { label } from './steer.js';

const main = activitiesOn<LoopMainActivities>('main');
const io = activitiesOn<LoopIoActivities>('io');
const gpu = activitiesOn<LoopGpuActivities & ModelActivities>('gpu');

/** A pause is heard between parts. */
const PART_MS = 10_000;
const EVENTS_A_PASS = 8_000;

export type SimulationResult = Counts &
  SimulationSummary & {
    readonly model: string;
    readonly version: string;
    readonly split: string;
    /** Root URI of the feedback files. */
    readonly feedback: string;
  };

/** What crosses continue-as-new. */
interface Carried extends Opened<SimulationRun> {
  readonly model: ModelInUse;
  readonly images: number;
  readonly counts: Counts;
  /** Images taken, parts done; where in the pattern: its round, stage, and what the stage has had. */
  readonly next: number;
  readonly part: number;
  readonly round: number;
  readonly stage: number;
  readonly stageImages: number;
  readonly stageMs: number;
}

/**
 * The images of a split through a model at a load pattern, a feedback file each. Each stage takes its share of the
 * images, by its workers, and lasts no longer than it may; what is left then goes through the pattern again.
 */
export async function onlineSimulation(
  input?: Inputs['onlineSimulation'],
  carried?: Carried,
): Promise<SimulationResult> {
  const checked = checkInput('onlineSimulation', input);
  const opened =
    carried ?? (await opening('onlineSimulation', () => main.openSimulation({ input: checked })));
  const result = await orAbandon(opened.run, () => simulateAll(opened));
  if (!('control' in result)) return result;
  type Next = (input: Inputs['onlineSimulation'], carried: Carried) => Promise<SimulationResult>;
  return makeContinueAsNewFunc<Next>()(checked, result);
}

async function simulateAll(opened: Opened<SimulationRun> | Carried): Promise<SimulationResult | Carried> {
  const { run } = opened;
  label(run, 'onlineSimulation', `${run.dataset.dataset}/${run.dataset.version}`);
  let at: Omit<Carried, 'run' | 'control' | 'model'> =
    'images' in opened
      ? opened
      : {
          images: 0,
          counts: NOTHING.counts,
          next: 0,
          part: 0,
          round: 0,
          stage: 0,
          stageImages: 0,
          stageMs: 0,
        };
  const workers = (stage: number) => run.load[stage] as number;
  const steering = new RunSteering(opened.control, () => ({
    type: 'onlineSimulation',
    state: 'running',
    source: run.source,
    counts: at.counts,
    facts: {
      model: run.model.model,
      split: `${run.split} of ${run.dataset.version}`,
      images: `${at.next} of ${at.images}`,
      stage: `${at.stage + 1} of ${run.load.length}, ${workers(at.stage)} workers`,
    },
  }));
  const model =
    'model' in opened
      ? opened.model
      : await steering.steadily(() => gpu.openModel({ model: run.model.model }));
  if (!('images' in opened)) at = { ...at, ...(await steering.steadily(() => io.planSimulation({ run }))) };
  const shares = sharesOf(at.images, run.load);
  while (at.next < at.images) {
    steering.show();
    // After the pattern the stages are only as long as they may be: all that is left is shared anew.
    const share = at.round === 0 ? (shares[at.stage] as number) : at.images;
    const limit = Math.min(share - at.stageImages, at.images - at.next);
    const left = run.stageMs - at.stageMs;
    if (limit <= 0 || left <= 0) {
      at = nextStage(at, run.load.length);
      continue;
    }
    const { part, stage, next: from } = at;
    const done = await steering.steadily(() => {
      const lanes = Math.min(workers(stage), steering.control.concurrency);
      const milliseconds = Math.min(PART_MS, left);
      return gpu.simulate({ run, model, part, stage, workers: lanes, from, limit, milliseconds });
    });
    at = {
      ...at,
      counts: add(at.counts, done),
      next: from + done.taken,
      part: part + 1,
      stageImages: at.stageImages + done.taken,
      stageMs: at.stageMs + done.milliseconds,
    };
    if (workflowInfo().historyLength > EVENTS_A_PASS)
      return { run, control: steering.control.state, model, ...at };
  }
  const { counts } = at;
  const summary = await steering.steadily(() => main.closeSimulation({ run, counts }));
  const { feedback, split } = run;
  return { ...counts, model: run.model.model, version: run.dataset.version, split, feedback, ...summary };
}

function nextStage<T extends { round: number; stage: number }>(at: T, stages: number) {
  const stage = (at.stage + 1) % stages;
  return { ...at, stage, round: at.round + (stage === 0 ? 1 : 0), stageImages: 0, stageMs: 0 };
}

function add(counts: Counts, { taken, done, skipped, quarantined }: Simulated): Counts {
  return {
    found: counts.found + taken,
    done: counts.done + done,
    skipped: counts.skipped + skipped,
    ignored: counts.ignored,
    quarantined: counts.quarantined + quarantined,
  };
}
