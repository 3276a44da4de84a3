import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type LookupFunction } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { addressPolicy } from '../../../src/pacs/download/addresses.js';
import { Body } from '../../../src/pacs/download/body.js';
import { createDownloader, type DownloadOptions } from '../../../src/pacs/download/downloader.js';
import { createHttpClient } from '../../../src/pacs/download/http.js';
import { Slots } from '../../../src/pacs/download/slots.js';
import { temporaryFolder } from '../../support/servers/process.js';

describe('addresses', () => {
  const open = addressPolicy([]);
  it.each([
    ...['127.0.0.1', '10.1.2.3', '172.31.0.1', '192.168.0.1', '169.254.169.254', '100.64.0.1', '0.0.0.0'],
    ...['224.0.0.1', '255.255.255.255', '::1', '::', 'fd00::1', 'fe80::1', 'ff02::1', '2001:db8::1'],
    ...['::ffff:127.0.0.1', '::ffff:a01:203', '64:ff9b::7f00:1', '2002:7f00:1::', 'not an address'],
  ])('%s is not public', (address) => {
    expect(open(address)).toBe(false);
  });
  it.each(['93.184.216.34', '8.8.8.8', '172.32.0.1', '2606:2800:220:1::1', '::ffff:8.8.8.8'])(
    '%s is public',
    (address) => {
      expect(open(address)).toBe(true);
    },
  );
  it('are allowed where the configuration names them, and no others', () => {
    const some = addressPolicy(['10.1.0.0/16', '127.0.0.1', 'fd00::/8']);
    expect(['10.1.2.3', '127.0.0.1', 'fd12::1', '::ffff:10.1.0.9'].map(some)).toEqual([
      true,
      true,
      true,
      true,
    ]);
    expect(['10.2.0.1', '127.0.0.2', 'fe80::1'].map(some)).toEqual([false, false, false]);
  });
});

const dicom = Buffer.concat([Buffer.alloc(128), Buffer.from('DICM'), Buffer.alloc(5_000, 7)]);
const accept = (head: Uint8Array) => Buffer.from(head).subarray(128, 132).toString() === 'DICM';
const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function downloader(over: Partial<DownloadOptions> = {}) {
  const made = createDownloader({
    ...{ atOnce: 2, maxBytes: 100_000, idle: 500, total: 5_000, roots: [], redirects: 0, accept },
    ...{ privateAddresses: ['127.0.0.1'], retry: { tries: 2, first: 1 }, object: async () => {}, ...over },
  });
  closing.push(() => made.close());
  return made;
}
const signal = () => new AbortController().signal;
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'done',
    (error: { code?: string }) => error.code,
  );

