import type { Plan } from '../activities/api/backfill.js';
import type { Counts } from '../activities/api.js';
import { NOTHING } from './outcome.js';
import type { PartitionEnd } from './partition-run.js';
import { add } from './partitions.js';

/** How many of the selected partitions ended how. */
export type Ended = Readonly<Record<PartitionEnd['how'], number>>;

/** All partitions, by what they are at the end. */
export type PartitionStates = Readonly<
  Record<'done' | 'failed' | 'cancelled' | 'running' | 'missing', number>
>;

/** What became of the partitions of a plan. */
export class PartitionTally {
  #ended: Ended;
  #items: Counts;

  constructor(
    ended: Ended = { done: 0, failed: 0, cancelled: 0, running: 0 },
    items: Counts = NOTHING.counts,
  ) {
    this.#ended = ended;
    this.#items = items;
  }

  get ended(): Ended {
    return this.#ended;
  }

  /** What the runs of the partitions counted, together. */
  get items(): Counts {
    return this.#items;
  }

  add(end: PartitionEnd): void {
    this.#ended = { ...this.#ended, [end.how]: this.#ended[end.how] + 1 };
    if (end.how === 'done') this.#items = add(this.#items, end.counts);
  }

  /** Of partitions, with those that were not selected. */
  counts({ total, left }: Pick<Plan, 'total' | 'left'>): Counts {
    const { done, failed, cancelled, running } = this.#ended;
    const untouched = left.missing + left.running + left.done + left.failed + left.cancelled;
    return { found: total, done, skipped: untouched + cancelled + running, ignored: 0, quarantined: failed };
  }

  states({ left }: Pick<Plan, 'left'>): PartitionStates {
    const { done, failed, cancelled, running } = this.#ended;
    return {
      done: left.done + done,
      failed: left.failed + failed,
      cancelled: left.cancelled + cancelled,
      running: left.running + running,
      missing: left.missing,
    };
  }
}
