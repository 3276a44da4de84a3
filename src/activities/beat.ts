import { Context } from '@temporalio/activity';

const EVERY_MS = 5_000;

/**
 * Heartbeats every 5 s while `work` runs, with the details it reports, and right away when they change. Beats
 * come from the main thread, so a blocked main thread is noticed as what it is.
 */
export async function beating<T, D>(
  work: (report: (details: D) => void, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const context = Context.current();
  let details: D | undefined;
  const beat = () => context.heartbeat(details);
  const timer = setInterval(beat, EVERY_MS);
  try {
    return await work((now) => {
      details = now;
      beat();
    }, context.cancellationSignal);
  } finally {
    clearInterval(timer);
  }
}
