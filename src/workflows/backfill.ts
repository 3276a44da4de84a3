import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  CancellationScope,
  condition,
  executeChild,
  isCancellation,
  makeContinueAsNewFunc,
  workflowInfo,
} from '@temporalio/workflow';
import type {
  BackfillInput,
  BackfillIoActivities,
  BackfillMainActivities,
  BackfillRun,
  Plan,
} from '../activities/api/backfill.js';
import type { Counts } from '../activities/api.js';
import { checkInput } from './input.js';
import { NOTHING } from './outcome.js';
import { type Mark, PartitionGrid } from './partition-grid.js';
import { add, checkChildren, countsOf } from './partitions.js';
import { type Opened, opening, orAbandon, RunSteering } from './run-steering.js';
import { activitiesOn, main as common } from './stages.js';
import { steadily } from './steadily.js';
import { causeOf, label, type Progress } from './steer.js';

const main = activitiesOn<BackfillMainActivities>('main');
const io = activitiesOn<BackfillIoActivities>('io');

/** Partitions asked for at a time. */
const PAGE = 50;
const EVENTS_A_PASS = 8_000;
const MAX_REASON = 500;

/** What crosses continue-as-new. */
export interface BackfillCarried extends Opened<BackfillRun> {
  readonly plan: Omit<Plan, 'list'>;
  readonly after: number;
  readonly ended: Ended;
  readonly items: Counts;
  readonly startedAt: number;
}

/** How many of the selected partitions ended how. */
type Ended = Readonly<Record<'done' | 'failed' | 'cancelled' | 'running', number>>;

export interface BackfillResult extends Counts {
  /** All partitions, by what they are at the end. */
  readonly partitions: Readonly<Record<'done' | 'failed' | 'cancelled' | 'running' | 'missing', number>>;
  /** What the partitions that ran count together: files, studies, images. */
  readonly items: Counts;
  /** Of a dry run: how many would run, and the first 1,000 partitions. */
  readonly wouldRun?: number;
  readonly plan?: Plan['list'];
  readonly seconds: number;
}

/**
 * One run of another type for each partition of a source, of a range of dates, or of a list. Counts are of
 * partitions: `quarantined` are those that failed, `skipped` those that did not have to run.
 * @param carried only from the run before it in the chain of continue-as-new
 */
export async function backfill(input?: BackfillInput, carried?: BackfillCarried): Promise<BackfillResult> {
  const checked = checkInput('backfill', input);
  if (carried === undefined) checkChildren(checked);
  const opened = carried ?? (await opening('backfill', () => main.openBackfill(checked)));
  if (checked.dryRun) return dryRun(opened.run, checked);
  const result = await new Backfill(opened, checked).execute();
  if ('control' in result) {
    // The plan is in the catalog: the list need not travel on.
    const { partitions: _, ...rest } = checked;
    return makeContinueAsNewFunc<typeof backfill>()(rest, result);
  }
  return result;
}

async function dryRun(run: BackfillRun, input: BackfillInput): Promise<BackfillResult> {
  const started = Date.now();
  const { total, selected, left, list = [] } = await io.planBackfill({ run, input });
  return {
    ...NOTHING.counts,
    found: total,
    skipped: total,
    partitions: { ...left, missing: left.missing + selected },
    items: NOTHING.counts,
    wouldRun: selected,
    plan: list,
    seconds: (Date.now() - started) / 1000,
  };
}

/** The parent of partitions: a window of children that drains before it continues as new. */
class Backfill {
  readonly #run: BackfillRun;
  readonly #input: BackfillInput;
  readonly #steering: RunSteering;
  readonly #startedAt: number;
  #plan: Omit<Plan, 'list'> | undefined;
  #grid = new PartitionGrid('', []);
  #after = -1;
  #ended: Ended = { done: 0, failed: 0, cancelled: 0, running: 0 };
  #items: Counts = NOTHING.counts;
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
      this.#ended = opened.ended;
      this.#items = opened.items;
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
        ended: this.#ended,
        items: this.#items,
        startedAt: this.#startedAt,
      };
    }
    const counts = this.#counts(plan);
    await this.#steering.steadily(() => common.endRun({ run, counts }));
    const { done, failed, cancelled, running } = this.#ended;
    return {
      ...counts,
      partitions: {
        done: plan.left.done + done,
        failed: plan.left.failed + failed,
        cancelled: plan.left.cancelled + cancelled,
        running: plan.left.running + running,
        missing: plan.left.missing,
      },
      items: this.#items,
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

  #start(partition: { position: number; key: string; input: Readonly<Record<string, unknown>> }): void {
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

  async #one({
    position,
    key,
    input,
  }: {
    position: number;
    key: string;
    input: Readonly<Record<string, unknown>>;
  }): Promise<void> {
    const run = this.#run;
    const settle = (how: Omit<Parameters<typeof main.settlePartition>[0], 'run' | 'key'>, mark: Mark) => {
      this.#grid.set(position, mark);
      return this.#surely(() => main.settlePartition({ run, key, ...how }));
    };
    try {
      const result: unknown = await executeChild(run.partitionType, {
        workflowId: `${workflowInfo().workflowId}/${key}`,
        args: [input],
        staticSummary: `${run.partitionType} of ${key}`,
      });
      this.#streak = 0;
      const counts = countsOf(result);
      this.#items = add(this.#items, counts);
      this.#count('done');
      await settle({ state: 'done', counts }, 'd');
    } catch (error) {
      if (error instanceof WorkflowExecutionAlreadyStartedError) {
        // Its run of an earlier backfill by this id goes on; it is not ours to count.
        this.#count('running');
        this.#grid.set(position, 'r');
        return;
      }
      if (isCancellation(error)) {
        this.#count('cancelled');
        await settle({ state: 'cancelled', code: 'RUN_CANCELLED' }, 'c');
        if (CancellationScope.current().consideredCancelled) throw error;
        return;
      }
      const { code, message } = causeOf(error) ?? {
        code: 'RUN_TERMINATED',
        message: 'The run was terminated',
      };
      this.#count('failed');
      await settle({ state: 'failed', code, reason: message.slice(0, MAX_REASON) }, 'f');
      await this.#afterFailure(code);
    }
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

  #count(how: keyof Ended): void {
    this.#ended = { ...this.#ended, [how]: this.#ended[how] + 1 };
  }

  /** Of partitions. */
  #counts({ total, left }: Omit<Plan, 'list'>): Counts {
    const { done, failed, cancelled, running } = this.#ended;
    const untouched = left.missing + left.running + left.done + left.failed + left.cancelled;
    return { found: total, done, skipped: untouched + cancelled + running, ignored: 0, quarantined: failed };
  }

  #progress(): Omit<Progress, 'paused' | 'concurrency'> {
    const plan = this.#plan;
    const { found, done, quarantined } = this.#items;
    return {
      type: 'backfill',
      state: plan === undefined ? 'starting' : 'running',
      source: this.#run.source,
      counts: plan === undefined ? NOTHING.counts : this.#counts(plan),
      facts: {
        partition: `${this.#run.partitionType}, by ${this.#run.by}`,
        running: this.#running,
        waiting: this.#waiting,
        failed: this.#ended.failed,
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
