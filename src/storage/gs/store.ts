import { Readable } from 'node:stream';
import type { FileMetadata } from '@google-cloud/storage';
import { CxrError, isCxrError } from '../../errors.js';
import { ensured } from '../ensured.js';
import { atMost, isFolderMarker, objectName } from '../keys.js';
import { collect, limited } from '../limit.js';
import type { GsOptions } from '../open.js';
import type { CallOptions, ListOptions, ObjectInfo, ObjectStore } from '../port.js';
import type { Root } from '../uri.js';
import { gsCall, gsClient } from './client.js';
import { gsMedia } from './media.js';
import { download } from './read.js';
import { upload } from './upload.js';

const DELETES_AT_ONCE = 16;

interface Page {
  readonly items?: readonly FileMetadata[];
  readonly prefixes?: readonly string[];
  readonly nextPageToken?: string;
}

/** Objects in a bucket of Google Cloud Storage or of its emulator. */
export function gsStore(root: Extract<Root, { bucket: string }>, options: GsOptions): ObjectStore {
  const { prefix } = root;
  const client = gsClient(options, false);
  const bucket = client.bucket(root.bucket);
  const media = gsMedia(client, root.bucket, Boolean(options.emulatorHost));
  const resumable = gsClient(options, true).bucket(root.bucket);
  const call = gsCall(root.bucket, options);
  const nameOf = (key: string) => objectName(prefix, key);

  const page = async (
    start: string,
    token: string | undefined,
    { signal, onFolder }: ListOptions,
    size = 1000,
  ) => {
    const query = {
      ...(onFolder === undefined ? {} : { delimiter: '/' }),
      autoPaginate: false,
      maxResults: size,
      prefix: prefix + start,
      fields: 'items(name,size,generation,updated),prefixes,nextPageToken',
      ...(token === undefined ? {} : { pageToken: token }),
    };
    const [, , answer] = (await call(() => bucket.getFiles(query), signal)) as [unknown, unknown, Page];
    return answer;
  };

  /** All that is stored, folder markers too. The next page is on its way while one is used. */
  async function* everything(start: string, options: ListOptions): AsyncGenerator<ObjectInfo> {
    for (let next: Promise<Page> | undefined = page(start, undefined, options); next !== undefined; ) {
      const { items = [], prefixes = [], nextPageToken }: Page = await next;
      next = nextPageToken ? page(start, nextPageToken, options) : undefined;
      // Waited for above; an error meanwhile, or of a listing left early, must not end the process.
      next?.catch(() => undefined);
      for (const folder of prefixes) options.onFolder?.(folder.slice(prefix.length));
      for (const item of items) {
        options.signal?.throwIfAborted();
        yield infoOf((item.name ?? '').slice(prefix.length), item);
      }
    }
  }

  /** A 404 of an object may be one of its bucket; a listing tells. */
  const explain = async (error: unknown, options: CallOptions): Promise<void> => {
    if (isCxrError(error) && error.code === 'NOT_FOUND') await probe(options, true);
  };

  const probe = async (options: CallOptions, mayBeDenied: boolean): Promise<void> => {
    await page('', undefined, options, 1).catch((error) => {
      if (!isCxrError(error)) throw error;
      if (error.code === 'NOT_FOUND') throw new CxrError('BUCKET_MISSING', `gs://${root.bucket}`);
      if (error.code !== 'STORAGE_DENIED' || !mayBeDenied) throw error;
    });
  };

  const info = async (key: string, options: CallOptions): Promise<ObjectInfo | undefined> => {
    const file = bucket.file(nameOf(key));
    try {
      const [metadata] = await call(() => file.getMetadata(), options.signal);
      return infoOf(key, metadata);
    } catch (error) {
      await explain(error, options);
      if (isCxrError(error) && error.code === 'NOT_FOUND') return undefined;
      throw error;
    }
  };

  /** Runs what needs the object or its bucket, and tells which of the two is missing. */
  const explained = async <T>(options: CallOptions, work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      await explain(error, options);
      throw error;
    }
  };

  const remove = async (name: string, options: CallOptions): Promise<void> => {
    await call(() => bucket.file(name).delete({ ignoreNotFound: true }), options.signal);
  };

  return {
    scheme: 'gs',
    root: root.uri,

    async *list(start = '', options = {}) {
      try {
        for await (const one of everything(start, options)) if (!isFolderMarker(one)) yield one;
      } catch (error) {
        await explain(error, options);
        throw error;
      }
    },

    async stat(key, options = {}) {
      return info(key, options);
    },

    async read(key, options = {}) {
      const name = nameOf(key);
      const chunks = await explained(options, () => download(media, call, root.bucket, name, options));
      return collect(limited(chunks, options));
    },

    async readStream(key, options = {}) {
      const name = nameOf(key);
      const chunks = await explained(options, () => download(media, call, root.bucket, name, options));
      return Readable.from(limited(chunks, options), { objectMode: false });
    },

    async write(key, body, options = {}) {
      const name = nameOf(key);
      if (options.ifAbsent && (await info(key, options)) !== undefined)
        throw new CxrError('ALREADY_EXISTS', `gs://${root.bucket}`);
      const work = () => upload(bucket.file(name), resumable.file(name), call, body, options);
      return infoOf(key, await explained(options, work));
    },

    async delete(key, options = {}) {
      await remove(nameOf(key), options);
    },

    deletePrefix: (start, options = {}) =>
      explained(options, () =>
        atMost(DELETES_AT_ONCE, everything(start, options), ({ key }) => remove(prefix + key, options)),
      ),

    async move(from, to, options = {}) {
      const [source, target] = [nameOf(from), nameOf(to)];
      if ((await info(from, options)) === undefined) {
        if ((await info(to, options)) === undefined) throw new CxrError('NOT_FOUND', `gs://${root.bucket}`);
        return;
      }
      if (from === to) return;
      await call(() => bucket.file(source).copy(bucket.file(target)), options.signal);
      await remove(source, options);
    },

    async check(options = {}) {
      await probe(options, false);
    },

    async ensure(options = {}) {
      await ensured(
        () => probe(options, false),
        () => call(() => bucket.create(), options.signal),
      );
    },

    // What the library keeps open it shares in the process; idle connections hold nothing up.
    async close() {
      media.close();
    },
  };
}

function infoOf(key: string, metadata: FileMetadata): ObjectInfo {
  return {
    key,
    size: Number(metadata.size ?? 0),
    version: String(metadata.generation ?? ''),
    modified: Date.parse(metadata.updated ?? ''),
  };
}
