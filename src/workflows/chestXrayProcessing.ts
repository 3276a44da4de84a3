import { CancellationScope, condition, makeContinueAsNewFunc, workflowInfo } from '@temporalio/workflow';
import type {
  InputPlan,
  PartCounts,
  ProcessingCpu,
  ProcessingInput,
  ProcessingIo,
  ProcessingMain,
  ProcessingResult,
  ProcessingRun,
  ShardPlan,
  Split,
} from '../activities/api/processing.js';
import type { Counts } from '../activities/api.js';
import { checkInput } from './input.js';
import { type Opened, opening, orAbandon, RunSteering } from './run-steering.js';
import { activitiesOn, main } from './stages.js';
import { label } from './steer.js';

const mainSteps = activitiesOn<ProcessingMain>('main');
const io = activitiesOn<ProcessingIo>('io');
const cpu = activitiesOn<ProcessingCpu>('cpu');

const EVENTS_A_PASS = 8_000;
const SPLITS: readonly Split[] = ['train', 'val', 'test'];

type Result = Counts & ProcessingResult & { readonly seconds: number };

/** What crosses continue-as-new. */
export interface ProcessingCarried extends Opened<ProcessingRun> {
  readonly plan: InputPlan | undefined;
  readonly shards: ShardPlan | undefined;
  /** Parts, then files, that are done with or without their last ones; all before are. */
  readonly next: number;
  readonly counts: Counts;
  readonly startedAt: number;
}

/**
 * Images, through the steps of pipeline_config.yaml, into one version of a dataset: list, decode, look for leaks, write
 * the shards, and last the file that makes the version exist.
 *
 * @param carried only from the run before it in the chain of continue-as-new
 */
export async function chestXrayProcessing(
  input?: ProcessingInput,
  carried?: ProcessingCarried,
): Promise<Result> {
  const checked = checkInput('chestXrayProcessing', input);
  const begun = carried ?? {
    ...(await opening('chestXrayProcessing', () => mainSteps.openProcessing(checked))),
    plan: undefined,
    shards: undefined,
    next: 0,
    counts: { found: 0, done: 0, skipped: 0, ignored: 0, quarantined: 0 },
    startedAt: Date.now(),
  };
  const job = new Processing(begun);
  const result = await orAbandon(
    begun.run,
    () => job.execute(),
    () => job.idle,
  );
  if ('control' in result) return makeContinueAsNewFunc<typeof chestXrayProcessing>()(checked, result);
  return result;
}

class Processing {
  readonly #run: ProcessingRun;
  readonly #steering: RunSteering;
  #carried: ProcessingCarried;
  #state: 'running' | 'finishing' = 'running';
  #stage = 'listing';
  #running = 0;
  #done = 0;
  #total = 0;
  #failure: unknown;

  constructor(carried: ProcessingCarried) {
    this.#carried = carried;
    this.#run = carried.run;
    this.#steering = new RunSteering(carried.control, () => ({
      type: 'chestXrayProcessing',
      state: this.#state,
      source: this.#run.source ?? 'catalog',
      counts: this.#carried.counts,
      shards: { done: this.#done, running: this.#running },
      facts: { version: this.#run.version, stage: this.#stage, of: this.#total },
    }));
    label(this.#run, 'chestXrayProcessing', `${this.#run.dataset}/${this.#run.version}`);
  }

  get idle(): boolean {
    return this.#running === 0;
  }

