import {
  condition,
  executeChild,
  ParentClosePolicy,
  sleep,
  startChild,
  workflowInfo,
} from '@temporalio/workflow';
import type {
  FailureBudget,
  ListingState,
  ModelInfo,
  RunOutcome,
  RunSettings,
  Shard,
} from '../activities/api.js';
import type { ExtractShard } from './extract.js';
import type { listing } from './listing.js';
import { addExtracted, addStored, NOTHING, withListing } from './outcome.js';
import { nextStart, untilHours } from './pace.js';
import type { PreprocessShard } from './preprocess.js';
import { type Opened, orAbandon, RunSteering } from './run-steering.js';
import { gpu, io, main } from './stages.js';
import { label, type Progress } from './steer.js';
import type { StoreShard } from './store.js';

/** The run drains and continues as new then, however few shards it has had. */
const EVENTS_A_PASS = 8_000;

/** What crosses continue-as-new. */
export interface Carried extends Opened {
  readonly model: ModelInfo | undefined;
  readonly pass: number;
  readonly after: number;
  readonly outcome: RunOutcome;
  readonly budget: FailureBudget;
  readonly shardsDone: number;
  readonly startedAt: number;
}

export interface PipelineResult extends RunOutcome {
  /** URI of the list of extracted shards, of `extract` alone. */
  readonly manifest?: string;
  /** URI of the report for the privacy officer. */
  readonly report?: string;
  /** Files younger than `ingest.minAge`, not counted: the next run takes them. */
  readonly waiting: number;
  readonly seconds: number;
}

/**
 * The parent of `ingest` and `extract`. A listing child claims shards of new files; a window of shards works
 * on them, `concurrency` at a time. After enough shards the window drains and the run continues as new, since
 * children of the default close policy do not outlive the run that started them.
 */
export class Pipeline {
  readonly #type: 'ingest' | 'extract';
  readonly #run: RunSettings;
  readonly #id = workflowInfo().workflowId;
  readonly #steering: RunSteering;
  #carried: Omit<Carried, 'control' | 'run'>;
  /** Counters of the run when its failure budget was last spent. */
  #spent: FailureBudget | undefined;
  #listing: ListingState | undefined;
  #running = 0;
  #failure: unknown;
  #waiting: string | undefined;
  #state: Progress['state'] = 'starting';

