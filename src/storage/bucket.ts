import type { Readable } from 'node:stream';
import { CxrError } from '../errors.js';
import { gsBucket } from './gs/bucket.js';
import type { StoreOptions } from './open.js';
import type { CallOptions, ObjectInfo } from './port.js';
import { s3Bucket } from './s3/bucket.js';
import { parseRoot } from './uri.js';

/** One state of an object that the bucket keeps: a version (s3) or a generation (gs). */
export interface ObjectVersion extends ObjectInfo {
  /** What readers get now. */
  readonly current: boolean;
  /** A mark that the object was deleted here; it has no bytes (s3 only). */
  readonly deleted: boolean;
}

/** `suspended`: versions made before stay, none are added (s3). */
export type Versioning = 'on' | 'off' | 'suspended';

/** What a bucket does with objects by their age. Days are whole and above 0. */
export interface LifecycleRule {
  /** Below the bucket; empty: all objects. */
  readonly prefix: string;
  /** Versions that were replaced or deleted go after so many days. */
  readonly deleteNoncurrentDays?: number;
  /** Objects move to a cheaper class when they are so old, in order. */
  readonly colder: readonly { readonly days: number; readonly storageClass: string }[];
  /** Parts of uploads that were never completed go after so many days (s3 only). */
  readonly abortUploadDays?: number;
  /** Made by another program: shown, and never changed. */
  readonly foreign?: string;
}

/** What a store knows of the bytes of an object without reading them; a field is missing where it does not know. */
export interface StoredSum {
  readonly size: number;
  /** Hex. */
  readonly md5?: string;
  /** Base64 of the four bytes, most significant first. */
  readonly crc32c?: string;
  /** Of an upload in parts: MD5 of the parts' MD5s (hex), and how many parts. */
  readonly parts?: { readonly md5: string; readonly count: number };
}

/** A body that can be read from anywhere, so that an upload can go on where another process left it. */
export interface Rereadable {
  readonly size: number;
  /** @param end one past the last byte */
  read(start: number, end: number): Promise<Buffer>;
}

/**
 * What buckets can and folders cannot. Not part of `ObjectStore`: the pipelines need none of it, and a store
 * without it is whole. Errors as there.
 */
export interface Bucket {
  readonly scheme: 's3' | 'gs';
  readonly root: string;
  /** Storage classes by falling price of keeping, read at once all the same: from the 30th and 90th day on. */
  readonly colderClasses: readonly [string, string];

  /** All states of the objects whose key starts with `prefix`: by key, newest first. */
  versions(prefix: string, call?: CallOptions): AsyncIterable<ObjectVersion>;
  /** @throws CxrError NOT_FOUND */
  readVersion(key: string, version: string, call?: CallOptions): Promise<Readable>;
  /**
   * Makes an older state the current one by copying it on top; nothing is lost. @returns the new current state
   * @throws CxrError NOT_FOUND; TOO_LARGE (s3: over 5 GB in one copy)
   */
  restore(key: string, version: string, call?: CallOptions): Promise<ObjectInfo>;

  versioning(call?: CallOptions): Promise<Versioning>;
  setVersioning(on: boolean, call?: CallOptions): Promise<void>;

  /** All rules of the bucket. */
  lifecycle(call?: CallOptions): Promise<readonly LifecycleRule[]>;
  /**
   * Replaces the rule of this prefix, if cxrflow made it, or adds it; rules of others stay. Undefined removes it.
   * @throws CxrError NOT_SUPPORTED_HERE where the store refuses the rule, or says yes and does not keep it
   */
  setLifecycle(prefix: string, rule: LifecycleRule | undefined, call?: CallOptions): Promise<void>;

  /** Undefined where there is no such object. */
  sum(key: string, call?: CallOptions): Promise<StoredSum | undefined>;
  /** Uploads in parts, going on behind the parts that an earlier process brought up; missing where it cannot. */
  putInParts?(
    key: string,
    body: Rereadable,
    options: { readonly contentType: string; readonly signal?: AbortSignal | undefined },
  ): Promise<void>;
  close(): void;
}

/**
 * The bucket of a root URI.
 * @throws CxrError NOT_SUPPORTED_HERE for file://; CREDENTIALS_IN_URL, BAD_INPUT
 */
export function openBucket(uri: string, options: StoreOptions = {}): Bucket {
  const root = parseRoot(uri);
  if (root.scheme === 'file')
    throw new CxrError(
      'NOT_SUPPORTED_HERE',
      'file:// is a folder; versions and lifecycle rules need a bucket',
    );
  return root.scheme === 's3' ? s3Bucket(root, options.s3 ?? {}) : gsBucket(root, options.gs ?? {});
}