  async execute(): Promise<Result | ProcessingCarried> {
    try {
      return await this.#execute();
    } catch (error) {
      await CancellationScope.nonCancellable(async () => {
        await condition(() => this.idle);
        await mainSteps.abandonProcessing({ run: this.#run });
      });
      throw error;
    }
  }

  async #execute(): Promise<Result | ProcessingCarried> {
    const run = this.#run;
    const plan = this.#carried.plan ?? (await this.#steering.steadily(() => io.planInputs(run)));
    if (this.#carried.plan === undefined) {
      const { found, ignored, quarantined } = plan;
      this.#update({ plan, counts: { found, done: 0, skipped: 0, ignored, quarantined } });
    }
    if (this.#carried.shards === undefined) {
      if (await this.#each('decoding', partsOf(plan), (job) => this.#prepare(job))) return this.#next();
      this.#stage = 'pre-flight';
      this.#steering.show();
      const shards = await this.#steering.steadily(() => io.preflight({ run, plan }));
      this.#update({ shards, counts: shards.counts, next: 0 });
    }
    const shards = this.#carried.shards as ShardPlan;
    if (await this.#each('writing', filesOf(run, shards), (job) => this.#write(job))) return this.#next();
    this.#state = 'finishing';
    this.#stage = 'publishing';
    this.#steering.show();
    const published = await this.#steering.steadily(() => io.publishDataset({ run, plan: shards }));
    const { counts } = shards;
    await this.#steering.steadily(() => main.endRun({ run, counts }));
    const seconds = Math.round((Date.now() - this.#carried.startedAt) / 100) / 10;
    return { ...counts, ...published, seconds };
  }

  async #prepare({ split, index }: Job): Promise<void> {
    const counts = await this.#steering.steadily(() =>
      cpu.preparePart({ run: this.#run, split, part: index }),
    );
    this.#update({ counts: added(this.#carried.counts, counts) });
  }

  async #write({ format, split, index, of }: Job): Promise<void> {
    await this.#steering.steadily(() => cpu.writeShard({ run: this.#run, format, split, shard: index, of }));
  }

  /**
   * A window over jobs, `concurrency` at a time.
   * @returns whether another pass has to go on; then all that was begun has ended
   */
  async #each(stage: string, jobs: Jobs, work: (job: Job) => Promise<void>): Promise<boolean> {
    this.#stage = stage;
    this.#total = jobs.count;
    this.#done = this.#carried.next;
    this.#steering.show();
    let started = 0;
    while (this.#carried.next < jobs.count) {
      await condition(
        () => this.#running < this.#steering.control.concurrency || this.#failure !== undefined,
      );
      if (this.#failure !== undefined) break;
      await this.#steering.whenRunning();
      if (started >= this.#run.stepsAPass || workflowInfo().historyLength > EVENTS_A_PASS) break;
      this.#start(work(jobs.at(this.#carried.next)));
      this.#update({ next: this.#carried.next + 1 });
      started += 1;
    }
    await condition(() => this.#running === 0);
    if (this.#failure !== undefined) throw this.#failure;
    return this.#carried.next < jobs.count;
  }

  #start(job: Promise<void>): void {
    this.#running += 1;
    job
      .catch((error: unknown) => {
        this.#failure ??= error;
      })
      .finally(() => {
        this.#running -= 1;
        this.#done += 1;
        this.#steering.show();
      });
  }

  #update(change: Partial<ProcessingCarried>): void {
    this.#carried = { ...this.#carried, ...change };
  }

  #next(): ProcessingCarried {
    return { ...this.#carried, control: this.#steering.control.state };
  }
}

interface Job {
  readonly format: 'tfrecord' | 'parquet';
  readonly split: Split;
  readonly index: number;
  readonly of: number;
}

/** Jobs by their number: there may be too many to list. */
interface Jobs {
  readonly count: number;
  at(number: number): Job;
}

function partsOf({ parts }: InputPlan): Jobs {
  return jobs(SPLITS.map((split) => ({ format: 'tfrecord', split, of: parts[split] })));
}

/** Every file of the version's shards, one format after the other. */
function filesOf({ pipeline }: ProcessingRun, { shards }: ShardPlan): Jobs {
  return jobs(
    pipeline.output.formats.flatMap((format) =>
      SPLITS.map((split) => ({ format, split, of: shards[split] })),
    ),
  );
}

function jobs(runs: readonly Omit<Job, 'index'>[]): Jobs {
  return {
    count: runs.reduce((sum, { of }) => sum + of, 0),
    at(number) {
      let index = number;
      for (const run of runs) {
        if (index < run.of) return { ...run, index };
        index -= run.of;
      }
      throw new RangeError('no such job');
    },
  };
}

function added(counts: Counts, part: PartCounts): Counts {
  return {
    ...counts,
    done: counts.done + part.done,
    ignored: counts.ignored + part.ignored,
    quarantined: counts.quarantined + part.quarantined,
  };
}
