import { heldRecords } from '../../../catalog/annotation-files.js';
import { claimFiles, lookupFiles, restoreGone } from '../../../catalog/annotation-listing.js';
import type { SealedEntry } from '../../../catalog/files.js';
import { setListed } from '../../../catalog/runs.js';
import { last } from '../../../catalog/shards.js';
import { sealPath } from '../../../privacy/seal.js';
import type { ObjectInfo, ObjectStore } from '../../../storage/port.js';
import type { AnnotationListing, AnnotationsIo, AnnotationsRun } from '../../api/annotations.js';
import { beating } from '../../beat.js';
import type { Deps } from '../../deps.js';
import { patiently } from '../../patience.js';
import { ledgerId, nameOf } from './names.js';

/** Entries looked up in one statement. */
const PAGE = 1000;

/** A retry walks again from the start; files that this run has claimed are known by their rows. */
export function listAnnotations(deps: Deps): AnnotationsIo['listAnnotations'] {
  return (run) =>
    beating<AnnotationListing, undefined>((_, signal) =>
      patiently(run.retry, signal, async () => {
        const { db } = deps.catalog;
        const listing = new Listing(deps, run, (await last(db, run.runId)) + 1);
        const since = new Date();
        for await (const page of pages(deps.store(run.sourceRoot), signal)) await listing.take(page);
        const { unchanged, waiting } = await listing.end();
        await deps.catalog.transaction((trx) => restoreGone(trx, run.ledger, run.runId, since));
        await setListed(db, run.runId, { found: 0, unchanged, waiting });
        return { unchanged, waiting };
      }),
    );
}

class Listing {
  readonly #deps: Deps;
  readonly #run: AnnotationsRun;
  #shard: number;
  #new: SealedEntry[] = [];
  #unchanged = 0;
  #waiting = 0;

  constructor(deps: Deps, run: AnnotationsRun, shard: number) {
    this.#deps = deps;
    this.#run = run;
    this.#shard = shard;
  }

  async take(page: readonly ObjectInfo[]): Promise<void> {
    const { catalog, keyring } = this.#deps;
    const { rules, runId, minAgeMs } = this.#run;
    const old = Date.now() - minAgeMs;
    const ripe = page
      .filter(({ modified }) => modified <= old)
      .map(({ key, size, version }) => ({
        key,
        size,
        version,
        fileId: ledgerId(keyring.pathKey, this.#run, key),
      }));
    this.#waiting += page.length - ripe.length;
    const states = await lookupFiles(catalog.db, ripe, rules, runId);
    const fresh = ripe.filter((_, i) => states[i] === 'new' || states[i] === 'changed');
    // Of a file and the one it corrects, the correction: it has the name without the tag.
    fresh.sort(
      (a, b) => Number(nameOf(a.key, this.#run) !== a.key) - Number(nameOf(b.key, this.#run) !== b.key),
    );
    const taken = new Set(fresh.map(({ fileId }) => fileId));
    const known = ripe.filter(({ fileId }, i) => states[i] === 'unchanged' && !taken.has(fileId));
    const held = await heldRecords(
      catalog.db,
      known.map(({ fileId }) => fileId),
      runId,
    );
    for (const { fileId } of known) this.#unchanged += held.get(fileId) ?? 1;
    for (const { key, ...entry } of fresh)
      if (taken.delete(entry.fileId))
        this.#new.push({ ...entry, sealedPath: sealPath(keyring.pathKey, Buffer.from(key)) });
    while (this.#new.length >= this.#run.shardSize) await this.#claim();
  }

  async end(): Promise<AnnotationListing> {
    while (this.#new.length > 0) await this.#claim();
    return { unchanged: this.#unchanged, waiting: this.#waiting };
  }

  async #claim(): Promise<void> {
    const { runId, ledger, shardSize } = this.#run;
    const entries = this.#new.slice(0, shardSize);
    await this.#deps.catalog.transaction((trx) =>
      claimFiles(trx, { runId, shard: this.#shard, source: ledger, entries }),
    );
    this.#new = this.#new.slice(shardSize);
    this.#shard += 1;
  }
}

/** What this user may not read is taken as a file is: trying to read it quarantines it. */
async function* pages(source: ObjectStore, signal: AbortSignal): AsyncGenerator<readonly ObjectInfo[]> {
  let page: ObjectInfo[] = [];
  const onUnreadable = (key: string) => {
    page.push({ key, size: 0, version: 'unreadable', modified: 0 });
  };
  for await (const entry of source.list('', { signal, onUnreadable })) {
    page.push(entry);
    if (page.length < PAGE) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}
