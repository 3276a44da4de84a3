import { fileStore } from './file/store.js';
import { gsStore } from './gs/store.js';
import type { ObjectStore } from './port.js';
import { s3Store } from './s3/store.js';
import { parseRoot } from './uri.js';

export { fileUri, parseRoot, parseUri, uriOf } from './uri.js';

export interface S3Options {
  /** `http://127.0.0.1:9000`; AWS where it is not given. */
  readonly endpoint?: string | undefined;
  readonly accessKey?: string | undefined;
  readonly secretKey?: string | undefined;
  readonly region?: string | undefined;
  /** A connection silent for this long is given up: 30 s. */
  readonly idleMs?: number | undefined;
  /** Of one request, before its error is thrown: 5. */
  readonly tries?: number | undefined;
}

export interface GsOptions {
  /** A `gs://` emulator, used without credentials: `http://127.0.0.1:4443`. */
  readonly emulatorHost?: string | undefined;
  /** Of a service account; Google's default credentials where it is not given. */
  readonly keyFile?: string | undefined;
  /** Of one request, before its error is thrown: 5. */
  readonly tries?: number | undefined;
}

export interface StoreOptions {
  readonly s3?: S3Options;
  readonly gs?: GsOptions;
}

/**
 * The store of a root URI. Opens nothing yet: `check()` says whether it can be used.
 *
 * @throws CxrError CREDENTIALS_IN_URL, BAD_INPUT
 */
export function openStore(uri: string, options: StoreOptions = {}): ObjectStore {
  const root = parseRoot(uri);
  if (root.scheme === 'file') return fileStore(root.path, root.uri);
  return root.scheme === 's3' ? s3Store(root, options.s3 ?? {}) : gsStore(root, options.gs ?? {});
}
