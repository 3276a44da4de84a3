import { constants } from 'node:fs';
import { access, type FileHandle, mkdir, open, opendir, rmdir, stat, unlink } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { CxrError } from '../../errors.js';
import { collect, limited } from '../limit.js';
import type { ListOptions, ObjectInfo, ObjectStore, ReadOptions, WriteOptions } from '../port.js';
import { fileError, systemCode } from './errors.js';
import { keyToPath } from './names.js';
import { publish, temporary } from './publish.js';
import { objectInfo, walk } from './walk.js';

const STREAM_CHUNK = 1 << 18;
/** `read` takes a file in one piece, so that its bytes are not copied, up to this size. */
const READ_AT_ONCE = 1 << 27;
/** Files of a folder that are removed at a time. */
const REMOVED_AT_ONCE = 16;

interface Span {
  readonly handle: FileHandle;
  readonly start: number;
  readonly end: number;
}

/**
 * Objects as files below a folder. The folder must exist: a mount that is missing must not look empty, nor be
 * written over.
 *
 * @param path absolute, bytes in latin1, without a `/` at its end
 */
export function fileStore(path: string, uri: string): ObjectStore {
  const top = path === '/' ? '/' : `${path}/`;
  const place = (key: string) => Buffer.from(`${top}${keyToPath(key)}`, 'latin1');

  /** An object that is missing is one thing, a root that is missing another. */
  const rootIsThere = async (): Promise<void> => {
    const stats = await stat(Buffer.from(top, 'latin1')).catch((error) =>
      Promise.reject(fileError(error, 'list')),
    );
    if (!stats.isDirectory()) throw new CxrError('SOURCE_UNREADABLE', 'file:// ENOTDIR');
  };

  const info = async (key: string): Promise<ObjectInfo | undefined> => {
    try {
      const stats = await stat(place(key), { bigint: true });
      return stats.isFile() ? objectInfo(key, stats) : undefined;
    } catch (error) {
      if (!isMissing(error)) throw fileError(error, 'read');
      await rootIsThere();
      return undefined;
    }
  };

  const openSpan = async (key: string, { range, maxBytes, signal }: ReadOptions): Promise<Span> => {
    signal?.throwIfAborted();
    const where = place(key);
    let handle: FileHandle | undefined;
    try {
      // Not blocking: opening a pipe would wait for a writer for ever.
      handle = await open(where, constants.O_RDONLY | constants.O_NONBLOCK);
      const stats = await handle.stat();
      if (!stats.isFile()) throw new CxrError('NOT_FOUND', 'file://');
      const start = range?.start ?? 0;
      const end = Math.min(range?.end ?? stats.size, stats.size);
      if (end - start > (maxBytes ?? Number.POSITIVE_INFINITY))
        throw new CxrError('TOO_LARGE', `over ${maxBytes} bytes`);
      return { handle, start, end };
    } catch (error) {
      await handle?.close();
      if (isMissing(error)) await rootIsThere();
      throw fileError(error, 'read');
    }
  };

  async function* list(prefix = '', options: ListOptions = {}): AsyncGenerator<ObjectInfo> {
    const cut = prefix.lastIndexOf('/') + 1;
    const folder = cut === 0 ? '' : `${keyToPath(prefix.slice(0, cut - 1))}/`;
    options.signal?.throwIfAborted();
    try {
      yield* walk(`${top}${folder}`, prefix.slice(0, cut), {
        startsWith: prefix.slice(cut),
        signal: options.signal,
        onFolder: options.onFolder,
        onUnreadable: (key, error) => {
          const denied = ['EACCES', 'EPERM'].includes(systemCode(error));
          if (!denied || options.onUnreadable === undefined) throw error;
          options.onUnreadable(key);
        },
      });
    } catch (error) {
      if (!isMissing(error)) throw fileError(error, 'list');
      await rootIsThere();
    }
  }

  /** Removes a folder and those above it, up to the root, as far as they are empty. */
  const removeEmpty = async (folder: string): Promise<void> => {
    for (let at = folder; at !== ''; at = at.slice(0, Math.max(0, at.lastIndexOf('/')))) {
      try {
        await rmdir(place(at));
      } catch (error) {
        const code = systemCode(error);
        if (code === 'ENOTEMPTY' || code === 'EEXIST' || code === 'EBUSY') return;
        if (!isMissing(error)) throw fileError(error, 'write');
      }
    }
  };

  /** Removes the folders in a folder that hold no object, such as those whose objects were deleted one by one; then itself. */
  const removeHollow = async (folder: string): Promise<void> => {
    const below: string[] = [];
    for await (const _ of list(folder, { onFolder: (key) => below.push(key) }));
    for (const key of below) await removeHollow(key);
    await removeEmpty(folder.slice(0, -1));
  };

  const remove = async (key: string): Promise<boolean> => {
    try {
      await unlink(place(key));
      return true;
    } catch (error) {
      // A folder of this name is no object.
      if (systemCode(error) === 'EISDIR') return false;
      if (!isMissing(error)) throw fileError(error, 'write');
      await rootIsThere();
      return false;
    }
  };

  /** Side by side. How many were there; a failure is thrown when nothing is removed any more. */
  const removeAll = async (keys: readonly string[]): Promise<number> => {
    const removals = keys.map(remove);
    await Promise.allSettled(removals);
    return (await Promise.all(removals)).filter(Boolean).length;
  };

  return {
    scheme: 'file',
    root: uri,
    list,
    path: place,

    async stat(key, options) {
      options?.signal?.throwIfAborted();
      return info(key);
    },

    async read(key, options: ReadOptions = {}) {
      const { handle, start, end } = await openSpan(key, options);
      return collect(limited(chunksOf(handle, start, end, READ_AT_ONCE), options));
    },

    async readStream(key, options: ReadOptions = {}) {
      const { handle, start, end } = await openSpan(key, options);
      return Readable.from(limited(chunksOf(handle, start, end, STREAM_CHUNK), options), {
        objectMode: false,
      });
    },

    async write(key, body, options: WriteOptions = {}) {
      const target = place(key);
      if (options.ifAbsent && (await info(key)) !== undefined)
        throw new CxrError('ALREADY_EXISTS', 'file://');
      const { path: temp, stats } = await temporary(top, body, options);
      try {
        await publish(temp, target, options.ifAbsent === true);
      } finally {
        // Renamed it is gone already; linked it has a second name; and a failure leaves nothing.
        await unlink(temp).catch(() => undefined);
      }
      // Of what was written: under its name there may be another writer's by now, or nothing.
      return objectInfo(key, stats);
    },

    async delete(key, options) {
      options?.signal?.throwIfAborted();
      await remove(key);
    },

    async deletePrefix(prefix, options) {
      let deleted = 0;
      // A folder that is changed while it is read may be listed in part (NFS): again, until nothing is left.
      for (let before = -1; before !== deleted; ) {
        before = deleted;
        let folder: string | undefined;
        let keys: string[] = [];
        for await (const { key } of list(prefix, options)) {
          const next = key.slice(0, Math.max(0, key.lastIndexOf('/')));
          if (folder !== next || keys.length === REMOVED_AT_ONCE) {
            deleted += await removeAll(keys);
            keys = [];
          }
          if (folder !== undefined && folder !== next && !next.startsWith(`${folder}/`))
            await removeEmpty(folder);
          folder = next;
          keys.push(key);
        }
        deleted += await removeAll(keys);
        if (folder !== undefined) await removeEmpty(folder);
      }
      if (prefix.endsWith('/')) await removeHollow(prefix);
      return deleted;
    },

    async move(from, to, options) {
      options?.signal?.throwIfAborted();
      const [source, target] = [place(from), place(to)];
      if ((await info(from)) === undefined) {
        if ((await info(to)) === undefined) throw new CxrError('NOT_FOUND', 'file://');
        return;
      }
      if (from === to) return;
      try {
        await publish(source, target, false);
      } catch (error) {
        if ((await info(from)) !== undefined || (await info(to)) === undefined) throw error;
      }
    },

    async check(options) {
      options?.signal?.throwIfAborted();
      await rootIsThere();
      try {
        await (await opendir(Buffer.from(top, 'latin1'))).close();
        // May its entries be looked at, too?
        await stat(Buffer.from(`${top}.`, 'latin1'));
      } catch (error) {
        throw fileError(error, 'list');
      }
    },

    async ensure(options) {
      options?.signal?.throwIfAborted();
      await mkdir(Buffer.from(top, 'latin1')).catch((error) => {
        const code = systemCode(error);
        if (code !== 'EEXIST') throw fileError(error, code === 'ENOTDIR' ? 'list' : 'write');
      });
      await rootIsThere();
      await access(Buffer.from(top, 'latin1'), constants.W_OK).catch((error) =>
        Promise.reject(fileError(error, 'write')),
      );
    },

    async close() {},
  };
}

/** The bytes from `start` to `end`, or to where the file ends by then; closes the file. */
async function* chunksOf(
  handle: FileHandle,
  start: number,
  end: number,
  size: number,
): AsyncGenerator<Buffer> {
  try {
    for (let at = start; at < end; ) {
      const chunk = Buffer.allocUnsafeSlow(Math.min(size, end - at));
      const { bytesRead } = await handle.read(chunk, 0, chunk.length, at);
      if (bytesRead === 0) return;
      yield bytesRead === chunk.length ? chunk : chunk.subarray(0, bytesRead);
      at += bytesRead;
    }
  } catch (error) {
    throw fileError(error, 'read');
  } finally {
    await handle.close();
  }
}

function isMissing(error: unknown): boolean {
  const code = systemCode(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
}
