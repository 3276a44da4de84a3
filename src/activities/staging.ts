import { CxrError } from '../errors.js';
import type { ObjectStore } from '../storage/port.js';
import type { Counts, RunSettings } from './api.js';

/** Where a shard keeps what is not published yet, below the staging prefix of its run. */
export const staged = {
  manifest: (run: Pick<RunSettings, 'staging'>, shard: number) => `${run.staging}${shard}/files.jsonl`,
  part: (run: Pick<RunSettings, 'staging'>, shard: number, from: number) =>
    `${run.staging}${shard}/parts/${pad(from)}.jsonl`,
  /** Written before the files of a part are opened: a part that was begun and never ended had a crash in it. */
  begun: (run: Pick<RunSettings, 'staging'>, shard: number, from: number) =>
    `${run.staging}${shard}/parts/${pad(from)}.begun`,
  extracted: (run: Pick<RunSettings, 'staging'>, shard: number) => `${run.staging}${shard}/extracted.json`,
  image: (staging: string, shard: number, imageId: string) => `${staging}${shard}/images/${imageId}.png`,
  shard: (run: Pick<RunSettings, 'staging'>, shard: number) => `${run.staging}${shard}/`,
};

function pad(n: number): string {
  return String(n).padStart(6, '0');
}

/** The end of an extraction: what `store` is given the URI of. */
export interface ExtractedManifest {
  readonly runId: string;
  readonly source: string;
  readonly sourceRoot: string;
  /** When that run started, for the names of its containers. */
  readonly started: string;
  readonly staging: string;
  readonly shard: number;
  readonly counts: Counts;
  readonly images: number;
  /** Keys of the parts, in order. */
  readonly parts: readonly string[];
}

export async function readManifest(store: ObjectStore, uri: string): Promise<ExtractedManifest> {
  return JSON.parse((await store.read(keyOf(store, uri))).toString('utf8')) as ExtractedManifest;
}

export async function writeLines(store: ObjectStore, key: string, lines: readonly object[]): Promise<void> {
  await store.write(key, Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join('')), {
    contentType: 'application/x-ndjson',
  });
}

/** Objects of a JSON lines object. */
export async function readLines<T>(store: ObjectStore, key: string): Promise<readonly T[]> {
  const text = (await store.read(key)).toString('utf8');
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as T);
}

/** The key of a URI below the storage root. @throws CxrError BAD_INPUT where it lies elsewhere */
export function keyOf(store: ObjectStore, uri: string): string {
  const root = store.root.endsWith('/') ? store.root : `${store.root}/`;
  if (!uri.startsWith(root))
    throw new CxrError('BAD_INPUT', `manifest: not below the storage root ${store.root}`);
  return uri.slice(root.length);
}

export function uriOf(store: ObjectStore, key: string): string {
  return `${store.root.replace(/\/$/, '')}/${key}`;
}
