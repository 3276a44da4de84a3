import { workflowInfo } from '@temporalio/workflow';
import type {
  LoopGpuActivities,
  LoopIoActivities,
  LoopMainActivities,
  SimulationRun,
  SimulationSummary,
} from '../activities/api/loop.js';
import type { Counts } from '../activities/api.js';
import { sharesOf } from '../models/simulation/shares.js';
import { checkInput, type Inputs } from './input.js';
import { NOTHING } from './outcome.js';
import { type Opened, opening, orAbandon, RunSteering } from './run-steering.js';
import { activitiesOn } from './stages.js';
import { label } from './steer.js';

const main = activitiesOn<LoopMainActivities>('main');
const io = activitiesOn<LoopIoActivities>('io');
const gpu = activitiesOn<LoopGpuActivities>('gpu');

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
  readonly images: number;
  readonly counts: Counts;
  readonly next: number;
  readonly part: number;
  readonly round: number;
  readonly stage: number;
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
  const opened = carried ?? (await opening('onlineSimulation', () => main.openSimulation({ input: checked })));
  const result = await orAbandon(opened.run, () => simulateAll(opened));
  if (!('control' in result)) return result;
  return makeNext()(checked, result);
}
