import { Readable } from 'node:stream';
import { type Entry, fromRandomAccessReader, RandomAccessReader, type ZipFile } from 'yauzl';
import type { Settings } from '../../config/schema.js';
import { CxrError } from '../../errors.js';
import type { ObjectStore } from '../../storage/port.js';

type ZipLimits = Settings['limits']['zip'];

/** A file inside an archive. */
export interface Member {
  /** Its name, the bytes as they stand in the archive: they may be in any charset, and name a patient. */
  readonly name: Buffer;
  readonly bytes: Buffer;
}

/** Local file header, and the end record of an empty archive (APPNOTE 4.3.7, 4.3.16). */
export function looksLikeZip(head: Uint8Array): boolean {
  return (
    head[0] === 0x50 &&
    head[1] === 0x4b &&
    ((head[2] === 3 && head[3] === 4) || (head[2] === 5 && head[3] === 6))
  );
}

/**
 * The members of a `.zip`, one at a time; the archive itself is read in ranges, never whole. Sizes that the
 * archive states are not believed: what comes out is counted.
 *
 * @throws CxrError ARCHIVE_INVALID, ARCHIVE_BOMB, ARCHIVE_UNSAFE, ARCHIVE_ENCRYPTED
 */
export async function* openArchive(
  store: ObjectStore,
  key: string,
  size: number,
  limits: ZipLimits,
  signal: AbortSignal,
): AsyncGenerator<Member> {
  if (size > limits.archive)
    throw new CxrError('ARCHIVE_BOMB', `${size} bytes packed, more than ${limits.archive}`);
  const zip = await opened(new StoreReader(store, key, signal), size);
  if (zip.entryCount > limits.entries)
    throw new CxrError('ARCHIVE_BOMB', `${zip.entryCount} members, more than ${limits.entries}`);
  let total = 0;
  for (;;) {
    signal.throwIfAborted();
    const entry = await nextEntry(zip);
    if (entry === undefined) return;
    const name = entry.fileName as unknown as Buffer;
    if (name.at(-1) === 0x2f) continue;
    if (climbs(name)) throw new CxrError('ARCHIVE_UNSAFE', 'a member path leads out of the archive');
    if (entry.isEncrypted()) throw new CxrError('ARCHIVE_ENCRYPTED');
    const bytes = await content(zip, entry, Math.min(limits.entry, limits.total - total), limits.ratio);
    total += bytes.length;
    yield { name, bytes };
  }
}

function climbs(name: Buffer): boolean {
  const text = name.toString('latin1').replaceAll('\\', '/');
  return text.startsWith('/') || /^[a-z]:/i.test(text) || text.split('/').includes('..');
}

function opened(reader: RandomAccessReader, size: number): Promise<ZipFile> {
  return new Promise((resolve, reject) => {
    // Names stay bytes and sizes unchecked: both are checked here, with codes of ours.
    const options = {
      lazyEntries: true,
      decodeStrings: false,
      validateEntrySizes: false,
      autoClose: false,
    } as const;
    fromRandomAccessReader(reader, size, options, (error, zip) => {
      if (error) reject(translated(error));
      else resolve(zip);
    });
  });
}

function nextEntry(zip: ZipFile): Promise<Entry | undefined> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void) => () => {
      zip.removeAllListeners('entry').removeAllListeners('end').removeAllListeners('error');
      act();
    };
    zip.once('entry', (entry: Entry) => settle(() => resolve(entry))());
    zip.once(
      'end',
      settle(() => resolve(undefined)),
    );
    zip.once('error', (error: Error) => settle(() => reject(translated(error)))());
    zip.readEntry();
  });
}

async function content(zip: ZipFile, entry: Entry, limit: number, ratio: number): Promise<Buffer> {
  const stream = await new Promise<Readable>((resolve, reject) => {
    zip.openReadStream(entry, (error, readable) => (error ? reject(translated(error)) : resolve(readable)));
  });
  const chunks: Buffer[] = [];
  let size = 0;
  // A ratio means nothing for tiny members: a page of zeros packs to a few bytes.
  const most = Math.min(limit, Math.max(entry.compressedSize * ratio, 2 ** 20));
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > most) throw new CxrError('ARCHIVE_BOMB', `a member unpacks to more than ${most} bytes`);
      chunks.push(chunk);
    }
  } catch (error) {
    throw translated(error);
  } finally {
    stream.destroy();
  }
  return Buffer.concat(chunks);
}

/** Errors of the store pass; the rest is what yauzl and zlib say of a broken archive, and may quote names. */
function translated(error: unknown): Error {
  if (error instanceof CxrError) return error;
  if (error instanceof Error && error.name === 'AbortError') return error;
  return new CxrError('ARCHIVE_INVALID', undefined, { cause: error });
}

class StoreReader extends RandomAccessReader {
  readonly #store: ObjectStore;
  readonly #key: string;
  readonly #signal: AbortSignal;

  constructor(store: ObjectStore, key: string, signal: AbortSignal) {
    super();
    this.#store = store;
    this.#key = key;
    this.#signal = signal;
  }

  override _readStreamForRange(start: number, end: number): Readable {
    const read = async function* (this: StoreReader) {
      yield* (await this.#store.readStream(this.#key, {
        range: { start, end },
        signal: this.#signal,
      })) as AsyncIterable<Buffer>;
    };
    return Readable.from(read.call(this));
  }
}
