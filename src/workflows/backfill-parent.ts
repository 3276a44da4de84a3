import { CancellationScope, condition, workflowInfo } from '@temporalio/workflow';
import type {
  BackfillInput,
  BackfillIoActivities,
  BackfillMainActivities,
  BackfillRun,
  Plan,
} from '../activities/api/backfill.js';
import type { Counts } from '../activities/api.js';
import { NOTHING } from './outcome.js';
import { type Mark, PartitionGrid } from './partition-grid.js';
import { type PartitionEnd, runPartition, settled } from './partition-run.js';
import { type Ended, type PartitionStates, PartitionTally } from './partition-tally.js';
import { type Opened, orAbandon, RunSteering } from './run-steering.js';
import { activitiesOn, main as common } from './stages.js';
import { steadily } from './steadily.js';
import { label, type Progress } from './steer.js';

const main = activitiesOn<BackfillMainActivities>('main');
const io = activitiesOn<BackfillIoActivities>('io');

/** Partitions asked for at a time. */
const PAGE = 50;
const EVENTS_A_PASS = 8_000;

/** What crosses continue-as-new. */
export interface BackfillCarried extends Opened<BackfillRun> {
  readonly plan: Omit<Plan, 'list'>;
  readonly after: number;
  readonly ended: Ended;
  readonly items: Counts;
  readonly startedAt: number;
}

export interface BackfillResult extends Counts {
  readonly partitions: PartitionStates;
  /** What the partitions that ran count together: files, studies, images. */
  readonly items: Counts;
  /** Of a dry run: how many would run, and the first 1,000 partitions. */
  readonly wouldRun?: number;
  readonly plan?: Plan['list'];
  readonly seconds: number;
}

type Partition = Awaited<ReturnType<BackfillMainActivities['nextPartitions']>>[number];

const MARK: Readonly<Record<PartitionEnd['how'], Mark>> = {
  done: 'd',
  failed: 'f',
  cancelled: 'c',
  running: 'r',
};

/** The parent of partitions: a window of children that drains before it continues as new. */
export class Backfill {
  readonly #run: BackfillRun;
  readonly #input: BackfillInput;
  readonly #steering: RunSteering;
  readonly #startedAt: number;
  #plan: Omit<Plan, 'list'> | undefined;
  #grid = new PartitionGrid('', []);
  #after = -1;
  #tally = new PartitionTally();
  #running = 0;
  /** Partitions begun, by all passes. */
  #started = 0;
  /** Failures since the last partition that did not fail. */
  #streak = 0;
  #failure: unknown;

