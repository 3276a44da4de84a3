/**
 * Results of `work` in the order of the items, at most `limit` under way: what comes next is being made while what is
 * here is used, and no more than that is held. A failure is thrown where its result would have been, after what runs has
 * ended.
 */
export async function* ahead<T, R>(
  items: AsyncIterable<T> | Iterable<T>,
  limit: number,
  work: (item: T) => Promise<R>,
): AsyncGenerator<R> {
  const running: Promise<R>[] = [];
  try {
    for await (const item of items) {
      const one = work(item);
      // Looked at when its turn comes; until then it must not count as unhandled.
      one.catch(() => {});
      running.push(one);
      if (running.length >= limit) yield await (running.shift() as Promise<R>);
    }
    for (let next = running.shift(); next; next = running.shift()) yield await next;
  } finally {
    await Promise.allSettled(running);
  }
}
