/** What activities are given: the two ports, the key, and the machine they run on. Built by `src/workers/deps.ts`. */
import type { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import type { Catalog } from '../catalog/open.js';
import type { Config } from '../config/load.js';
import type { Settings } from '../config/schema.js';
import type { InputPlan } from '../models/prepare.js';
import type {
  Declared,
  ModelDeclaration,
  Prediction,
  Prepared,
  Provider,
  Some,
  Thresholds,
} from '../models/types.js';
import type { Keyring } from '../privacy/keyring.js';
import type { ObjectStore } from '../storage/port.js';
import type { Alert } from '../workers/alert.js';
import type { Metrics } from '../workers/metrics.js';

export interface Deps {
  readonly config: Config;
  readonly keyring: Keyring;
  readonly catalog: Catalog;
  /** The store of what is kept: `config.storage.root`. */
  readonly objects: ObjectStore;
  /** The store of any root URI, the same one for the same URI; closed with the process. */
  store(rootUri: string): ObjectStore;
  /** For asking about runs (describe, list); workflows are steered from workflows. */
  readonly temporal: Client;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Threads for CPU work; they start with the first task. */
  readonly pool: Pool;
  /** The thread that holds the sessions of models; it starts with the first. */
  readonly inference: Inference;
  /** A process of its own for tasks that may end it; it starts with the first task. */
  isolated(): Isolated;
  /** Tells a person, where an address for alerts is configured. Never throws. */
  alert(alert: Alert, signal?: AbortSignal): Promise<boolean>;
  /** Version of the program and, where built with it, its commit: `0.1.0+3f2a91c`. */
  readonly codeVersion: string;
  /** False where the namespace refused the search attributes of `SEARCH_ATTRIBUTES`: runs then do without. */
  readonly searchAttributes: boolean;
}

export interface PoolRunOptions {
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds; without it `limits.time`. */
  readonly timeout?: number | undefined;
}

export interface Pool {
  /** Tasks that run at a time; more wait in the order they came. */
  readonly threads: number;
  /**
   * Runs a task of `src/activities/cpu/tasks.ts` on a thread. Input and output are cloned, but for `input.bytes`:
   * where it fills its ArrayBuffer it moves, and the caller has it no more.
   *
   * @throws CxrError TOO_SLOW after the time limit, OUT_OF_MEMORY, and whatever registered error the task threw;
   * the signal's reason when it aborts
   */
  run<Output>(task: string, input: unknown, options?: PoolRunOptions): Promise<Output>;
  close(): Promise<void>;
}

/** Sessions of models on one thread: inference blocks the thread it runs on. Calls are done in order. */
export interface Inference {
  /** @throws CxrError those of `openModel` (src/models/open-model.ts) */
  open(bytes: Uint8Array, declared: Declared): Promise<OpenedSession>;
  /** @throws CxrError SESSION_LOST when the thread has ended since, and what ended it. */
  infer(
    session: number,
    prepared: readonly Prepared[],
    thresholds?: Some<Thresholds>,
  ): Promise<readonly Prediction[]>;
  release(session: number): Promise<void>;
  close(): Promise<void>;
}

export interface OpenedSession {
  readonly session: number;
  readonly sha256: string;
  readonly declaration: ModelDeclaration;
  readonly provider: Provider;
  readonly batch: number | undefined;
  readonly plan: InputPlan;
}

export interface Isolated {
  /** As `Pool.run`, in the other process. @throws CxrError CRASHED_WORKER when that process ended */
  run<Output>(task: string, input: unknown, options?: PoolRunOptions): Promise<Output>;
  close(): void;
}

/** What the tasks of a thread are given. */
export interface ThreadContext {
  readonly keyring: Keyring;
  readonly settings: Settings;
}

/** A task of a thread: takes and gives what structured cloning carries. */
export type ThreadTask = (input: unknown) => unknown;

/** Activities by the queue that runs them, each under the name that workflows call. */
export interface Activities {
  readonly main: ActivityMap;
  readonly io: ActivityMap;
  readonly cpu: ActivityMap;
  readonly gpu: ActivityMap;
}
/** `never`: functions of any arguments fit. */
export type ActivityMap = Readonly<Record<string, (...args: never[]) => Promise<unknown>>>;
