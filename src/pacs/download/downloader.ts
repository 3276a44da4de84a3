import { setTimeout as sleep } from 'node:timers/promises';
import { CxrError } from '../../errors.js';
import { addressPolicy } from './addresses.js';
import { Body } from './body.js';
import { readFolder } from './folder.js';
import { createHttpClient } from './http.js';
import { Slots } from './slots.js';
import { inWords, Trouble } from './trouble.js';

export interface DownloadOptions {
  /** Downloads at a time, of all who share this downloader. */
  readonly atOnce: number;
  readonly maxBytes: number;
  /** Milliseconds without a byte. */
  readonly idle: number;
  /** Milliseconds of one file, without the waits between tries. */
  readonly total: number;
  readonly roots: readonly string[];
  readonly privateAddresses: readonly string[];
  readonly redirects: number;
  /** Further tries, and the wait before the first of them (milliseconds), doubling. */
  readonly retry: { readonly tries: number; readonly first: number };
  /** Whether these first bytes begin a file of the kind asked for. */
  readonly accept: (head: Uint8Array) => boolean;
  /** An object of `s3://` or `gs://` into the body. */
  readonly object: (uri: string, body: Body, signal: AbortSignal) => Promise<void>;
}

export interface Downloader {
  /**
   * A file by `http(s)://`, `file://`, `s3://`, `gs://`, or a path below a configured folder.
   *
   * @throws CxrError DOWNLOAD_FAILED after the last try, DOWNLOAD_REFUSED, NOT_FOUND, UNREADABLE, TOO_LARGE, NOT_DICOM;
   * the signal's reason
   */
  get(place: string, signal: AbortSignal): Promise<Buffer>;
  close(): Promise<void>;
}

export function createDownloader(options: DownloadOptions): Downloader {
  const http = createHttpClient({
    allowed: addressPolicy(options.privateAddresses),
    redirects: options.redirects,
    idleMs: options.idle,
  });
  const slots = new Slots(options.atOnce);

  const once = async (place: string, signal: AbortSignal): Promise<Buffer> => {
    const body = new Body(options.maxBytes, options.accept);
    const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(place)?.[1]?.toLowerCase();
    if (scheme === 'http' || scheme === 'https') await http.get(place, body, signal);
    else if (scheme === 's3' || scheme === 'gs') await options.object(place, body, signal);
    else if (scheme === 'file' || scheme === undefined) await readFolder(place, options.roots, body, signal);
    else throw new CxrError('DOWNLOAD_REFUSED', 'a scheme other than http, https, file, s3, gs');
    return body.end();
  };

  const timed = async (place: string, signal: AbortSignal): Promise<Buffer> => {
    const timeout = AbortSignal.timeout(options.total);
    try {
      return await once(place, AbortSignal.any([signal, timeout]));
    } catch (error) {
      signal.throwIfAborted();
      if (timeout.aborted)
        throw new Trouble(`not done in ${Math.round(options.total / 1000)} s`, { cause: error });
      throw error;
    }
  };

  return {
    async get(place, signal) {
      let wait = options.retry.first;
      for (let tries = 0; ; tries++) {
        try {
          return await slots.run(() => timed(place, signal));
        } catch (error) {
          signal.throwIfAborted();
          if (!(error instanceof Trouble)) throw error;
          if (tries === options.retry.tries)
            throw new CxrError('DOWNLOAD_FAILED', `${inWords(error.detail)}, tried ${tries + 1} times`, {
              cause: error,
            });
          // Outside the slot: one that waits holds nobody up.
          await sleep(wait, undefined, { signal });
          wait *= 2;
        }
      }
    },
    close: () => http.close(),
  };
}
