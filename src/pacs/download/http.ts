import { lookup as systemLookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { Agent, type Dispatcher, request } from 'undici';
import { CxrError } from '../../errors.js';
import type { Body } from './body.js';
import { Trouble } from './trouble.js';

export interface HttpOptions {
  /** Whether a server at this address may be asked. */
  readonly allowed: (address: string) => boolean;
  /** Followed at most so many times, each checked like the first address. */
  readonly redirects: number;
  /** Milliseconds without a byte. */
  readonly idleMs: number;
  /** For tests. */
  readonly lookup?: LookupFunction;
}

export interface HttpClient {
  /**
   * The content of a URL into `body`; a connection that breaks goes on at its last byte where the server names the
   * version of the file.
   * @throws CxrError DOWNLOAD_REFUSED, NOT_FOUND, and those of `body`; Trouble; the signal's reason
   */
  get(url: string, body: Body, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** Times that one download goes on after a broken connection: a server that sends a byte at a time is no server. */
const MOST_RESUMES = 16;
const REFUSED = 'ERR_CXR_REFUSED';
/** Codes of sockets, TLS, DNS, and the client. */
const PASSING = /^(?:E|UND_ERR_|ERR_|HPE_|UNABLE_|CERT_|SELF_|DEPTH_)[A-Z0-9_]{2,60}$/;

/**
 * A client that connects to allowed addresses only. Names are resolved once for each connection and the connection
 * goes to the address that was checked, so a name that changes its address in between (DNS rebinding) gains nothing.
 */
export function createHttpClient(options: HttpOptions): HttpClient {
  const agent = new Agent({
    connect: { lookup: checkedLookup(options), timeout: options.idleMs },
    headersTimeout: options.idleMs,
    bodyTimeout: options.idleMs,
    maxHeaderSize: 16_384,
    pipelining: 1,
  });
  return {
    get: (url, body, signal) => download(agent, options, url, body, signal),
    close: () => agent.destroy(),
  };
}

async function download(
  agent: Agent,
  options: HttpOptions,
  url: string,
  body: Body,
  signal: AbortSignal,
): Promise<void> {
  let version: string | undefined;
  for (let resumes = 0; ; resumes++) {
    const before = body.bytes;
    try {
      const response = await ask(
        agent,
        options,
        url,
        before > 0 ? { from: before, version } : undefined,
        signal,
      );
      if (response.statusCode !== 206) body.restart();
      version = versionOf(response);
      await receive(response, body);
      return;
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof CxrError) throw error;
      const trouble = asTrouble(error);
      // Only a connection that broke after it brought something goes on at once; a server that fell silent waits.
      const silent = trouble.detail.endsWith('TIMEOUT');
      if (silent || version === undefined || body.bytes <= before || resumes === MOST_RESUMES) {
        body.restart();
        throw trouble;
      }
    }
  }
}

async function ask(
  agent: Agent,
  { allowed, redirects }: HttpOptions,
  start: string,
  resume: { readonly from: number; readonly version: string | undefined } | undefined,
  signal: AbortSignal,
): Promise<Dispatcher.ResponseData> {
  let url = checkedUrl(start, allowed);
  for (let hop = 0; ; hop++) {
    const response = await request(url, {
      dispatcher: agent,
      signal,
      headers: {
        'accept-encoding': 'identity',
        ...(resume && { range: `bytes=${resume.from}-`, 'if-range': resume.version ?? '' }),
      },
    });
    const { statusCode, headers } = response;
    const plain = !headers['content-encoding'] || headers['content-encoding'] === 'identity';
    if (plain && statusCode === 200) return response;
    if (plain && statusCode === 206 && resume && startsAt(headers, resume.from)) return response;
    response.body.on('error', () => undefined).destroy();
    if (!plain && statusCode < 300)
      throw new CxrError('DOWNLOAD_FAILED', 'the server compresses it though it was asked not to');
    const location = headers.location;
    if (statusCode >= 300 && statusCode < 400 && typeof location === 'string') {
      if (hop >= redirects) throw new CxrError('DOWNLOAD_REFUSED', 'a redirect');
      const next = checkedUrl(URL.canParse(location, url.href) ? new URL(location, url).href : '', allowed);
      if (url.protocol === 'https:' && next.protocol === 'http:')
        throw new CxrError('DOWNLOAD_REFUSED', 'a redirect from https to http');
      url = next;
      continue;
    }
    if (statusCode === 404 || statusCode === 410) throw new CxrError('NOT_FOUND', `HTTP ${statusCode}`);
    const passes = statusCode >= 500 || [206, 408, 416, 425, 429].includes(statusCode);
    if (passes) throw new Trouble(`HTTP ${statusCode}`);
    throw new CxrError('DOWNLOAD_FAILED', `HTTP ${statusCode}`);
  }
}

async function receive(response: Dispatcher.ResponseData, body: Body): Promise<void> {
  const announced = Number(response.headers['content-length']);
  if (Number.isFinite(announced)) body.expect(body.bytes + announced);
  try {
    for await (const chunk of response.body) body.add(chunk as Uint8Array);
  } catch (error) {
    response.body.on('error', () => undefined).destroy();
    throw error;
  }
}

function checkedUrl(text: string, allowed: (address: string) => boolean): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:'))
    throw new CxrError('DOWNLOAD_REFUSED', 'not a URL of http or https');
  if (url.username !== '' || url.password !== '')
    throw new CxrError('DOWNLOAD_REFUSED', 'a URL with user and password');
  // A literal address is not looked up, so it is checked here; a URL writes every form of it in one.
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) !== 0 && !allowed(host)) throw new CxrError('DOWNLOAD_REFUSED', 'a private address');
  return url;
}

function checkedLookup({ allowed, lookup = systemLookup as LookupFunction }: HttpOptions): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      const addresses = typeof found === 'string' ? [] : found;
      if (error || addresses.length === 0) {
        callback(error ?? Object.assign(new Error('no address'), { code: 'ENOTFOUND' }), '', 0);
        return;
      }
      // A name with one private address among others is a trick, or a mistake.
      const first = addresses[0];
      if (first === undefined || !addresses.every(({ address }) => allowed(address)))
        callback(Object.assign(new Error('refused'), { code: REFUSED }), '', 0);
      else if (options.all) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}

/** What tells that a file is still the same: a strong ETag (RFC 9110 8.8.1), else its time. */
function versionOf({ headers }: Dispatcher.ResponseData): string | undefined {
  const { etag, 'last-modified': modified } = headers;
  if (typeof etag === 'string' && !etag.startsWith('W/')) return etag;
  return typeof modified === 'string' ? modified : undefined;
}

function startsAt(headers: Dispatcher.ResponseData['headers'], from: number): boolean {
  const range = headers['content-range'];
  return typeof range === 'string' && range.startsWith(`bytes ${from}-`);
}

/** @throws CxrError DOWNLOAD_REFUSED; what is no fault of the network, as it is */
function asTrouble(error: unknown): Trouble {
  if (error instanceof Trouble) return error;
  for (let at = error, depth = 0; at instanceof Error && depth < 5; depth++) {
    const { code } = at as NodeJS.ErrnoException;
    if (code === REFUSED) throw new CxrError('DOWNLOAD_REFUSED', 'a private address');
    if (typeof code === 'string' && PASSING.test(code)) return new Trouble(code, { cause: error });
    // The client gives it no code.
    if (at.name === 'HTTPParserError') return new Trouble('not HTTP', { cause: error });
    at = at instanceof AggregateError ? at.errors[0] : at.cause;
  }
  throw error;
}