  constructor(opened: Opened<BackfillRun> | BackfillCarried, input: BackfillInput) {
    this.#run = opened.run;
    this.#input = input;
    this.#startedAt = 'plan' in opened ? opened.startedAt : Date.now();
    if ('plan' in opened) {
      this.#plan = opened.plan;
      this.#grid = new PartitionGrid(opened.plan.grid, opened.plan.rows);
      this.#after = opened.after;
      this.#tally = new PartitionTally(opened.ended, opened.items);
      const { done, failed, cancelled, running } = opened.ended;
      this.#started = done + failed + cancelled + running;
    }
    this.#steering = new RunSteering(
      opened.control,
      () => this.#progress(),
      () => {
        this.#streak = 0;
      },
    );
    label(opened.run, 'backfill');
  }

  async execute(): Promise<BackfillResult | BackfillCarried> {
    return await orAbandon(
      this.#run,
      () => this.#execute(),
      () => this.#running === 0,
    );
  }

  async #execute(): Promise<BackfillResult | BackfillCarried> {
    const run = this.#run;
    if (this.#plan === undefined) {
      const plan = await this.#steering.steadily(() => io.planBackfill({ run, input: this.#input }));
      this.#plan = plan;
      this.#grid = new PartitionGrid(plan.grid, plan.rows);
      this.#steering.show();
    }
    const plan = this.#plan;
    if (await this.#window()) {
      return {
        run,
        control: this.#steering.control.state,
        plan: { ...plan, grid: this.#grid.marks },
        after: this.#after,
        ended: this.#tally.ended,
        items: this.#tally.items,
        startedAt: this.#startedAt,
      };
    }
    const counts = this.#tally.counts(plan);
    await this.#steering.steadily(() => common.endRun({ run, counts }));
    return {
      ...counts,
      partitions: this.#tally.states(plan),
      items: this.#tally.items,
      seconds: Math.round((Date.now() - this.#startedAt) / 100) / 10,
    };
  }

  /** @returns whether another pass has to go on */
  async #window(): Promise<boolean> {
    const run = this.#run;
    let started = 0;
    for (;;) {
      await this.#place();
      const limit = Math.min(PAGE, run.partitionsAPass - started);
      const page = await this.#steering.steadily(() =>
        main.nextPartitions({ run, after: this.#after, limit }),
      );
      for (const partition of page) {
        await this.#place();
        this.#after = partition.position;
        this.#start(partition);
        started += 1;
      }
      const ended = page.length < limit;
      if (ended || started >= run.partitionsAPass || workflowInfo().historyLength > EVENTS_A_PASS) {
        await condition(() => this.#running === 0 || this.#failure !== undefined);
        if (this.#failure !== undefined) throw this.#failure;
        return !ended;
      }
    }
  }

  /** Waits for a free place, and while the run is paused. */
  async #place(): Promise<void> {
    const { control } = this.#steering;
    await condition(
      () =>
        (this.#running < control.concurrency && control.paused === undefined) || this.#failure !== undefined,
    );
    if (this.#failure !== undefined) throw this.#failure;
  }

  #start(partition: Partition): void {
    this.#running += 1;
    this.#started += 1;
    this.#grid.set(partition.position, 'r');
    this.#steering.show();
    this.#one(partition)
      .catch((error: unknown) => {
        this.#failure ??= error;
      })
      .finally(() => {
        this.#running -= 1;
        this.#steering.show();
      });
  }

  async #one({ position, key, input }: Partition): Promise<void> {
    const run = this.#run;
    const end = await runPartition(run.partitionType, { key, input });
    this.#tally.add(end);
    this.#grid.set(position, MARK[end.how]);
    if (end.how === 'running') return;
    if (end.how === 'done') this.#streak = 0;
    await this.#surely(() => main.settlePartition({ run, key, ...settled(end) }));
    if (end.how === 'cancelled' && CancellationScope.current().consideredCancelled) throw end.error;
    if (end.how === 'failed') await this.#afterFailure(end.code);
  }

  /** Whether paused or being cancelled: what became of a partition is known, so it is written down. */
  #surely(step: () => Promise<void>): Promise<void> {
    return steadily(
      () => CancellationScope.nonCancellable(step),
      (halt) => this.#steering.pauseFor(halt),
    );
  }

  /** When one after the other fails it is not the partitions: a person looks before the rest fails as well. */
  async #afterFailure(code: string): Promise<void> {
    this.#streak += 1;
    const { maxFailures } = this.#run;
    if (maxFailures === 0 || this.#streak < maxFailures || this.#waiting === 0) return;
    const message = `${this.#streak} partitions failed one after the other, the last with ${code}`;
    // Not awaited by the place it holds: a paused backfill has no use for it.
    await this.#steering.pauseFor({ code: 'BACKFILL_FAILING', message });
  }

  #progress(): Omit<Progress, 'paused' | 'concurrency'> {
    const plan = this.#plan;
    const { found, done, quarantined } = this.#tally.items;
    return {
      type: 'backfill',
      state: plan === undefined ? 'starting' : 'running',
      source: this.#run.source,
      counts: plan === undefined ? NOTHING.counts : this.#tally.counts(plan),
      facts: {
        partition: `${this.#run.partitionType}, by ${this.#run.by}`,
        running: this.#running,
        waiting: this.#waiting,
        failed: this.#tally.ended.failed,
        items: `${found} found, ${done} done, ${quarantined} quarantined`,
      },
      grid: this.#grid.lines(),
    };
  }

  /** Partitions that are still to be started. */
  get #waiting(): number {
    return (this.#plan?.selected ?? 0) - this.#started;
  }
}
