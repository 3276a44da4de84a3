import { Readable } from 'node:stream';
import { CxrError, isCxrError } from '../../errors.js';
import { ensured } from '../ensured.js';
import { atMost, isFolderMarker, objectName } from '../keys.js';
import { collect, limited } from '../limit.js';
import type { S3Options } from '../open.js';
import type { CallOptions, ListOptions, ObjectInfo, ObjectStore } from '../port.js';
import type { Root } from '../uri.js';
import { download } from './read.js';
import { escapeUri, s3Requests } from './request.js';
import { upload } from './upload.js';
import { etag, type ListPage, parseList } from './xml.js';

const DELETES_AT_ONCE = 16;

/** Objects in a bucket of S3 or of a store that speaks its protocol (path style, signature 4). */
export function s3Store(root: Extract<Root, { bucket: string }>, options: S3Options): ObjectStore {
  const { bucket, prefix } = root;
  const requests = s3Requests(bucket, options);
  const nameOf = (key: string) => objectName(prefix, key);

  const page = async (
    start: string,
    token: string | undefined,
    { signal, onFolder }: ListOptions,
    size = 1000,
  ) => {
    const query = {
      ...(onFolder === undefined ? {} : { delimiter: '/' }),
      'list-type': '2',
      'encoding-type': 'url',
      'max-keys': String(size),
      prefix: prefix + start,
      ...(token === undefined ? {} : { 'continuation-token': token }),
    };
    const { body } = await requests.text({ method: 'GET', query, signal });
    return parseList(body, prefix);
  };

  /** All that is stored, folder markers too. The next page is on its way while one is used. */
  async function* everything(start: string, call: ListOptions): AsyncGenerator<ObjectInfo> {
    for (let next: Promise<ListPage> | undefined = page(start, undefined, call); next !== undefined; ) {
      const { objects, folders, next: token }: ListPage = await next;
      next = token === undefined ? undefined : page(start, token, call);
      // Waited for above; an error meanwhile, or of a listing left early, must not end the process.
      next?.catch(() => undefined);
      for (const folder of folders) call.onFolder?.(folder);
      for (const one of objects) {
        call.signal?.throwIfAborted();
        yield one;
      }
    }
  }

  /** A HEAD has no body to say why: 404 may be the bucket, 403 the login. A listing says it. */
  const explain = async (error: unknown, call: CallOptions): Promise<void> => {
    if (!isCxrError(error) || (error.code !== 'NOT_FOUND' && error.code !== 'STORAGE_DENIED')) return;
    await page('', undefined, call, 1).catch((reason) => {
      if (isCxrError(reason) && reason.code !== 'STORAGE_DENIED') throw reason;
    });
  };

  const info = async (key: string, call: CallOptions): Promise<ObjectInfo | undefined> => {
    try {
      const answer = await requests.send({ method: 'HEAD', name: nameOf(key), ...call });
      answer.resume();
      return {
        key,
        size: Number(answer.headers['content-length']),
        version: etag(answer.headers.etag),
        modified: Date.parse(answer.headers['last-modified'] ?? ''),
      };
    } catch (error) {
      await explain(error, call);
      if (isCxrError(error) && error.code === 'NOT_FOUND') return undefined;
      throw error;
    }
  };

  const remove = async (name: string, call: CallOptions): Promise<void> => {
    try {
      await requests.text({ method: 'DELETE', name, ...call });
    } catch (error) {
      if (!isCxrError(error) || error.code !== 'NOT_FOUND') throw error;
    }
  };

  return {
    scheme: 's3',
    root: root.uri,

    async *list(start = '', call = {}) {
      for await (const one of everything(start, call)) if (!isFolderMarker(one)) yield one;
    },

    async stat(key, call = {}) {
      return info(key, call);
    },

    async read(key, call = {}) {
      return collect(limited(await download(requests, bucket, nameOf(key), call), call));
    },

    async readStream(key, call = {}) {
      const bytes = await download(requests, bucket, nameOf(key), call);
      return Readable.from(limited(bytes, call), { objectMode: false });
    },

    async write(key, body, call = {}) {
      const name = nameOf(key);
      // Also for stores that do not know the condition and would overwrite.
      if (call.ifAbsent && (await info(key, call)) !== undefined)
        throw new CxrError('ALREADY_EXISTS', `s3://${bucket}`);
      return upload(requests, name, key, body, call);
    },

    async delete(key, call = {}) {
      await remove(nameOf(key), call);
    },

    deletePrefix: (start, call = {}) =>
      atMost(DELETES_AT_ONCE, everything(start, call), ({ key }) => remove(prefix + key, call)),

    async move(from, to, call = {}) {
      const [source, target] = [nameOf(from), nameOf(to)];
      const there = await info(from, call);
      if (there === undefined) {
        if ((await info(to, call)) === undefined) throw new CxrError('NOT_FOUND', `s3://${bucket}`);
        return;
      }
      if (from === to) return;
      const headers = {
        'x-amz-copy-source': `/${bucket}/${escapeUri(source).replaceAll('%2F', '/')}`,
        'x-amz-copy-source-if-match': there.version,
      };
      const { body } = await requests.text({ method: 'PUT', name: target, headers, ...call });
      // A copy may begin with 200 and then fail.
      if (body.includes('<Error>')) throw new CxrError('STORAGE_IO', `s3://${bucket} copy`);
      await remove(source, call);
    },

    async check(call = {}) {
      await page('', undefined, call, 1);
    },

    async ensure(call = {}) {
      await ensured(
        () => page('', undefined, call, 1),
        () => requests.text({ method: 'PUT', body: bucketIn(options.region), ...call }),
      );
    },

    async close() {
      requests.close();
    },
  };
}

/** What a new bucket is told of its place; the first region is named by saying nothing. */
function bucketIn(region = 'us-east-1'): string {
  if (region === 'us-east-1') return '';
  const place = `<LocationConstraint>${region}</LocationConstraint>`;
  return `<CreateBucketConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${place}</CreateBucketConfiguration>`;
}
