import { createHash } from 'node:crypto';
import { type FileHandle, mkdtemp, open, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const IN_MEMORY = 50_000;
const BUCKETS = 256;
const BUFFER = 64 * 1024;

const PREFIX = 'cxrflow-sort-';
/** No sort takes as long. */
const LEFT_MS = 2 * 86_400_000;

interface Entry<T> {
  readonly key: string;
  readonly value: T;
}

/**
 * Sorts more than fits in memory: keys are hex digits of a hash, so that the first two spread entries evenly over
 * 256 files of the machine's temporary folder, each small enough to be sorted by itself. Up to 50,000 entries stay in
 * memory. Entries of one key come in the order they were added.
 */
export class ExternalSort<T> {
  #memory: Entry<T>[] = [];
  #folder: string | undefined;
  #files: FileHandle[] = [];
  #buffers: string[] = [];
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** @param key at least two lower case hex digits */
  async add(key: string, value: T): Promise<void> {
    this.#count += 1;
    if (this.#folder === undefined) {
      this.#memory.push({ key, value });
      if (this.#memory.length > IN_MEMORY) await this.#spill();
      return;
    }
    await this.#append({ key, value });
  }

  async *sorted(): AsyncGenerator<Entry<T>> {
    for await (const entries of this.pieces()) yield* entries;
  }

  /** What is sorted, in pieces: an await for each of many entries would cost more than sorting them. */
  async *pieces(): AsyncGenerator<readonly Entry<T>[]> {
    if (this.#folder === undefined) {
      yield byKey(this.#memory);
      return;
    }
    for (const [bucket, rest] of this.#buffers.entries()) {
      await this.#files[bucket]?.appendFile(rest);
      this.#buffers[bucket] = '';
    }
    for (let bucket = 0; bucket < BUCKETS; bucket++) yield byKey(await this.#read(bucket));
  }

  /** Runs of equal keys, which are what duplicates are. */
  async *groups(): AsyncGenerator<{ key: string; values: T[] }> {
    let group: { key: string; values: T[] } | undefined;
    for await (const entries of this.pieces())
      for (const { key, value } of entries) {
        if (group?.key === key) group.values.push(value);
        else {
          if (group) yield group;
          group = { key, values: [value] };
        }
      }
    if (group) yield group;
  }

  async close(): Promise<void> {
    for (const file of this.#files) await file.close();
    if (this.#folder !== undefined) await rm(this.#folder, { recursive: true, force: true });
    this.#memory = [];
  }

  async #spill(): Promise<void> {
    await sweep();
    this.#folder = await mkdtemp(join(tmpdir(), PREFIX));
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      this.#files.push(await open(join(this.#folder, String(bucket)), 'a'));
      this.#buffers.push('');
    }
    const entries = this.#memory;
    this.#memory = [];
    for (const entry of entries) await this.#append(entry);
  }

  async #append(entry: Entry<T>): Promise<void> {
    const bucket = Number.parseInt(entry.key.slice(0, 2), 16);
    const text = `${this.#buffers[bucket]}${JSON.stringify([entry.key, entry.value])}\n`;
    this.#buffers[bucket] = text.length < BUFFER ? text : '';
    if (text.length >= BUFFER) await this.#files[bucket]?.appendFile(text);
  }

  async #read(bucket: number): Promise<Entry<T>[]> {
    const text = await readFile(join(String(this.#folder), String(bucket)), 'utf8');
    const entries: Entry<T>[] = [];
    for (let from = 0; from < text.length; ) {
      const to = text.indexOf('\n', from);
      const [key, value] = JSON.parse(text.slice(from, to)) as [string, T];
      entries.push({ key, value });
      from = to + 1;
    }
    return entries;
  }
}

/** Folders that killed processes left. */
async function sweep(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    if (!name.startsWith(PREFIX)) continue;
    const path = join(tmpdir(), name);
    // Another process may sweep, or the folder be another user's: it is none of ours then.
    const age = await stat(path).then(
      ({ mtimeMs }) => Date.now() - mtimeMs,
      () => 0,
    );
    if (age > LEFT_MS) await rm(path, { recursive: true, force: true }).catch(() => {});
  }
}

/** Stable. */
function byKey<T>(entries: Entry<T>[]): Entry<T>[] {
  return entries.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
}

/** A sort key that a seed decides: SHA-256 of seed and id, hex. */
export function seededKey(seed: number, ...id: readonly string[]): string {
  return createHash('sha256')
    .update(JSON.stringify([seed, ...id]))
    .digest('hex');
}
