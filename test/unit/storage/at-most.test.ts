import { expect, it } from 'vitest';
import { atMost } from '../../../src/storage/keys.js';

async function* upTo(n: number, between: () => Promise<void> = async () => {}) {
  for (let i = 0; i < n; i++) {
    await between();
    yield i;
  }
}

it('works on all, at most so many at a time', async () => {
  let [running, most] = [0, 0];
  const done: number[] = [];
  const count = await atMost(3, upTo(20), async (i) => {
    most = Math.max(most, ++running);
    await new Promise(setImmediate);
    running--;
    done.push(i);
  });
  expect([count, most]).toEqual([20, 3]);
  expect(done.sort((a, b) => a - b)).toEqual([...Array(20).keys()]);
});

it('throws the first error, also of work that failed while the next item was waited for', async () => {
  let ended = 0;
  const slowly = () => new Promise<void>((done) => setTimeout(done, 5));
  const working = atMost(4, upTo(10, slowly), async (i) => {
    if (i === 2) throw new Error('of item 2');
    await slowly();
    ended++;
  });
  await expect(working).rejects.toThrow('of item 2');
  const then = ended;
  await slowly();
  expect(ended).toBe(then);
});
