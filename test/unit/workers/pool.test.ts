import { afterEach, describe, expect, it } from 'vitest';
import { createPool, type Pool, type PoolOptions } from '../../../src/workers/pool.js';

let pool: Pool<string, string>;
afterEach(() => pool.close());

const start = (options: Partial<PoolOptions> = {}) => {
  pool = createPool({
    file: new URL('../../support/pool-thread.mjs', import.meta.url),
    threads: 1,
    ...options,
  });
};
const failing = (task: string) => pool.run(task).catch((error: { code: string }) => error.code);

describe('createPool', () => {
  it('runs tasks and throws what they throw', async () => {
    start();
    expect(await pool.run('a')).toBe('a');
    await expect(pool.run('refuse')).rejects.toMatchObject({ code: 'BAD_LUT', detail: 'said so' });
  });

  it.each([
    ['hangs', 'hang', 'TOO_SLOW', { timeoutMs: 500 }],
    ['ends its thread', 'exit', 'THREAD_CRASHED', {}],
    ['fills the heap', 'fill', 'OUT_OF_MEMORY', { heapMb: 32 }],
  ])('loses a task that %s, and no other', async (_, task, code, options) => {
    start(options);
    const results = await Promise.all([pool.run('before'), failing(task), pool.run('after')]);
    expect(results).toEqual(['before', code, 'after']);
  });

  it('starts the clock of a task when a thread takes it', async () => {
    start({ timeoutMs: 1000 });
    const results = await Promise.all([failing('hang'), failing('hang'), pool.run('waited two seconds')]);
    expect(results).toEqual(['TOO_SLOW', 'TOO_SLOW', 'waited two seconds']);
  });

  it('stops at the signal, running or waiting, and goes on with others', async () => {
    start();
    const stop = new AbortController();
    const running = pool.run('never', { signal: stop.signal });
    const waiting = pool.run('b', { signal: stop.signal });
    stop.abort(new Error('enough'));
    await expect(running).rejects.toThrow('enough');
    await expect(waiting).rejects.toThrow('enough');
    await expect(pool.run('c', { signal: stop.signal })).rejects.toThrow('enough');
    expect(await pool.run('d')).toBe('d');
  });
});
