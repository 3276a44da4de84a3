import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Deps, OpenedSession } from '../../../../src/activities/deps.js';
import { ModelSessions } from '../../../../src/activities/gpu/model-sessions.js';
import { CxrError } from '../../../../src/errors.js';

const bytesOf = (name: string) => Buffer.from(`model ${name}`);
const hashOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** Objects by their name, and an inference that notes what it was asked. */
function site() {
  const asked: string[] = [];
  const objects = new Map<string, Buffer>();
  let sessions = 0;
  let lost = false;
  const deps = {
    store: () => ({
      read: async (key: string) => {
        asked.push(`read ${key}`);
        return objects.get(key) ?? bytesOf(key);
      },
    }),
    inference: {
      open: async (bytes: Uint8Array) => {
        asked.push(`open ${Buffer.from(bytes)}`);
        return { session: ++sessions, sha256: hashOf(bytes) } as OpenedSession;
      },
      infer: async (session: number) => {
        if (lost) {
          lost = false;
          throw new CxrError('THREAD_CRASHED');
        }
        asked.push(`infer ${session}`);
        return [];
      },
      release: async (session: number) => {
        asked.push(`release ${session}`);
      },
    },
  } as unknown as Pick<Deps, 'store' | 'catalog' | 'inference'>;
  return {
    ...{ asked, objects, sessions: new ModelSessions(deps) },
    loseThread: () => {
      lost = true;
    },
  };
}

describe('ModelSessions', () => {
  it('opens a model once, also for those who ask at once', async () => {
    const { sessions, asked } = site();
    const model = await sessions.resolve('file:///m/a');
    expect(model).toMatchObject({ id: `sha256:${hashOf(bytesOf('a')).slice(0, 12)}`, uri: 'file:///m/a' });
    const opened = await Promise.all([1, 2, 3].map(() => sessions.get(model)));
    await opened[0]?.infer([]);
    expect(asked).toEqual(['read a', 'open model a', 'infer 1']);
  });

  it('refuses a file that changed since the run began', async () => {
    const { sessions, objects } = site();
    const model = await sessions.resolve('file:///m/a');
    objects.set('a', Buffer.from('another'));
    await sessions.get(model);
    const fresh = site();
    fresh.objects.set('a', Buffer.from('another'));
    await expect(fresh.sessions.get(model)).rejects.toMatchObject({ code: 'MODEL_CHANGED' });
  });

  it('opens it again when the thread was lost', async () => {
    const { sessions, asked, loseThread } = site();
    const session = await sessions.get(await sessions.resolve('file:///m/a'));
    loseThread();
    await expect(session.infer([])).rejects.toMatchObject({ code: 'THREAD_CRASHED' });
    await session.infer([]);
    expect(asked.slice(-3)).toEqual(['read a', 'open model a', 'infer 2']);
  });

  it('keeps four, and lets the least recently used go', async () => {
    const { sessions, asked } = site();
    const models = [];
    for (const name of ['a', 'b', 'c', 'd']) models.push(await sessions.resolve(`file:///m/${name}`));
    await sessions.get(models[0] as (typeof models)[0]);
    await sessions.resolve('file:///m/e');
    await Promise.resolve();
    expect(asked.filter((line) => line.startsWith('release'))).toEqual(['release 2']);
  });
});
