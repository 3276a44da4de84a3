import { CancellationScope, condition, isCancellation, workflowInfo } from '@temporalio/workflow';
import type { RunBase } from '../activities/api/run.js';
import type { Halt, RunSettings, RunType } from '../activities/api.js';
import type { ControlState, Pause } from './control.js';
import { RunControl } from './control.js';
import type { Inputs } from './input.js';
import { NOTHING } from './outcome.js';
import { main } from './stages.js';
import { steadily } from './steadily.js';
import { causeOf, label, type Progress, showDetails, steer, whenRunning } from './steer.js';

/** A run that people can see and steer: what every workflow that stands alone has in common. */
export class RunSteering {
  readonly control: RunControl;
  readonly #progress: () => Omit<Progress, 'paused' | 'concurrency'>;

  constructor(
    state: ControlState,
    progress: () => Omit<Progress, 'paused' | 'concurrency'>,
    onResume?: (was: Pause) => void,
  ) {
    this.control = new RunControl(state);
    this.#progress = progress;
    steer(this.control, () => this.progress(), onResume);
  }

  progress(): Progress {
    const own = this.#progress();
    const paused = this.control.paused;
    return { ...own, state: paused ? 'paused' : own.state, paused, concurrency: this.control.concurrency };
  }

  show(): void {
    showDetails(this.progress());
  }

  whenRunning(): Promise<void> {
    return whenRunning(this.control);
  }

  /** Pauses the run, tells whoever listens for alerts once, and waits for `resume`. */
  async pauseFor(halt: Halt): Promise<void> {
    const first = this.control.paused === undefined;
    this.control.pause(halt.code, halt.message, Date.now());
    this.show();
    if (first) await main.alert({ kind: 'paused', workflowId: workflowInfo().workflowId, ...halt });
    await this.whenRunning();
    this.show();
  }

  /** A step that pauses the run instead of failing it, for as long as the world is broken. */
  async steadily<T>(step: () => Promise<T>): Promise<T> {
    await this.whenRunning();
    return steadily(step, (halt) => this.pauseFor(halt));
  }

  /** A child stage that reports a halt as its result; runs again after every `resume`. */
  async halting<T extends object>(
    stage: () => Promise<T>,
    onHalt: (result: T) => void = () => {},
  ): Promise<T> {
    for (;;) {
      await this.whenRunning();
      const result = await stage();
      const halt = (result as { halt?: Halt }).halt;
      if (!halt) return result;
      onHalt(result);
      await this.pauseFor(halt);
    }
  }
}

/** A run, and what people have set of it. */
export interface Opened<R extends RunBase = RunSettings> {
  readonly run: R;
  readonly control: ControlState;
}

/** Opens a run. It answers from its first moment, since opening waits for a broken world; what is set then stays. */
export async function opening<R extends RunBase>(type: string, open: () => Promise<R>): Promise<Opened<R>> {
  const steering = new RunSteering({ pause: undefined, concurrency: 0 }, () => ({
    type,
    state: 'starting',
    counts: NOTHING.counts,
  }));
  const run = await steering.steadily(open);
  const { pause, concurrency } = steering.control.state;
  return { run, control: { pause, concurrency: concurrency || run.concurrency } };
}

/** Opens an ingest, or one of its stages. */
export function openRun(type: RunType, input: Inputs[RunType]): Promise<Opened> {
  return opening(type, () => main.openRun({ type, input }));
}

/** The steering of a child that works on one shard: it answers like its parent, for itself alone. */
export function shardSteering(
  type: string,
  { run, shard }: { run: RunSettings; shard: number },
): RunSteering {
  label(run, type);
  return new RunSteering({ pause: undefined, concurrency: 1 }, () => ({
    type,
    state: 'running',
    source: run.source,
    counts: NOTHING.counts,
    waiting: `Works on shard ${shard}; its parent counts`,
  }));
}

/**
 * Runs the body of a run. A run that ends any other way than by its result is put in order first, and before that
 * what it has under way ends: a step that still worked would write into what is being removed.
 * @param idle whether nothing of the run is under way any more
 */
export async function orAbandon<T>(
  run: RunBase,
  body: () => Promise<T>,
  idle: () => boolean = () => true,
): Promise<T> {
  const scope = new CancellationScope();
  try {
    return await scope.run(body);
  } catch (error) {
    await CancellationScope.nonCancellable(async () => {
      scope.cancel();
      await condition(idle);
      await main.abandonRun({ run, reason: isCancellation(error) ? 'cancelled' : 'failed' });
      const cause = causeOf(error);
      if (cause) await main.alert({ kind: 'failed', workflowId: workflowInfo().workflowId, ...cause });
    });
    throw error;
  }
}
