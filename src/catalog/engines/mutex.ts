import { CxrError } from '../../errors.js';

/** One holder at a time, in the order asked. */
export class Mutex {
  #tail: Promise<void> = Promise.resolve();

  /**
   * @returns the function that lets go; calling it twice is harmless.
   * @throws CxrError CATALOG_BUSY when the turn does not come within `timeoutMs`: a caller that asks again
   * while it holds (a query on `db` inside a transaction) fails instead of hanging.
   */
  async acquire(timeoutMs: number): Promise<() => void> {
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const before = this.#tail;
    this.#tail = before.then(() => held);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'late'>((resolve) => {
      timer = setTimeout(() => resolve('late'), timeoutMs);
    });
    const turn = await Promise.race([before, late]);
    clearTimeout(timer);
    if (turn === 'late') {
      release();
      throw new CxrError('CATALOG_BUSY', `waited ${timeoutMs / 1000} s for its one connection`);
    }
    return release;
  }
}