describe('http', () => {
  it('goes on at the last byte after a cut, with If-Range', async () => {
    const asked: (string | undefined)[] = [];
    const url = await serve((request, response) => {
      const { range, 'if-range': version } = request.headers;
      asked.push(range && `${range} ${String(version)}`);
      const from = Number(/bytes=(\d+)/.exec(range ?? '')?.[1] ?? 0);
      const headers = { etag: '"v1"', 'content-length': dicom.length - from };
      response.writeHead(from ? 206 : 200, {
        ...headers,
        'content-range': `bytes ${from}-${dicom.length - 1}/${dicom.length}`,
      });
      if (from > 0) response.end(dicom.subarray(from));
      else response.write(dicom.subarray(0, 3_000), () => response.destroy());
    });
    expect(await downloader().get(url, signal())).toEqual(dicom);
    expect(asked).toEqual([undefined, 'bytes=3000- "v1"']);
  });

  it('begins anew where the file changed meanwhile', async () => {
    let first = true;
    const url = await serve((_, response) => {
      response.writeHead(200, { etag: first ? '"v1"' : '"v2"' });
      if (first) response.write(Buffer.concat([dicom, dicom]).subarray(0, 6_000), () => response.destroy());
      else response.end(dicom);
      first = false;
    });
    expect(await downloader().get(url, signal())).toEqual(dicom);
  });

  it('tries again what may pass, and not what will not', async () => {
    let asked = 0;
    const status = { now: 503 };
    const url = await serve((_, response) => {
      asked += 1;
      response.writeHead(status.now).end('no');
    });
    for (const [code, tries, expected] of [
      [503, 3, 'DOWNLOAD_FAILED'],
      [429, 3, 'DOWNLOAD_FAILED'],
      [404, 1, 'NOT_FOUND'],
      [401, 1, 'DOWNLOAD_FAILED'],
      [302, 1, 'DOWNLOAD_FAILED'],
    ] as const) {
      asked = 0;
      status.now = code;
      expect(await codeOf(downloader().get(url, signal()))).toBe(expected);
      expect(asked).toBe(tries);
    }
  });

  it('ends what is too large, no DICOM, or silent', async () => {
    const url = await serve((request, response) => {
      if (request.url === '/large') response.writeHead(200, { 'content-length': 10 ** 9 }).flushHeaders();
      else if (request.url === '/endless') {
        response.write(dicom);
        const more = () => response.write(dicom, () => setImmediate(more));
        more();
      } else if (request.url === '/html') response.end(`<html>${' '.repeat(2_000)}`);
      else if (request.url === '/empty') response.end();
      else response.write(dicom.subarray(0, 10));
    });
    const get = (path: string) => codeOf(downloader().get(`${url}/${path}`, signal()));
    expect(await get('large')).toBe('TOO_LARGE');
    expect(await get('endless')).toBe('TOO_LARGE');
    expect(await get('html')).toBe('NOT_DICOM');
    expect(await get('empty')).toBe('NOT_DICOM');
    expect(await get('silent')).toBe('DOWNLOAD_FAILED');
  });

  it('gives up a server that does not speak HTTP, and one that compresses', async () => {
    const garbled = createTcpServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => socket.end('\x00\x01 hello\r\n\r\n'));
    });
    await new Promise<void>((go) => garbled.listen(0, '127.0.0.1', go));
    closing.push(() => new Promise((done) => garbled.close(done)));
    const { port } = garbled.address() as AddressInfo;
    expect(await codeOf(downloader().get(`http://127.0.0.1:${port}/film`, signal()))).toBe('DOWNLOAD_FAILED');

    let asked = 0;
    const url = await serve((_, response) => {
      asked += 1;
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(dicom));
    });
    await expect(downloader().get(url, signal())).rejects.toMatchObject({
      code: 'DOWNLOAD_FAILED',
      detail: expect.stringContaining('compresses'),
    });
    expect(asked).toBe(1);
  });

  it.each([
    ['a page', '\n<!doctype html><title>Log in, J. Doe</title>', /HTML/],
    ['nothing', '', /empty/],
    ['gzip', gzipSync('film'), /gzip/],
    ['a PDF', '%PDF-1.4 J. Doe', /PDF/],
    ['something', 'J. Doe', undefined],
  ])('says what came instead of DICOM: %s', async (_, body, expected) => {
    const url = await serve((__, response) => response.end(body));
    const error = await downloader()
      .get(url, signal())
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'NOT_DICOM' });
    const { detail } = error as { detail?: string };
    if (expected) expect(detail).toMatch(expected);
    else expect(detail).toBeUndefined();
    expect(detail ?? '').not.toContain('Doe');
  });

  it('follows redirects only as configured, and never to a private address', async () => {
    const target = await serve((_, response) => response.end(dicom));
    const url = await serve((request, response) => {
      response
        .writeHead(302, { location: request.url === '/in' ? 'http://10.9.9.9/x' : `${target}/film` })
        .end();
    });
    expect(await codeOf(downloader().get(url, signal()))).toBe('DOWNLOAD_REFUSED');
    expect(await downloader({ redirects: 1 }).get(url, signal())).toEqual(dicom);
    expect(await codeOf(downloader({ redirects: 1 }).get(`${url}/in`, signal()))).toBe('DOWNLOAD_REFUSED');
  });

  it.each([
    ...[
      'http://127.0.0.1/',
      'http://2130706433/',
      'http://0x7f.1/',
      'http://[::1]/',
      'http://[::ffff:127.0.0.1]/',
    ],
    ...['ftp://example.org/x', 'http://user:pass@example.org/', 'http://', 'gopher://x', 'javascript:1//x'],
  ])('refuses %s without a connection', async (url) => {
    const place = url.startsWith('javascript') ? `javascript://${url}` : url;
    expect(await codeOf(downloader({ privateAddresses: [] }).get(place, signal()))).toBe('DOWNLOAD_REFUSED');
  });

  it('checks the address that a name leads to at the moment of the connection, once', async () => {
    let lookups = 0;
    const lookup: LookupFunction = (_name, _options, callback) => {
      lookups += 1;
      callback(null, [{ address: '127.0.0.1', family: 4 }]);
    };
    const client = createHttpClient({ allowed: addressPolicy([]), redirects: 0, idleMs: 500, lookup });
    closing.push(() => client.close());
    const work = client.get('http://rebind.example/', new Body(10_000, accept), signal());
    expect(await codeOf(work)).toBe('DOWNLOAD_REFUSED');
    expect(lookups).toBe(1);
  });
});

describe('folders', () => {
  const root = temporaryFolder('root');
  const outside = temporaryFolder('outside');
  mkdirSync(join(root, 'a'));
  writeFileSync(join(root, 'a', 'film^1.dcm'), dicom);
  writeFileSync(join(outside, 'film.dcm'), dicom);
  symlinkSync(join(outside, 'film.dcm'), join(root, 'link.dcm'));
  symlinkSync(join(root, 'a', 'film^1.dcm'), join(root, 'inner.dcm'));
  const get = (place: string, roots = [root]) => codeOf(downloader({ roots }).get(place, signal()));

  it.each([
    ['a/film^1.dcm', 'done'],
    [`${root}/a/film^1.dcm`, 'done'],
    [`file://${root}/a/film%5E1.dcm`, 'done'],
    ['inner.dcm', 'done'],
    ['link.dcm', 'DOWNLOAD_REFUSED'],
    ['../outside/film.dcm', 'DOWNLOAD_REFUSED'],
    [`${outside}/film.dcm`, 'DOWNLOAD_REFUSED'],
    ['file:///etc/passwd', 'DOWNLOAD_REFUSED'],
    ['file://host/x', 'DOWNLOAD_REFUSED'],
    ['/dev/zero', 'DOWNLOAD_REFUSED'],
    ['none.dcm', 'NOT_FOUND'],
    ['a', 'UNREADABLE'],
    ['a\0b', 'DOWNLOAD_REFUSED'],
  ])('%j: %s', async (place, expected) => {
    expect(await get(place)).toBe(expected);
  });
  it('none is configured: nothing is read', async () => {
    expect(await get('a/film^1.dcm', [])).toBe('DOWNLOAD_REFUSED');
  });
});

it('slots: at most so many at a time, in order', async () => {
  const slots = new Slots(2);
  let running = 0;
  let most = 0;
  const order: number[] = [];
  await Promise.all(
    Array.from({ length: 10 }, (_, i) =>
      slots.run(async () => {
        order.push(i);
        running += 1;
        most = Math.max(most, running);
        await new Promise((go) => setImmediate(go));
        running -= 1;
      }),
    ),
  );
  expect(most).toBe(2);
  expect(order).toEqual([...Array(10).keys()]);
});
