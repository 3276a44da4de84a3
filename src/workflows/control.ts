/** Why a run waits for a person. */
export interface Pause {
  readonly code: string;
  readonly message: string;
  /** ISO time. */
  readonly since: string;
}

/** What crosses continue-as-new. */
export interface ControlState {
  readonly pause: Pause | undefined;
  readonly concurrency: number;
}

export const MAX_CONCURRENCY = 100;

/** The steering of one run: paused or not, and how many children at once. Plain state; `steer.ts` wires it. */
export class RunControl {
  #pause: Pause | undefined;
  #concurrency: number;

  constructor(state: ControlState) {
    this.#pause = state.pause;
    this.#concurrency = state.concurrency;
  }

  get paused(): Pause | undefined {
    return this.#pause;
  }

  get concurrency(): number {
    return this.#concurrency;
  }

  get state(): ControlState {
    return { pause: this.#pause, concurrency: this.#concurrency };
  }

  /** The first reason stays until `resume`: a second pause does not hide why the run stopped. */
  pause(code: string, message: string, now: number): void {
    this.#pause ??= { code, message, since: new Date(now).toISOString() };
  }

  /** @returns why it had been paused */
  resume(): Pause | undefined {
    const was = this.#pause;
    this.#pause = undefined;
    return was;
  }

  /** @throws RangeError unless 1 to 100, whole */
  setConcurrency(n: number): void {
    const error = concurrencyError(n);
    if (error) throw new RangeError(error);
    this.#concurrency = n;
  }
}

/** What is wrong with a concurrency, or undefined. */
export function concurrencyError(n: unknown): string | undefined {
  if (Number.isInteger(n) && (n as number) >= 1 && (n as number) <= MAX_CONCURRENCY) return undefined;
  return `n: expected a whole number from 1 to ${MAX_CONCURRENCY}, got ${typeof n === 'number' ? n : typeof n}`;
}
