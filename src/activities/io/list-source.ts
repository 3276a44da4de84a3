import { partitionSpec } from '../../catalog/backfill.js';
import type { Db } from '../../catalog/database.js';
import { claim, lookup, memberCounts, type SealedEntry } from '../../catalog/files.js';
import { setListed, setListing } from '../../catalog/runs.js';
import { last } from '../../catalog/shards.js';
import { CxrError } from '../../errors.js';
import { fileId, openPath, sealPath } from '../../privacy/seal.js';
import type { ObjectInfo, ObjectStore } from '../../storage/port.js';
import type { IoActivities, ListingState, RunSettings } from '../api.js';
import { beating } from '../beat.js';
import type { Deps } from '../deps.js';
import { patiently } from '../patience.js';
import { staged, uriOf, writeLines } from '../staging.js';
import type { SourcePart } from './backfill/find.js';
import { namedFiles } from './named-files.js';

/** Entries looked up in one statement. */
const PAGE = 1000;

/**
 * Walks the source and claims its new files in shards, from the first page on: nothing waits for the end of the
 * listing, and no more than a page and a shard of names is held. A retry walks again from the start; files that
 * this run has claimed are known by their rows.
 */
export function listSource(deps: Deps): IoActivities['listSource'] {
  return (run) =>
    beating<ListingState, { found: number }>(async (report, signal) => {
      let most = 0;
      return await patiently(run.retry, signal, async (further) => {
        const listing = new Listing(deps, run, signal);
        await listing.restart();
        const source = deps.store(run.sourceRoot ?? '');
        const listed =
          run.files === undefined
            ? pages(source, await partOf(deps, run), signal)
            : namedFiles(deps, run.files, source);
        for await (const page of listed) {
          await listing.take(page);
          report({ found: listing.found });
          if (listing.found <= most) continue;
          most = listing.found;
          further();
        }
        return await listing.end();
      });
    });
}

class Listing {
  readonly #deps: Deps;
  readonly #run: RunSettings;
  readonly #signal: AbortSignal;
  #new: SealedEntry[] = [];
  #shard = 0;
  #unchanged = 0;
  #waiting = 0;
  found = 0;

  constructor(deps: Deps, run: RunSettings, signal: AbortSignal) {
    this.#deps = deps;
    this.#run = run;
    this.#signal = signal;
  }

  /** Shards of an attempt that died stay; numbers go on behind them. */
  async restart(): Promise<void> {
    const { db } = this.#deps.catalog;
    await this.#patiently(() => setListing(db, this.#run.runId, 'running'));
    this.#shard = (await this.#patiently(() => last(db, this.#run.runId))) + 1;
  }

  async take(page: readonly ObjectInfo[]): Promise<void> {
    const { pathKey } = this.#deps.keyring;
    const { source = '', ruleHash, runId, rehash, files, minAgeMs } = this.#run;
    const { db } = this.#deps.catalog;
    const again = rehash || files !== undefined;
    const old = Date.now() - minAgeMs;
    const ripe = page
      .filter(({ modified }) => modified <= old)
      .map(({ key, size, version }) => ({ key, fileId: fileId(pathKey, source, key), size, version }));
    const states = await this.#patiently(() => lookup(db, ripe, ruleHash, runId));
    const known = again ? [] : ripe.filter((_, i) => states[i] === 'unchanged').map((entry) => entry.fileId);
    const members = await this.#patiently(() => memberCounts(db, known));
    for (const id of known) {
      const files = members.get(id) ?? 1;
      this.#unchanged += files;
      this.found += files - 1;
    }
    for (const [i, { key, ...entry }] of ripe.entries())
      if (states[i] !== 'claimed' && (again || states[i] !== 'unchanged'))
        this.#new.push({ ...entry, sealedPath: sealPath(pathKey, Buffer.from(key)) });
    this.found += ripe.length;
    this.#waiting += page.length - ripe.length;
    while (this.#new.length >= this.#run.shardSize) await this.#claim();
    await this.#patiently(() => this.#note(db));
  }

  async end(): Promise<ListingState> {
    while (this.#new.length > 0) await this.#claim();
    await this.#patiently(() =>
      this.#deps.catalog.transaction(async (trx) => {
        await this.#note(trx);
        await setListing(trx, this.#run.runId, 'done');
      }),
    );
    return { state: 'done', found: this.found, unchanged: this.#unchanged, waiting: this.#waiting };
  }

  /** The manifest first, then the rows that make the shard exist. */
  async #claim(): Promise<void> {
    const { source = '', runId, shardSize } = this.#run;
    const { objects, catalog } = this.#deps;
    const entries = this.#new.slice(0, shardSize);
    const shard = this.#shard;
    const key = staged.manifest(this.#run, shard);
    await this.#patiently(async () => {
      await writeLines(
        objects,
        key,
        entries.map(({ fileId }) => ({ fileId })),
      );
      const manifest = uriOf(objects, key);
      await catalog.transaction((trx) => claim(trx, { runId, shard, source, entries, manifest }));
    });
    this.#new = this.#new.slice(shardSize);
    this.#shard += 1;
  }

  #note(db: Db): Promise<void> {
    return setListed(db, this.#run.runId, {
      found: this.found,
      unchanged: this.#unchanged,
      waiting: this.#waiting,
    });
  }

  #patiently<T>(step: () => Promise<T>): Promise<T> {
    return patiently(this.#run.retry, this.#signal, step);
  }
}

/** All of the source, or the part of it that a backfill gave this run. */
async function partOf({ catalog, keyring }: Deps, run: RunSettings): Promise<SourcePart> {
  const { partition: key, type, source: scope = '' } = run;
  if (key === undefined) return { prefixes: [''] };
  const sealed = await partitionSpec(catalog.db, { type, scope }, key);
  if (!sealed) throw new CxrError('BAD_INPUT', 'partition: the catalog knows none of this name');
  return JSON.parse(openPath(keyring.pathKey, sealed).toString('utf8')) as SourcePart;
}

/** What this user may not read is taken as a file is: trying to read it quarantines it, and the rest goes on. */
async function* pages(
  source: ObjectStore,
  { prefixes, shallow }: SourcePart,
  signal: AbortSignal,
): AsyncGenerator<readonly ObjectInfo[]> {
  let page: ObjectInfo[] = [];
  const onUnreadable = (key: string) => {
    page.push({ key, size: 0, version: 'unreadable', modified: 0 });
  };
  const options = { signal, onUnreadable, ...(shallow && { onFolder: () => {} }) };
  for (const prefix of prefixes)
    for await (const entry of source.list(prefix, options)) {
      page.push(entry);
      if (page.length < PAGE) continue;
      yield page;
      page = [];
    }
  if (page.length > 0) yield page;
}
