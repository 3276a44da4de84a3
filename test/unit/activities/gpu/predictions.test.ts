import { describe, expect, it } from 'vitest';
import type { Pool } from '../../../../src/activities/deps.js';
import type { ModelSession } from '../../../../src/activities/gpu/model-sessions.js';
import {
  type ImageToPredict,
  type Predicted,
  predictions,
} from '../../../../src/activities/gpu/predictions.js';
import { CxrError } from '../../../../src/errors.js';
import type { Prepared } from '../../../../src/models/types.js';

const PLAN = { width: 1, height: 1, channels: 1, layout: 'nchw' } as unknown as ModelSession['plan'];

/** A pool and a session that tell how much was under way. */
function fakes({ batch, slow = false }: { batch?: number; slow?: boolean } = {}) {
  const seen = { preparing: 0, mostPreparing: 0, batches: [] as number[], inferring: 0, mostInferring: 0 };
  let finish = () => {};
  const gate = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const pool: Pool = {
    threads: 2,
    run: async <Output>(_: string, input: unknown) => {
      seen.mostPreparing = Math.max(seen.mostPreparing, ++seen.preparing);
      await Promise.resolve();
      seen.preparing--;
      const [value] = (input as { bytes: Uint8Array }).bytes;
      if (value === 255) throw new CxrError('DECODE_FAILED');
      return { tensor: Float32Array.of(value as number), width: value, height: 1 } as Output;
    },
    close: async () => {},
  };
  const session = {
    ...{ batch, plan: PLAN },
    infer: async (prepared: readonly Prepared[]) => {
      seen.batches.push(prepared.length);
      seen.mostInferring = Math.max(seen.mostInferring, ++seen.inferring);
      if (slow) await gate;
      seen.inferring--;
      return prepared.map(({ tensor }) => {
        const score = tensor[0] as number;
        return score === 99 ? { failed: 'MODEL_OUTPUT' as const } : { scores: [score] };
      });
    },
  } as unknown as ModelSession;
  return { pool, session, seen, finish };
}

const image = (value: number, error?: unknown): ImageToPredict => ({
  id: `i${value}`,
  read: async () => {
    if (error) throw error;
    return Uint8Array.of(value);
  },
});

async function all(parts: AsyncIterable<readonly Predicted[]>): Promise<Predicted[]> {
  const list: Predicted[] = [];
  for await (const part of parts) list.push(...part);
  return list;
}

describe('predictions', () => {
  it('answers in order, in batches of the size asked for, or of the model where it fixes one', async () => {
    const images = Array.from({ length: 11 }, (_, i) => image(i));
    for (const [own, wanted] of [
      [undefined, [4, 4, 3]],
      [2, [2, 2, 2, 2, 2, 1]],
    ] as const) {
      const { pool, session, seen } = fakes(own ? { batch: own } : {});
      const found = await all(predictions({ pool }, session, images, { batch: 4 }));
      expect(found).toEqual(
        images.map(({ id }, i) => ({ id, width: i, height: 1, prediction: { scores: [i] } })),
      );
      expect(seen.batches).toEqual(wanted);
    }
  });

  it('tells of bad images where they stand, and answers the others', async () => {
    const { pool, session } = fakes();
    const images = [image(1), image(255), image(2, new CxrError('NOT_FOUND')), image(99), image(3)];
    const found = await all(predictions({ pool }, session, images, { batch: 2 }));
    expect(found.map((one) => ('error' in one ? one.error : one.prediction))).toEqual([
      { scores: [1] },
      'DECODE_FAILED',
      'NOT_FOUND',
      'MODEL_OUTPUT',
      { scores: [3] },
    ]);
  });

  it('throws where the world is broken', async () => {
    const { pool, session } = fakes();
    const images = [image(1), image(2, new CxrError('STORAGE_UNREACHABLE')), image(3)];
    await expect(all(predictions({ pool }, session, images, { batch: 2 }))).rejects.toMatchObject({
      code: 'STORAGE_UNREACHABLE',
    });
  });

  it('reads ahead, but no further than it must, while the session is at work', async () => {
    const { pool, session, seen, finish } = fakes({ slow: true });
    let taken = 0;
    function* endless() {
      for (;;) yield image(taken++ % 50);
    }
    const parts = predictions({ pool }, session, endless(), { batch: 4 });
    const first = parts.next();
    // Everything that can go on without the session has gone on.
    for (let i = 0; i < 200; i++) await Promise.resolve();
    await new Promise((resolve) => setImmediate(resolve));
    expect(seen.mostInferring).toBe(2);
    expect(taken).toBeLessThanOrEqual(2 * 4 + 2 * 4);
    finish();
    expect((await first).value).toHaveLength(4);
    await parts.return(undefined);
  });

  it('stops when it is cancelled', async () => {
    const { pool, session } = fakes();
    const stop = new AbortController();
    const images = Array.from({ length: 20 }, (_, i) => image(i));
    const run = async () => {
      for await (const _ of predictions({ pool }, session, images, { batch: 2, signal: stop.signal }))
        stop.abort();
    };
    await expect(run()).rejects.toMatchObject({ name: 'AbortError' });
  });
});
