import type pg from 'pg';
import { looksLikeDicom } from '../../dicom/read.js';
import { CxrError } from '../../errors.js';
import { openPacs } from '../../pacs/database.js';
import type { Body } from '../../pacs/download/body.js';
import { createDownloader, type Downloader } from '../../pacs/download/downloader.js';
import { Trouble } from '../../pacs/download/trouble.js';
import { parseUri } from '../../storage/open.js';
import type { Deps } from '../deps.js';
import { databaseUrl } from './open.js';

/** What the exports of one worker process share, so that their connections and downloads are bounded together. */
export class PacsTools {
  readonly #deps: Deps;
  readonly #pools = new Map<string, pg.Pool>();
  #downloader: Downloader | undefined;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  pool(database: string): pg.Pool {
    const { connections } = this.#deps.config.pacsExport;
    const pool = this.#pools.get(database) ?? openPacs(databaseUrl(this.#deps, database), connections);
    this.#pools.set(database, pool);
    return pool;
  }

  get downloader(): Downloader {
    const { pacsExport, limits } = this.#deps.config;
    const { atOnce, file, idle, total, roots, privateAddresses, redirects } = pacsExport.download;
    this.#downloader ??= createDownloader({
      ...{ atOnce, idle, total, roots, privateAddresses, redirects },
      maxBytes: Math.min(file, limits.file),
      retry: pacsExport.retry,
      accept: looksLikeDicom,
      object: (uri, body, signal) => readObject(this.#deps, uri, body, signal),
    });
    return this.#downloader;
  }
}

/** Stores go on by themselves where a connection breaks; a store that is down may be back at the next try. */
async function readObject(deps: Deps, uri: string, body: Body, signal: AbortSignal): Promise<void> {
  try {
    const { root, key } = parseUri(uri);
    const stream = await deps.store(root).readStream(key, { signal });
    for await (const chunk of stream) body.add(chunk as Uint8Array);
  } catch (error) {
    if (!(error instanceof CxrError)) throw error;
    if (error.kind === 'world') throw new Trouble(error.code, { cause: error });
    if (error.kind === 'input') throw new CxrError('DOWNLOAD_REFUSED', 'not the URI of an object');
    throw error;
  }
}
