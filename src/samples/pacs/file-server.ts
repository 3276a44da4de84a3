import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, normalize, sep } from 'node:path';

/** How a file is served where its URL asks for it: `…/film.dcm?behave=slow`. */
export const BEHAVIOURS = [
  'slow',
  'stall',
  'fail-once',
  'fail',
  'missing',
  'forbidden',
  'cut-once',
  'endless',
  'html',
  'redirect',
] as const;
export type Behaviour = (typeof BEHAVIOURS)[number];

export interface ServedRequest {
  readonly path: string;
  readonly behave: Behaviour | undefined;
  readonly range: string | undefined;
  readonly status: number;
}

export interface FileServer {
  /** `http://127.0.0.1:8042` */
  readonly url: string;
  /** Every request since the start, in order: the witness of what was downloaded. */
  readonly log: readonly ServedRequest[];
  urlOf(path: string, behave?: Behaviour): string;
  close(): Promise<void>;
}

export interface FileServerOptions {
  /** 0: any free one. */
  readonly port?: number;
  readonly onRequest?: (request: ServedRequest) => void;
  /** Milliseconds between the pieces of a slow answer. */
  readonly pause?: number;
}

/** A small HTTP server of the files of a folder, for tests and the demo; it can misbehave as such servers do. */
export async function startFileServer(folder: string, options: FileServerOptions = {}): Promise<FileServer> {
  const log: ServedRequest[] = [];
  const seen = new Set<string>();
  const server = createServer((request, response) => {
    const note = (status: number, behave: Behaviour | undefined, path: string) => {
      const entry = { path, behave, range: request.headers.range, status };
      log.push(entry);
      options.onRequest?.(entry);
    };
    serve(folder, request, response, { seen, note, pause: options.pause ?? 200 }).catch(() =>
      response.destroy(),
    );
  });
  await listen(server, options.port ?? 0);
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    log,
    urlOf: (path, behave) =>
      `${url}/${path.split('/').map(encodeURIComponent).join('/')}${behave ? `?behave=${behave}` : ''}`,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

interface Serving {
  readonly seen: Set<string>;
  readonly note: (status: number, behave: Behaviour | undefined, path: string) => void;
  readonly pause: number;
}

async function serve(
  folder: string,
  request: IncomingMessage,
  response: ServerResponse,
  { seen, note, pause }: Serving,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const path = decodeURIComponent(url.pathname.slice(1));
  const behave = BEHAVIOURS.find((one) => one === url.searchParams.get('behave'));
  const first = !seen.has(url.href);
  seen.add(url.href);
  const answer = (status: number, headers: Record<string, string | number> = {}) => {
    note(status, behave, path);
    response.writeHead(status, headers);
  };
  const end = (status: number, body = '', headers = {}) => {
    answer(status, headers);
    response.end(body);
  };
  if (behave === 'missing') return end(404, 'gone');
  if (behave === 'forbidden') return end(403, 'no');
  if (behave === 'fail' || (behave === 'fail-once' && first)) return end(503, 'busy');
  if (behave === 'redirect') return end(302, '', { location: url.pathname });
  if (behave === 'html') {
    answer(200, { 'content-type': 'text/html' });
    return void response.end(`<!doctype html><title>Login</title>${' '.repeat(2_000)}`);
  }
  if (behave === 'endless') return endless(response, answer);
  const target = normalize(join(folder, path));
  const found = target.startsWith(folder + sep) ? await stat(target).catch(() => undefined) : undefined;
  if (!found?.isFile()) return end(404);
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
  const headers = { etag: `"${found.mtimeMs}-${found.size}"`, 'content-length': found.size - from };
  if (from > 0) answer(206, { ...headers, 'content-range': `bytes ${from}-${found.size - 1}/${found.size}` });
  else answer(200, headers);
  if (behave === 'stall') return void response.write(Buffer.alloc(16));
  const cut = behave === 'cut-once' && first ? Math.floor(found.size / 2) : undefined;
  for await (const chunk of createReadStream(target, { start: from, ...(cut && { end: cut }) })) {
    if (!response.write(chunk)) await drained(response);
    if (response.destroyed) return;
    if (behave === 'slow') await new Promise((go) => setTimeout(go, pause));
  }
  if (cut) response.destroy();
  else response.end();
}

/** Resolved once more can be written, or nobody listens any more. */
function drained(response: ServerResponse): Promise<void> {
  return new Promise((go) => {
    const done = () => {
      response.off('drain', done).off('close', done);
      go();
    };
    response.on('drain', done).on('close', done);
  });
}

/** Begins like DICOM and never ends. */
async function endless(response: ServerResponse, answer: (status: number) => void): Promise<void> {
  answer(200);
  const head = Buffer.alloc(132);
  head.write('DICM', 128, 'latin1');
  response.write(head);
  const piece = Buffer.alloc(65_536);
  while (!response.destroyed) if (!response.write(piece)) await drained(response);
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((done, fail) => {
    server.once('error', fail);
    server.listen(port, '127.0.0.1', () => done());
  });
}
