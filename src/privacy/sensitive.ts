import { inspect } from 'node:util';

/**
 * A value that may identify a patient: a path below a source, a header value, an original UID. It prints,
 * logs and serialises as `[sensitive]`; only `reveal()` gives the value, so every place that uses it can be
 * found by that word.
 */
export class Sensitive<T> {
  readonly #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  /** The value itself. Never log, throw or serialise what comes back. */
  reveal(): T {
    return this.#value;
  }

  toString(): string {
    return '[sensitive]';
  }

  toJSON(): string {
    return '[sensitive]';
  }

  [Symbol.toPrimitive](): string {
    return '[sensitive]';
  }

  [inspect.custom](): string {
    return '[sensitive]';
  }
}
