import { expect } from 'vitest';
import type { ErrorCode } from '../../src/errors.js';
import type { ObjectStore } from '../../src/storage/port.js';

/** As a path below a source may look: it must be in no error. */
export const SECRET_KEY = 'DOE^JOHN/1975-04-01.dcm';

/** Every call fails with this code, and no error, however printed, holds the key. */
export async function everyCallFails(store: ObjectStore, code: ErrorCode): Promise<void> {
  const calls: Record<string, () => Promise<unknown>> = {
    check: () => store.check(),
    list: async () => {
      for await (const one of store.list()) throw new Error(`listed ${one.size}`);
    },
    stat: () => store.stat(SECRET_KEY),
    read: () => store.read(SECRET_KEY),
    readStream: () => store.readStream(SECRET_KEY),
    write: () => store.write(SECRET_KEY, Buffer.from('x')),
    ifAbsent: () => store.write(SECRET_KEY, Buffer.from('x'), { ifAbsent: true }),
    move: () => store.move(SECRET_KEY, 'elsewhere'),
    deletePrefix: () => store.deletePrefix(''),
  };
  const results: Record<string, unknown> = {};
  for (const [name, call] of Object.entries(calls)) {
    const error = await call().then(
      () => undefined,
      (reason: unknown) => reason,
    );
    results[name] = (error as { code?: unknown } | undefined)?.code ?? error;
    expectNoSecret(error);
  }
  expect(results).toEqual(Object.fromEntries(Object.keys(calls).map((name) => [name, code])));
}

/** Looks at what any logger or history could print of an error: message, stack, causes, all properties. */
export function expectNoSecret(error: unknown): void {
  const seen: string[] = [];
  for (let at = error; at instanceof Error; at = at.cause)
    seen.push(
      at.message,
      at.stack ?? '',
      JSON.stringify(Object.getOwnPropertyNames(at).map((n) => Reflect.get(at as object, n))),
    );
  expect(seen.join('\n')).not.toMatch(/DOE|1975|cxrflow-test-secret/);
}