  constructor(type: 'ingest' | 'extract', opened: Opened | Carried) {
    const { run, control } = opened;
    this.#type = type;
    this.#run = run;
    const first: Omit<Carried, 'control' | 'run'> = {
      model: undefined,
      pass: 0,
      after: -1,
      outcome: NOTHING,
      budget: { tried: 0, quarantined: 0 },
      shardsDone: 0,
      startedAt: Date.now(),
    };
    this.#carried = 'pass' in opened ? opened : first;
    this.#steering = new RunSteering(
      control,
      () => this.#progress(),
      // Going on after a spent budget accepts what was quarantined so far.
      () => this.#update({ budget: this.#spent ?? this.#carried.budget }),
    );
    label(run, type);
  }

  /** @returns the result, or what the next pass needs */
  async execute(): Promise<PipelineResult | Carried> {
    return await orAbandon(
      this.#run,
      () => this.#execute(),
      () => this.#running === 0,
    );
  }

  async #execute(): Promise<PipelineResult | Carried> {
    const run = this.#run;
    if (this.#carried.pass === 0) {
      if (this.#type === 'ingest') {
        const model = await this.#steering.steadily(() =>
          gpu.describeModel({ uri: run.qualityModel, black: run.black }),
        );
        this.#update({ model });
      }
      await this.#startListing();
    }
    this.#state = 'running';
    if (await this.#window()) {
      return { run, ...this.#carried, pass: this.#carried.pass + 1, control: this.#steering.control.state };
    }
    this.#state = 'finishing';
    this.#steering.show();
    const outcome = withListing(this.#carried.outcome, this.#listing);
    const closed = await this.#steering.steadily(() =>
      main.closeRun({ run, outcome, keepStaging: this.#type === 'extract' }),
    );
    return {
      ...outcome,
      ...closed,
      waiting: this.#listing?.waiting ?? 0,
      seconds: Math.round((Date.now() - this.#carried.startedAt) / 100) / 10,
    };
  }

  /** The listing runs beside the passes, so it may not end with the pass that started it; `abandonRun` ends it. */
  async #startListing(): Promise<void> {
    await startChild<typeof listing>('listing', {
      workflowId: this.#listingId,
      args: [this.#run],
      parentClosePolicy: ParentClosePolicy.ABANDON,
    });
  }

  get #listingId(): string {
    return `${this.#id}/listing`;
  }

  /** @returns whether another pass has to go on */
  async #window(): Promise<boolean> {
    let started = 0;
    let last = { at: 0, files: 0 };
    for (;;) {
      await this.#place(last);
      const { shards, listing } = await this.#steering.steadily(() =>
        main.nextShards({
          run: this.#run,
          after: this.#carried.after,
          limit: this.#steering.control.concurrency,
        }),
      );
      this.#listing = listing;
      this.#steering.show();
      if (listing.state === 'failed') {
        await this.#steering.pauseFor(
          listing.halt ?? { code: 'LISTING_FAILED', message: 'The listing ended early' },
        );
        await this.#startListing();
        continue;
      }
      for (const shard of shards) {
        await this.#place(last);
        last = { at: Date.now(), files: shard.files };
        this.#update({ after: shard.shard });
        this.#start(shard);
        started += 1;
      }
      const ended = shards.length === 0 && listing.state === 'done';
      if (ended || started >= this.#run.shardsAPass || workflowInfo().historyLength > EVENTS_A_PASS) {
        await condition(() => this.#running === 0 || this.#failure !== undefined);
        if (this.#failure !== undefined) throw this.#failure;
        return !ended;
      }
    }
  }

  /** Waits for a free place, for `resume`, for the hours of the day and for the pace. */
  async #place(last: { at: number; files: number }): Promise<void> {
    await condition(() => this.#running < this.#steering.control.concurrency || this.#failure !== undefined);
    if (this.#failure !== undefined) throw this.#failure;
    const { pace } = this.#run;
    for (;;) {
      await this.#steering.whenRunning();
      const hours = untilHours(pace, Date.now());
      const turn = nextStart(pace, last.at, last.files) - Date.now();
      if (hours <= 0 && turn <= 0) break;
      this.#waiting =
        hours > 0
          ? `Waits for its hours, ${pace.hours} UTC`
          : `Keeps its pace, ${pace.filesPerSecond} files a second`;
      this.#steering.show();
      await sleep(Math.max(hours, turn));
    }
    this.#waiting = undefined;
  }

  #start(shard: Shard): void {
    this.#running += 1;
    this.#shard(shard)
      .catch((error: unknown) => {
        this.#failure ??= error;
      })
      .finally(() => {
        this.#running -= 1;
        this.#update({ shardsDone: this.#carried.shardsDone + 1 });
        this.#steering.show();
      });
  }

  /** One shard through its stages; the id of each child says where it belongs. */
  async #shard({ shard, files }: Shard): Promise<void> {
    const run = this.#run;
    const child = (stage: string) => ({
      workflowId: `${this.#id}/${this.#carried.pass}/${shard}/${stage}`,
      staticSummary: `${stage} of shard ${shard}, ${files} files`,
    });
    const extracted = await this.#steering.halting(
      () =>
        executeChild<ExtractShard>('extract', {
          ...child('extract'),
          args: [{}, { run, shard, budget: this.#carried.budget }],
        }),
      (result) => {
        this.#spent = result.budget;
      },
    );
    this.#update({ outcome: addExtracted(this.#carried.outcome, extracted.counts) });
    if (this.#type === 'extract') return;

    const { manifest } = extracted;
    const stored = await this.#steering.halting(() =>
      executeChild<StoreShard>('store', { ...child('store'), args: [{}, { run, shard, manifest }] }),
    );
    this.#update({ outcome: addStored(this.#carried.outcome, stored) });

    const model = this.#carried.model as ModelInfo;
    const checked = await this.#steering.halting(() =>
      executeChild<PreprocessShard>('preprocess', {
        ...child('preprocess'),
        args: [{}, { run, shard, model }],
      }),
    );
    const { outcome } = this.#carried;
    this.#update({ outcome: { ...outcome, suboptimal: outcome.suboptimal + checked.suboptimal } });
    await this.#steering.steadily(() => io.finishShard({ run, manifest }));
  }

  #update(change: Partial<Omit<Carried, 'control' | 'run'>>): void {
    this.#carried = { ...this.#carried, ...change };
  }

  #progress(): Omit<Progress, 'paused' | 'concurrency'> {
    const outcome = withListing(this.#carried.outcome, this.#listing);
    return {
      type: this.#type,
      state: this.#waiting ? 'waiting' : this.#state,
      source: this.#run.source,
      waiting: this.#waiting,
      counts: outcome.counts,
      stored: outcome.stored,
      suboptimal: outcome.suboptimal,
      review: outcome.review,
      listing: this.#listing,
      shards: { done: this.#carried.shardsDone, running: this.#running },
    };
  }
}
