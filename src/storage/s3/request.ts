import { AsyncLocalStorage } from 'node:async_hooks';
import { createHash } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import { createRequire } from 'node:module';
import { CxrError } from '../../errors.js';
import { collect } from '../limit.js';
import type { S3Options } from '../open.js';
import { retrying } from '../retry.js';
import { BusyError, canRetry, isBusy, s3Error } from './errors.js';

export interface S3Request {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  readonly name?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
  readonly signal?: AbortSignal | undefined;
}
export type S3Answer = http.IncomingMessage;

/** Signed requests to one bucket, retried, with errors of the registry. */
export interface S3Requests {
  /** The body must be read or destroyed. `attempt` tells the caller of an earlier try whose answer was lost. */
  send(request: S3Request, onAttempt?: (attempt: number) => void): Promise<S3Answer>;
  /** The whole body as text. */
  text(
    request: S3Request,
    onAttempt?: (attempt: number) => void,
  ): Promise<{ body: string; answer: S3Answer }>;
  close(): void;
}

const require = createRequire(import.meta.url);
const TRIES = 5;
const FIRST_DELAY_MS = 200;
const IDLE_MS = 30_000;
const OK = [200, 204, 206];

/**
 * The MinIO client signs and addresses; its own calls on top are not used: its listing turns numeric keys into
 * numbers, its multipart upload joins another writer's, its retry prints to the console.
 */
export function s3Requests(bucket: string, options: S3Options): S3Requests {
  const { endpoint = 'https://s3.amazonaws.com', accessKey, secretKey, region } = options;
  const url = endpointUrl(endpoint);
  const tls = url.protocol === 'https:';
  const agent = tls ? new https.Agent({ keepAlive: true }) : new http.Agent({ keepAlive: true });
  const signals = new AsyncLocalStorage<AbortSignal | undefined>();
  // Loaded with the first bucket: most commands have none, and would wait for it.
  const { Client } = require('minio') as typeof import('minio');
  const client = new Client({
    endPoint: url.hostname,
    useSSL: tls,
    ...(url.port ? { port: Number(url.port) } : {}),
    ...(accessKey && secretKey ? { accessKey, secretKey } : {}),
    // Without it the client asks for the bucket's region first; only AWS has several.
    ...(region || options.endpoint ? { region: region || 'us-east-1' } : {}),
    pathStyle: true,
    transportAgent: agent,
    retryOptions: { disableRetry: true },
    transport: transport(tls ? https : http, options.idleMs ?? IDLE_MS, () => signals.getStore()),
  });

  const once = async <T>(request: S3Request, read: (answer: S3Answer) => Promise<T>): Promise<T> => {
    const { method, name, query = {}, headers, body = '' } = request;
    const payload =
      typeof body === 'string' ? body : Buffer.from(body.buffer, body.byteOffset, body.byteLength);
    const answer = await client.makeRequestAsync(
      {
        method,
        bucketName: bucket,
        ...(name === undefined ? {} : { objectName: name }),
        // Sorted and escaped as the signature wants it.
        query: Object.keys(query)
          .sort()
          .map((key) => `${key}=${escapeUri(query[key] ?? '')}`)
          .join('&'),
        headers: { ...headers, ...(tls && payload.length > 0 ? { 'content-md5': md5(payload) } : {}) },
      },
      payload as string,
      OK,
    );
    return read(answer);
  };

  const retried = async <T>(
    request: S3Request,
    read: (answer: S3Answer) => Promise<T>,
    onAttempt: (attempt: number) => void = () => undefined,
  ): Promise<T> => {
    const { signal } = request;
    if (signal) setMaxListeners(0, signal);
    try {
      return await retrying(
        (attempt) => {
          onAttempt(attempt);
          return signals.run(signal, () => once(request, read));
        },
        canRetry,
        { tries: options.tries ?? TRIES, firstDelayMs: FIRST_DELAY_MS, signal },
      );
    } catch (error) {
      signal?.throwIfAborted();
      const known = s3Error(error, bucket);
      if (known instanceof CxrError && known.code === 'STORAGE_DENIED' && !(accessKey && secretKey))
        throw new CxrError('STORAGE_LOGIN', `s3://${bucket} no credentials given`);
      throw known;
    }
  };

  return {
    send: (request, onAttempt) => retried(request, async (answer) => answer, onAttempt),
    text: (request, onAttempt) =>
      retried(request, async (answer) => ({ body: (await collect(answer)).toString(), answer }), onAttempt),
    close: () => agent.destroy(),
  };
}

function endpointUrl(endpoint: string): URL {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (url?.username || url?.password) throw new CxrError('CREDENTIALS_IN_URL', 'the S3 endpoint');
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.pathname !== '/' || url.search)
    throw new CxrError('BAD_INPUT', 'the S3 endpoint: expected http(s)://host:port');
  return url;
}

/** `http.request` with the caller's signal, a limit on silence, and busy answers as errors. */
function transport(from: typeof http | typeof https, idleMs: number, signal: () => AbortSignal | undefined) {
  const request = (options: http.RequestOptions, done: (answer: S3Answer) => void): http.ClientRequest => {
    const stop = signal();
    const sent = from.request(
      { ...options, timeout: idleMs, ...(stop ? { signal: stop } : {}) },
      (answer) => {
        if (!isBusy(answer.statusCode)) return done(answer);
        answer.resume();
        sent.emit('error', new BusyError(answer.statusCode ?? 0));
      },
    );
    return sent.on('timeout', () => sent.destroy(Object.assign(new Error('silent'), { code: 'ETIMEDOUT' })));
  };
  // The one form of the call that the client makes.
  return { request: request as typeof http.request };
}

/** Over TLS the client does not sign the bytes; this lets the store refuse what was damaged on the way. */
function md5(payload: Buffer | string): string {
  return createHash('md5').update(payload).digest('base64');
}

export function escapeUri(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
