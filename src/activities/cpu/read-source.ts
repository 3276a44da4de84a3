import { setTimeout as sleep } from 'node:timers/promises';
import { CxrError } from '../../errors.js';
import type { ObjectStore } from '../../storage/port.js';

const TRIES = 3;
const PAUSE_MS = 500;

export interface SourceBytes {
  readonly bytes: Buffer;
  readonly size: number;
  readonly version: string;
}

/**
 * A file of a source, whole and of one moment: what changes while it is read is read again.
 * @throws CxrError VANISHED, CHANGED_WHILE_READ, TOO_LARGE, and those of the store
 */
export async function readSource(
  store: ObjectStore,
  key: string,
  maxBytes: number,
  signal: AbortSignal,
): Promise<SourceBytes> {
  for (let attempt = 1; attempt <= TRIES; attempt++) {
    const before = await store.stat(key);
    if (before === undefined) throw new CxrError('VANISHED');
    if (before.size > maxBytes) throw new CxrError('TOO_LARGE', `${before.size} bytes`);
    const bytes = await store.read(key, { signal, maxBytes });
    const after = await store.stat(key);
    if (after?.version === before.version && bytes.length === before.size) {
      return { bytes, size: before.size, version: before.version };
    }
    await sleep(PAUSE_MS, undefined, { signal });
  }
  throw new CxrError('CHANGED_WHILE_READ', `${TRIES} times`);
}
