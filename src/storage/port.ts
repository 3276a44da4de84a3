import type { Readable } from 'node:stream';

/**
 * The one interface to objects. A store is chosen by the scheme of a URI (`open.ts`); adapters: file, s3, gs.
 *
 * Keys are `/`-separated, relative to the store's root URI. A key of a `file://` store may hold bytes that are
 * not UTF-8: such bytes travel as percent escapes in the key (`%FF`), and a literal `%` as `%25`; for s3 and gs
 * keys are the store's own, unescaped.
 */
export interface ObjectInfo {
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  /** Changes when the content does: etag (s3), generation (gs), `<mtime ns>-<inode>` (file). Opaque. */
  readonly version: string;
  /** Milliseconds since the epoch. */
  readonly modified: number;
}

export interface WriteOptions {
  /** Refuse with `ALREADY_EXISTS` when the key exists (`If-None-Match: *`, `ifGenerationMatch=0`, link). */
  readonly ifAbsent?: boolean;
  readonly contentType?: string;
  readonly signal?: AbortSignal;
  /** file: past the system's cache, for what is large and nobody reads soon. */
  readonly direct?: boolean;
}

export interface ReadOptions {
  /** First byte, and one past the last. */
  readonly range?: { readonly start: number; readonly end?: number };
  readonly signal?: AbortSignal;
  /** Refuse with `TOO_LARGE` beyond this many bytes. */
  readonly maxBytes?: number;
}

export interface ListOptions {
  readonly signal?: AbortSignal;
  /**
   * file: told of a folder or file below the root that this user may not read, and the listing goes on; without
   * it the listing fails with `SOURCE_UNREADABLE`. The key may name a patient.
   */
  readonly onUnreadable?: (key: string) => void;
  /**
   * Stay in the folder of the prefix: told of each folder in it (its key ends with `/`), and only the objects that
   * lie directly there are listed. Folders that hold nothing but folders count, too.
   */
  readonly onFolder?: (key: string) => void;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
}

/**
 * Every method throws `CxrError` (docs/storage.md has the table) or the signal's reason; no message holds a key.
 * Calls may overlap; writers of one key race as whole objects.
 */
export interface ObjectStore {
  readonly scheme: 'file' | 's3' | 'gs';
  /** The root as given, without credentials: safe to print. */
  readonly root: string;

  /**
   * Every object whose key starts with `prefix`, streaming in bounded memory. file: depth first, names of a
   * folder sorted when it has at most 50,000; symlinks to files are followed, to folders never (no loops);
   * entries that vanish meanwhile are left out. s3, gs: in key order.
   */
  list(prefix?: string, options?: ListOptions): AsyncIterable<ObjectInfo>;
  /** file only: where an object lies, the bytes of its path, for threads that read it themselves. */
  readonly path?: (key: string) => Uint8Array;
  /** Undefined where there is no such object; a missing root is an error. */
  stat(key: string, options?: CallOptions): Promise<ObjectInfo | undefined>;
  /** The whole object. @throws CxrError NOT_FOUND */
  read(key: string, options?: ReadOptions): Promise<Buffer>;
  readStream(key: string, options?: ReadOptions): Promise<Readable>;
  /**
   * Visible whole or not at all (file: temporary name, fsync, rename). file: has done with a piece of the body when it
   * asks for the next one; s3 and gs hold some.
   */
  write(
    key: string,
    body: Uint8Array | AsyncIterable<Uint8Array>,
    options?: WriteOptions,
  ): Promise<ObjectInfo>;
  /** Gone afterwards; no error where it was not there. */
  delete(key: string, options?: CallOptions): Promise<void>;
  /** Deletes what `list(prefix)` gives, and (file) the folders that are empty then; how many objects it were. */
  deletePrefix(prefix: string, options?: CallOptions): Promise<number>;
  /**
   * Moves within this store. A repeat of a move that already happened (source gone, target there) is success.
   * @throws CxrError NOT_FOUND when neither is there.
   */
  move(from: string, to: string, options?: CallOptions): Promise<void>;
  /** One cheap call that fails with the right code when the store cannot be used (bucket, login, network). */
  check(options?: CallOptions): Promise<void>;
  /**
   * Makes the bucket where it is missing; on file:// the folder, whose parent must be there and in which this user must
   * be able to write.
   */
  ensure(options?: CallOptions): Promise<void>;
  /** Closes its sockets. Calls still running may fail. */
  close(): Promise<void>;
}
