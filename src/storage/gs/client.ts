import { createRequire } from 'node:module';
import type { Storage } from '@google-cloud/storage';
import type { GsOptions } from '../open.js';
import { retrying } from '../retry.js';
import { canRetry, gsError } from './errors.js';

export const TRIES = 5;
const FIRST_DELAY_MS = 200;
const require = createRequire(import.meta.url);

type Library = typeof import('@google-cloud/storage');

/** Calls to one bucket: retried, ended by the signal, with errors of the registry. */
export type GsCall = <T>(
  call: (attempt: number) => Promise<T>,
  signal: AbortSignal | undefined,
) => Promise<T>;

/**
 * @param libraryRetries for uploads in parts, which only the library can resume; all else is retried here, at once
 * and within bounds, where the library would wait for seconds.
 */
export function gsClient(options: GsOptions, libraryRetries: boolean): Storage {
  const { emulatorHost, keyFile, tries = TRIES } = options;
  // Loaded with the first bucket: most commands have none, and would wait for it.
  const { IdempotencyStrategy, Storage } = require('@google-cloud/storage') as Library;
  const storage = new Storage({
    retryOptions: {
      autoRetry: libraryRetries,
      maxRetries: tries - 1,
      // Every call here may be repeated: an upload is a whole object, and names its own write.
      idempotencyStrategy: IdempotencyStrategy.RetryAlways,
      retryableErrorFn: canRetry,
    },
    ...(emulatorHost ? { apiEndpoint: withScheme(emulatorHost), projectId: 'emulator' } : {}),
    ...(keyFile && !emulatorHost ? { keyFilename: keyFile } : {}),
  });
  // Where STORAGE_EMULATOR_HOST is set the library takes it for the address of the API itself, path and all.
  if (emulatorHost) storage.baseUrl = `${storage.apiEndpoint}/storage/v1`;
  return storage;
}

export function gsCall(bucket: string, { tries = TRIES }: GsOptions): GsCall {
  return async (call, signal) => {
    try {
      const options = { tries, firstDelayMs: FIRST_DELAY_MS, signal };
      return await retrying((attempt) => until(signal, call(attempt)), canRetry, options);
    } catch (error) {
      signal?.throwIfAborted();
      throw gsError(error, bucket);
    }
  };
}

/** The library cannot be aborted: the caller goes on, and what it still does is forgotten. */
async function until<T>(signal: AbortSignal | undefined, work: Promise<T>): Promise<T> {
  if (signal === undefined) return work;
  let stop = () => {};
  const stopped = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, stopped]);
  } finally {
    signal.removeEventListener('abort', stop);
    work.catch(() => undefined);
  }
}

function withScheme(host: string): string {
  return /^https?:\/\//.test(host) ? host.replace(/\/+$/, '') : `http://${host}`;
}
