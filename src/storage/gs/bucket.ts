import { Readable } from 'node:stream';
import type { FileMetadata } from '@google-cloud/storage';
import { CxrError, isCxrError } from '../../errors.js';
import type { Bucket } from '../bucket.js';
import { isFolderMarker, objectName } from '../keys.js';
import { limited } from '../limit.js';
import type { GsOptions } from '../open.js';
import type { CallOptions } from '../port.js';
import type { Root } from '../uri.js';
import { gsCall, gsClient } from './client.js';
import { fromGs, type GsRule, ourPrefix, toGs } from './lifecycle.js';
import { gsMedia } from './media.js';

interface Page {
  readonly items?: readonly FileMetadata[];
  readonly nextPageToken?: string;
}

export function gsBucket(root: Extract<Root, { bucket: string }>, options: GsOptions): Bucket {
  const { prefix } = root;
  const client = gsClient(options, false);
  const bucket = client.bucket(root.bucket);
  const media = gsMedia(client, root.bucket, Boolean(options.emulatorHost));
  const call = gsCall(root.bucket, options);
  const nameOf = (key: string) => objectName(prefix, key);
  const version = (text: string) => {
    // A generation is a number; anything else would be an invalid request instead of one that is not there.
    if (!/^\d{1,19}$/.test(text)) throw new CxrError('NOT_FOUND', 'no such generation');
    return text;
  };

  const metadata = async ({ signal }: CallOptions) => {
    try {
      return (await call(() => bucket.getMetadata(), signal))[0];
    } catch (error) {
      throw isCxrError(error) && error.code === 'NOT_FOUND'
        ? new CxrError('BUCKET_MISSING', `gs://${root.bucket}`)
        : error;
    }
  };
  const rules = async (options: CallOptions): Promise<readonly GsRule[]> =>
    (await metadata(options)).lifecycle?.rule ?? [];

  const page = async (start: string, token: string | undefined, { signal }: CallOptions) => {
    const query = {
      autoPaginate: false,
      maxResults: 1000,
      prefix: prefix + start,
      versions: true,
      ...(token === undefined ? {} : { pageToken: token }),
    };
    const [, , answer] = (await call(() => bucket.getFiles(query), signal)) as [unknown, unknown, Page];
    return answer;
  };

  return {
    scheme: 'gs',
    root: root.uri,
    colderClasses: ['NEARLINE', 'COLDLINE'],

    async *versions(start, options = {}) {
      await metadata(options);
      let held: FileMetadata[] = [];
      for (let token: string | undefined, more = true; more; more = token !== undefined) {
        const { items = [], nextPageToken }: Page = await page(start, token, options);
        token = nextPageToken || undefined;
        for (const item of items) {
          if (held.length > 0 && held[0]?.name !== item.name) {
            yield* newestFirst(held, prefix);
            held = [];
          }
          held.push(item);
        }
      }
      yield* newestFirst(held, prefix);
    },

    async readVersion(key, generation, options = {}) {
      const { signal } = options;
      const which = version(generation);
      const answer = await call(
        () => media.get(nameOf(key), { headers: {}, generation: which, signal }),
        signal,
      );
      if (answer === undefined) throw new CxrError('NOT_FOUND', 'no such generation');
      return Readable.from(limited(answer as AsyncIterable<Buffer>, options), { objectMode: false });
    },

    async restore(key, generation, { signal } = {}) {
      const name = nameOf(key);
      const from = bucket.file(name, { generation: version(generation) });
      await call(() => from.copy(bucket.file(name)), signal);
      const [now] = await call(() => bucket.file(name).getMetadata(), signal);
      const { size, version: made, modified } = stateOf(now, prefix);
      return { key, size, version: made, modified };
    },

    async versioning(options = {}) {
      return (await metadata(options)).versioning?.enabled ? 'on' : 'off';
    },

    async setVersioning(on, options = {}) {
      await metadata(options);
      await call(() => bucket.setMetadata({ versioning: { enabled: on } }), options.signal);
    },

    async lifecycle(options = {}) {
      return fromGs(await rules(options));
    },

    async setLifecycle(below, rule, options = {}) {
      const kept = (await rules(options)).filter((one) => ourPrefix(one) !== below);
      const wanted = [...kept, ...(rule === undefined ? [] : toGs(rule))];
      await call(() => bucket.setMetadata({ lifecycle: { rule: wanted } }), options.signal);
      const there = (await rules(options)).length;
      if (there !== wanted.length)
        throw new CxrError('NOT_SUPPORTED_HERE', 'the store took the lifecycle rules and keeps none of them');
    },

    async sum(key, { signal } = {}) {
      try {
        const [{ size, md5Hash, crc32c }] = await call(() => bucket.file(nameOf(key)).getMetadata(), signal);
        return {
          size: Number(size),
          ...(md5Hash && { md5: Buffer.from(md5Hash, 'base64').toString('hex') }),
          ...(crc32c && { crc32c }),
        };
      } catch (error) {
        if (isCxrError(error) && error.code === 'NOT_FOUND') return undefined;
        throw error;
      }
    },

    close: () => media.close(),
  };
}

/** The generations of one object. Google lists them oldest first. */
function* newestFirst(items: readonly FileMetadata[], prefix: string) {
  const states = items.map((item) => stateOf(item, prefix));
  states.sort((a, b) => Number(BigInt(b.version) - BigInt(a.version)));
  for (const state of states) if (!isFolderMarker(state)) yield state;
}

function stateOf(item: FileMetadata, prefix: string) {
  return {
    key: (item.name ?? '').slice(prefix.length),
    size: Number(item.size ?? 0),
    version: String(item.generation ?? ''),
    modified: Date.parse(item.updated ?? ''),
    current: item.timeDeleted === undefined,
    deleted: false,
  };
}
