import { setMaxListeners } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import type { Storage } from '@google-cloud/storage';

/** A connection silent for this long is given up. */
const IDLE_MS = 30_000;

/**
 * Opens the bytes of an object. The library only signs here: its own read stream neither ends nor fails when a
 * connection is cut in the middle of an object (7.22), and cannot be aborted.
 */
export interface Media {
  /**
   * @returns the answer, or undefined for a range at or past the end
   * @throws errors of the network; `{code: status}` for other answers
   */
  get(name: string, options: MediaOptions): Promise<http.IncomingMessage | undefined>;
  close(): void;
}

interface MediaOptions {
  readonly headers: Readonly<Record<string, string>>;
  /** Undefined: the newest. */
  readonly generation: string | undefined;
  readonly signal: AbortSignal | undefined;
}

export function gsMedia(storage: Storage, bucket: string, emulated: boolean): Media {
  const base = `${storage.apiEndpoint}/storage/v1/b/${encodeURIComponent(bucket)}/o/`;
  const from = base.startsWith('https:') ? https : http;
  const agent = new from.Agent({ keepAlive: true });

  return {
    async get(name, { headers, generation, signal }) {
      const which = generation === undefined ? '' : `&generation=${encodeURIComponent(generation)}`;
      const url = `${base}${encodeURIComponent(name)}?alt=media${which}`;
      const login = emulated ? {} : await storage.authClient.getRequestHeaders(url);
      if (signal) setMaxListeners(0, signal);
      return new Promise((done, fail) => {
        const options = {
          agent,
          timeout: IDLE_MS,
          // Bytes as they are stored, where an object is stored as gzip.
          headers: { ...login, 'accept-encoding': 'gzip', ...headers },
          ...(signal ? { signal } : {}),
        };
        const request = from.get(url, options, (answer) => {
          const status = answer.statusCode ?? 0;
          if (status === 200 || status === 206) return done(answer);
          answer.resume();
          if (status === 416) return done(undefined);
          fail(Object.assign(new Error(`HTTP ${status}`), { code: status }));
        });
        request.on('error', fail);
        request.on('timeout', () =>
          request.destroy(Object.assign(new Error('silent'), { code: 'ETIMEDOUT' })),
        );
      });
    },
    close: () => agent.destroy(),
  };
}
