import { type ErrorCode, isCxrError } from '../../errors.js';
import type { Prediction, Prepared, Some, Thresholds } from '../../models/types.js';
import type { Deps } from '../deps.js';
import type { ModelSession } from './model-sessions.js';

/** An image to be looked at by a model. */
export interface ImageToPredict {
  readonly id: string;
  /** The file: PNG, JPEG or TIFF. */
  read(signal?: AbortSignal): Promise<Uint8Array>;
  /** Level of white in 16 bits, where known. */
  readonly maxValue?: number | undefined;
}

/** What came of an image: an answer, or why there is none. */
export type Predicted = {
  readonly id: string;
  /** Pixels of the image; undefined where it could not be read. */
  readonly width?: number;
  readonly height?: number;
} & ({ readonly prediction: Exclude<Prediction, { failed: string }> } | { readonly error: ErrorCode });

export interface PredictionOptions {
  readonly batch: number;
  readonly thresholds?: Some<Thresholds> | undefined;
  readonly signal?: AbortSignal | undefined;
}

type Ready = { readonly id: string } & ({ readonly prepared: Prepared } | { readonly error: ErrorCode });

/**
 * Answers on images, a batch at a time and in their order. Files are read and decoded ahead on the threads of the cpu
 * pool, and the next batch waits at the session while one is run, so that it never stands still; three batches are in
 * memory at most.
 *
 * A bad file, or no valid answer, is an `error` of its image. @throws CxrError where the world is broken
 */
export async function* predictions(
  deps: Pick<Deps, 'pool'>,
  session: ModelSession,
  images: Iterable<ImageToPredict> | AsyncIterable<ImageToPredict>,
  options: PredictionOptions,
): AsyncGenerator<readonly Predicted[]> {
  const { thresholds, signal } = options;
  const batch = session.batch ?? options.batch;
  const ahead = Math.max(2 * batch, deps.pool.threads + 1);
  let running: Promise<readonly Predicted[]> | undefined;
  for await (const ready of batches(aheadOf(images, ahead, prepared), batch)) {
    signal?.throwIfAborted();
    const next = answers(session, ready, thresholds);
    // Awaited in the next round: a failure must not count as unhandled until then.
    next.catch(() => {});
    if (running) yield await running;
    running = next;
  }
  if (running) yield await running;

  async function prepared(image: ImageToPredict): Promise<Ready> {
    const { id, maxValue } = image;
    try {
      const bytes = own(await image.read(signal));
      const input = { bytes, plan: session.plan, maxValue };
      return { id, prepared: await deps.pool.run<Prepared>('picture', input, { signal }) };
    } catch (error) {
      if (isCxrError(error) && error.kind === 'file') return { id, error: error.code };
      throw error;
    }
  }
}

async function answers(
  session: ModelSession,
  ready: readonly Ready[],
  thresholds: Some<Thresholds> | undefined,
): Promise<readonly Predicted[]> {
  const good = ready.flatMap((one) => ('prepared' in one ? [one.prepared] : []));
  // Sizes first: the tensors move to the thread of the session.
  const sizes = good.map(({ width, height }) => ({ width, height }));
  const found = good.length > 0 ? await session.infer(good, thresholds) : [];
  let at = 0;
  return ready.map((one): Predicted => {
    if ('error' in one) return one;
    const prediction = found[at] as Prediction;
    const image = { id: one.id, ...sizes[at++] };
    return 'failed' in prediction ? { ...image, error: prediction.failed } : { ...image, prediction };
  });
}

/** Works on up to `ahead` items at a time, and gives the results in order. */
async function* aheadOf<T, R>(
  items: Iterable<T> | AsyncIterable<T>,
  ahead: number,
  work: (item: T) => Promise<R>,
): AsyncGenerator<R> {
  const begun: Promise<R>[] = [];
  const first = () => begun.shift() as Promise<R>;
  for await (const item of items) {
    const result = work(item);
    result.catch(() => {});
    begun.push(result);
    if (begun.length >= ahead) yield await first();
  }
  while (begun.length > 0) yield await first();
}

async function* batches<T>(items: AsyncIterable<T>, size: number): AsyncGenerator<readonly T[]> {
  let part: T[] = [];
  for await (const item of items) {
    part.push(item);
    if (part.length < size) continue;
    yield part;
    part = [];
  }
  if (part.length > 0) yield part;
}

/** Small reads share a buffer of the process: only bytes of their own can move to a thread. */
function own(bytes: Uint8Array): Uint8Array {
  return bytes.length === bytes.buffer.byteLength ? bytes : Uint8Array.from(bytes);
}
