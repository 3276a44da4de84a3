import {
  condition,
  defineSignal,
  makeContinueAsNewFunc,
  setHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import type {
  AnnotationListing,
  AnnotationsInput,
  AnnotationsIo,
  AnnotationsMain,
  AnnotationsRun,
  AnnotationTotals,
} from '../activities/api/annotations.js';
import type { Counts } from '../activities/api.js';
import { checkInput } from './input.js';
import { NOTHING } from './outcome.js';
import { type Opened, opening, orAbandon, RunSteering } from './run-steering.js';
import { activitiesOn, main as runs } from './stages.js';
import { label, type Progress } from './steer.js';

const main = activitiesOn<AnnotationsMain>('main');
const io = activitiesOn<AnnotationsIo>('io');

/** Something was delivered: the run looks again before it ends. */
export const deliveredSignal = defineSignal('delivered');

/** Shards asked for at a time. */
const PAGE = 100;
const EVENTS_A_PASS = 8_000;

export interface AnnotationsResult extends Counts {
  /** New or changed files that were read. */
  readonly files: number;
  readonly records: number;
  /** Records in effect by this run that were not before. */
  readonly applied: number;
  /** Files that are applied and whose names could not be tagged. */
  readonly unmarked: number;
  /** Files that may still be written; the next run takes them. */
  readonly waiting: number;
  readonly seconds: number;
}

/** What crosses continue-as-new. */
interface Carried extends Opened<AnnotationsRun> {
  readonly listing: AnnotationListing | undefined;
  /** The last shard that was begun. */
  readonly after: number;
  readonly unmarked: number;
  readonly totals: AnnotationTotals;
  /** Young files were waited for. */
  readonly waited: boolean;
  readonly delivered: boolean;
  readonly startedAt: number;
}

/**
 * New files of the annotations container into the catalog: each record once, a corrected file in the place of what it
 * said before.
 * @param carried only from the run before it in the chain of continue-as-new
 */
export async function annotations(input?: AnnotationsInput, carried?: Carried): Promise<AnnotationsResult> {
  let delivered = carried?.delivered ?? false;
  setHandler(deliveredSignal, () => {
    delivered = true;
  });
  const checked = checkInput('annotations', input);
  const first = carried ?? {
    ...(await opening('annotations', () => main.openAnnotations(checked))),
    ...{ listing: undefined, after: -1, unmarked: 0, waited: false, delivered, startedAt: Date.now() },
    totals: { counts: NOTHING.counts, files: 0, records: 0 },
  };
  const result = await new Delivery(first, () => {
    const was = delivered;
    delivered = false;
    return was;
  }).execute();
  if ('run' in result) return makeContinueAsNewFunc<typeof annotations>()(checked, { ...result, delivered });
  return result;
}

/** A window of shards, `concurrency` at a time, behind each listing of the source. */
class Delivery {
  readonly #run: AnnotationsRun;
  readonly #steering: RunSteering;
  /** Whether something was delivered since it was asked last. */
  readonly #delivered: () => boolean;
  #now: Omit<Carried, 'run' | 'control'>;
  #state: Progress['state'] = 'running';
  #running = 0;
  #done = 0;
  #failure: unknown;

  constructor({ run, control, ...now }: Carried, delivered: () => boolean) {
    this.#run = run;
    this.#now = now;
    this.#delivered = delivered;
    this.#steering = new RunSteering(control, () => this.#progress());
    label(run, 'annotations');
  }

  /** @returns the result, or what the next pass needs */
  async execute(): Promise<AnnotationsResult | Carried> {
    return await orAbandon(
      this.#run,
      () => this.#execute(),
      () => this.#running === 0,
    );
  }

  async #execute(): Promise<AnnotationsResult | Carried> {
    const run = this.#run;
    if (this.#now.listing === undefined) await this.#steering.steadily(() => io.releaseAnnotations(run));
    for (let listed = this.#now.listing !== undefined; ; listed = false) {
      if (!listed) await this.#list();
      if (await this.#window()) return { run, control: this.#steering.control.state, ...this.#now };
      if (this.#delivered()) continue;
      if (this.#now.waited || this.#now.listing?.waiting === 0) break;
      this.#update({ waited: true });
      await sleep(run.minAgeMs);
    }
    this.#state = 'finishing';
    const { counts, files, records } = await this.#totals();
    await this.#steering.steadily(() => runs.endRun({ run, counts }));
    return {
      ...counts,
      ...{ files, records, applied: counts.done },
      ...{ unmarked: this.#now.unmarked, waiting: this.#now.listing?.waiting ?? 0 },
      seconds: Math.round((Date.now() - this.#now.startedAt) / 100) / 10,
    };
  }

  async #list(): Promise<void> {
    // What is delivered from now on may not be seen by this listing.
    this.#delivered();
    const listing = await this.#steering.steadily(() => io.listAnnotations(this.#run));
    this.#update({ listing });
  }

  /** @returns whether another pass has to go on */
  async #window(): Promise<boolean> {
    for (let begun = 0; ; ) {
      const shards = await this.#steering.steadily(() =>
        main.annotationShards({ run: this.#run, after: this.#now.after, limit: PAGE }),
      );
      for (const { shard } of shards) {
        await condition(
          () => this.#failure !== undefined || this.#running < this.#steering.control.concurrency,
        );
        if (this.#failure !== undefined) throw this.#failure;
        await this.#steering.whenRunning();
        this.#update({ after: shard });
        this.#start(shard);
        begun += 1;
      }
      await condition(() => this.#running === 0 || this.#failure !== undefined);
      if (this.#failure !== undefined) throw this.#failure;
      if (shards.length > 0) await this.#totals();
      if (begun >= this.#run.shardsAPass || workflowInfo().historyLength > EVENTS_A_PASS) return true;
      if (shards.length < PAGE) return false;
    }
  }

  #start(shard: number): void {
    this.#running += 1;
    this.#steering
      .steadily(() => io.applyAnnotations({ run: this.#run, shard }))
      .then(({ unmarked }) => this.#update({ unmarked: this.#now.unmarked + unmarked }))
      .catch((error: unknown) => {
        this.#failure ??= error;
      })
      .finally(() => {
        this.#running -= 1;
        this.#done += 1;
        this.#steering.show();
      });
  }

  async #totals(): Promise<AnnotationTotals> {
    const totals = await this.#steering.steadily(() => main.annotationTotals(this.#run));
    this.#update({ totals });
    this.#steering.show();
    return totals;
  }

  #update(change: Partial<Omit<Carried, 'run' | 'control'>>): void {
    this.#now = { ...this.#now, ...change };
  }

  #progress(): Omit<Progress, 'paused' | 'concurrency'> {
    const { totals, listing } = this.#now;
    return {
      ...{ type: 'annotations', state: this.#state, source: this.#run.source, counts: totals.counts },
      shards: { done: this.#done, running: this.#running },
      facts: { files: totals.files, records: totals.records, 'too young': listing?.waiting ?? 0 },
    };
  }
}
