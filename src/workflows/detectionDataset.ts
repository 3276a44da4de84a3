import { CancellationScope, condition, makeContinueAsNewFunc, workflowInfo } from '@temporalio/workflow';
import type {
  DetectionCpu,
  DetectionInput,
  DetectionIo,
  DetectionMain,
  DetectionPlan,
  DetectionResult,
  DetectionRun,
} from '../activities/api/detection.js';
import type { Counts } from '../activities/api.js';
import { checkInput } from './input.js';
import { type Opened, opening, orAbandon, RunSteering } from './run-steering.js';
import { activitiesOn, main } from './stages.js';
import { label } from './steer.js';

const opens = activitiesOn<DetectionMain>('main');
const io = activitiesOn<DetectionIo>('io');
const cpu = activitiesOn<DetectionCpu>('cpu');

/** The run drains and continues as new then; pauses and retries are the only way to come here. */
const EVENTS_A_PASS = 8_000;

/** What crosses continue-as-new. */
export interface DetectionCarried extends Opened<DetectionRun> {
  readonly plan: DetectionPlan;
  readonly next: number;
  readonly done: number;
  readonly quarantined: number;
  readonly startedAt: number;
}

export type DetectionOutcome = Counts & DetectionResult & { readonly seconds: number };

/**
 * Boxes and images into one version of a detection dataset: splits without leaks, labels for YOLO and COCO, how far
 * the readers agree.
 * @param carried only from the run before it in the chain of continue-as-new
 */
export async function detectionDataset(
  input?: DetectionInput,
  carried?: DetectionCarried,
): Promise<DetectionOutcome> {
  const checked = checkInput('detectionDataset', input);
  const startedAt = carried?.startedAt ?? Date.now();
  const opened = carried ?? (await opening('detectionDataset', () => opens.openDetection(checked)));
  const builder = new Builder(opened);
  const result = await builder.execute(startedAt);
  if ('control' in result) return makeContinueAsNewFunc<typeof detectionDataset>()(checked, result);
  return result;
}

class Builder {
  readonly #run: DetectionRun;
  readonly #steering: RunSteering;
  #plan: DetectionPlan | undefined;
  #next: number;
  #done: number;
  #quarantined: number;
  #running = 0;
  #failure: { readonly error: unknown } | undefined;

  constructor(opened: Opened<DetectionRun> | DetectionCarried) {
    this.#run = opened.run;
    const carried = 'plan' in opened ? opened : undefined;
    this.#plan = carried?.plan;
    this.#next = carried?.next ?? 0;
    this.#done = carried?.done ?? 0;
    this.#quarantined = carried?.quarantined ?? 0;
    this.#steering = new RunSteering(opened.control, () => ({
      type: 'detectionDataset',
      state: this.#plan === undefined ? 'starting' : this.#next < this.#plan.shards ? 'running' : 'finishing',
      source: this.#run.source,
      counts: this.#counts(),
      shards: { done: this.#next - this.#running, running: this.#running },
      facts: { version: this.#run.version },
    }));
    label(this.#run, 'detectionDataset');
  }

  async execute(startedAt: number): Promise<DetectionOutcome | DetectionCarried> {
    return await orAbandon(
      this.#run,
      () => this.#orDrop(() => this.#execute(startedAt)),
      () => this.#running === 0,
    );
  }

  /** A run that does not come to its end takes back what it wrote, once nothing of it writes any more. */
  async #orDrop<T>(body: () => Promise<T>): Promise<T> {
    const scope = new CancellationScope();
    try {
      return await scope.run(body);
    } catch (error) {
      await CancellationScope.nonCancellable(async () => {
        scope.cancel();
        await condition(() => this.#running === 0);
        await io.dropDetection(this.#run);
      });
      throw error;
    }
  }

  async #execute(startedAt: number): Promise<DetectionOutcome | DetectionCarried> {
    const run = this.#run;
    this.#plan ??= await this.#steering.steadily(() => io.planDetection(run));
    const plan = this.#plan;
    if (await this.#build(plan)) {
      return {
        run,
        control: this.#steering.control.state,
        plan,
        next: this.#next,
        done: this.#done,
        quarantined: this.#quarantined,
        startedAt,
      };
    }
    this.#steering.show();
    const { counts, result } = await this.#steering.steadily(() => io.publishDetection({ run, plan }));
    await this.#steering.steadily(() => main.endRun({ run, counts }));
    return { ...counts, ...result, seconds: Math.round((Date.now() - startedAt) / 100) / 10 };
  }

  /** Keeps a window of shards running. @returns whether another pass has to go on */
  async #build({ shards }: DetectionPlan): Promise<boolean> {
    while (this.#next < shards && workflowInfo().historyLength < EVENTS_A_PASS) {
      await condition(
        () => this.#running < this.#steering.control.concurrency || this.#failure !== undefined,
      );
      if (this.#failure) throw this.#failure.error;
      await this.#steering.whenRunning();
      this.#start(this.#next);
      this.#next += 1;
      this.#steering.show();
    }
    await condition(() => this.#running === 0 || this.#failure !== undefined);
    if (this.#failure) throw this.#failure.error;
    return this.#next < shards;
  }

  #start(shard: number): void {
    this.#running += 1;
    this.#steering
      .steadily(() => cpu.buildDetection({ run: this.#run, shard }))
      .then(({ done, quarantined }) => {
        this.#done += done;
        this.#quarantined += quarantined;
      })
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => {
        this.#running -= 1;
        this.#steering.show();
      });
  }

  #counts(): Counts {
    const planned = this.#plan?.counts ?? { found: 0, done: 0, skipped: 0, ignored: 0, quarantined: 0 };
    return { ...planned, done: this.#done, quarantined: planned.quarantined + this.#quarantined };
  }
}
