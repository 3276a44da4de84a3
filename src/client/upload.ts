import { createHash } from 'node:crypto';
import { looksLikeDicom, readDicom } from '../dicom/read.js';
import { text } from '../dicom/values.js';
import { CxrError, isCxrError } from '../errors.js';
import type { Bucket, StoredSum } from '../storage/bucket.js';
import { atMost } from '../storage/keys.js';
import type { ObjectInfo, ObjectStore } from '../storage/port.js';
import { Sums } from './sums.js';

const AT_ONCE = 8;
/** Of a file's start: enough to know DICOM by. */
const HEAD_BYTES = 4096;
/** Patient Identity Removed (PS3.3 C.7.1.1). */
const IDENTITY_REMOVED = '00120062';
/** A file from here on goes up in parts that outlive the process, where the store has such. */
const IN_PARTS_BYTES = 64 * 2 ** 20;

export interface UploadJob {
  readonly from: ObjectStore;
  readonly to: ObjectStore;
  /** Of `to`, where it is one: it knows checksums. */
  readonly bucket?: Bucket | undefined;
  /** Endings of names that are taken, `.png`; none: all. */
  readonly extensions: readonly string[];
  /** Takes DICOM that does not say that the patient's identity was removed. */
  readonly identified: boolean;
  /** Files at a time; 8 unless given. */
  readonly atOnce?: number;
  /** Looks and compares, sends nothing. */
  readonly dryRun?: boolean;
  readonly signal?: AbortSignal;
  readonly report: (counts: UploadCounts) => void;
  /** Told of every file, in the order they end. */
  readonly onFile?: (key: string, outcome: UploadOutcome, size: number) => void;
}

/** `refused`: DICOM of a patient who was not removed from it. */
export type UploadOutcome = 'uploaded' | 'unchanged' | 'refused' | 'failed';

export interface UploadCounts {
  found: number;
  uploaded: number;
  /** There already with the same bytes. */
  unchanged: number;
  refused: number;
  /** Could not be read, changed while it was read, or has a name that the store cannot hold. */
  failed: number;
  /** Sent. */
  bytes: number;
  /** Of all files that are done with, sent or not, and what has gone of those on their way. */
  handled: number;
}

/**
 * Copies the files of a folder whose names end as asked, keeping the tree. What the store has with the same
 * checksum is left, so a second run after a cut connection sends what is missing; what was sent is compared.
 *
 * @throws CxrError of the two stores; CHECKSUM_MISMATCH
 */
export async function uploadFolder(job: UploadJob): Promise<UploadCounts> {
  const counts = { found: 0, uploaded: 0, unchanged: 0, refused: 0, failed: 0, bytes: 0, handled: 0 };
  const one = async (info: ObjectInfo): Promise<void> => {
    counts.found++;
    let sent = 0;
    const outcome = await uploadOne(job, info, (bytes) => {
      sent += bytes;
      counts.handled += bytes;
      job.report(counts);
    });
    counts[outcome]++;
    counts.handled += info.size - sent;
    if (outcome === 'uploaded') counts.bytes += info.size;
    job.onFile?.(info.key, outcome, info.size);
    job.report(counts);
  };
  await atMost(job.atOnce ?? AT_ONCE, chosen(job), one);
  return counts;
}

/** How much there is to do: files and bytes. */
export async function measureFolder(
  job: Pick<UploadJob, 'from' | 'extensions' | 'signal'>,
): Promise<{ readonly files: number; readonly bytes: number }> {
  let [files, bytes] = [0, 0];
  for await (const { size } of chosen(job)) {
    files++;
    bytes += size;
  }
  return { files, bytes };
}

/** Told of bytes as they leave. */
type OnBytes = (bytes: number) => void;

async function uploadOne(job: UploadJob, info: ObjectInfo, onBytes: OnBytes): Promise<UploadOutcome> {
  const { from, to, dryRun = false } = job;
  const { key } = info;
  const target = to.scheme === 'file' ? key : key.replaceAll('%25', '%');
  try {
    if (!job.identified && !(await isSafe(from, key))) return 'refused';
    if (await isThere(job, info, target)) return 'unchanged';
    if (!dryRun) await send(job, info, target, onBytes);
    return 'uploaded';
  } catch (error) {
    // This file's own trouble; what is wrong with the store ends it all.
    if (isCxrError(error) && error.kind === 'file') return 'failed';
    throw error;
  }
}

async function* chosen({ from, extensions, signal }: Pick<UploadJob, 'from' | 'extensions' | 'signal'>) {
  const wanted = extensions.map((ending) => ending.toLowerCase());
  for await (const info of from.list('', signal ? { signal } : {})) {
    const name = info.key.toLowerCase();
    if (wanted.length === 0 || wanted.some((ending) => name.endsWith(ending))) yield info;
  }
}

async function isThere(job: UploadJob, { key, size }: ObjectInfo, target: string): Promise<boolean> {
  const { from, to, bucket, signal } = job;
  const call = signal ? { signal } : {};
  const stored = bucket ? await bucket.sum(target, call) : await to.stat(target, call);
  if (stored?.size !== size) return false;
  const sums = bucket ? Sums.for(stored as StoredSum) : undefined;
  if (sums) return (await summed(from, key, sums, call)).equal(stored as StoredSum);
  // No checksum to ask for: the bytes themselves.
  const [ours, theirs] = await Promise.all([sha256(from, key, call), sha256(to, target, call)]);
  return ours.equals(theirs);
}

async function send(job: UploadJob, info: ObjectInfo, target: string, onBytes: OnBytes): Promise<void> {
  const { from, to, bucket, signal } = job;
  const { key, size, version } = info;
  const call = signal ? { signal } : {};
  const sums = new Sums(PARTS);
  const contentType = typeOf(key);
  if (bucket?.putInParts && size >= IN_PARTS_BYTES) {
    const read = async (start: number, end: number) => {
      const bytes = await from.read(key, { ...call, range: { start, end } });
      onBytes(bytes.length);
      return bytes;
    };
    await bucket.putInParts(target, { size, read }, { contentType, signal });
    await summed(from, key, sums, call);
  } else
    await to.write(target, tapped(await from.readStream(key, call), sums, onBytes), { ...call, contentType });
  const after = await from.stat(key, call);
  if (after?.version !== version) throw new CxrError('CHANGED_WHILE_READ');
  const stored = await bucket?.sum(target, call);
  if (bucket && !(stored && sums.equal(stored))) throw new CxrError('CHECKSUM_MISMATCH', to.root);
}

/** Of uploads in parts by this program. */
const PARTS = [16 * 2 ** 20];

async function* tapped(
  stream: AsyncIterable<Uint8Array>,
  sums: Sums,
  onBytes: OnBytes,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of stream) {
    sums.update(chunk);
    onBytes(chunk.length);
    yield chunk;
  }
}

async function summed(
  store: ObjectStore,
  key: string,
  sums: Sums,
  call: { signal?: AbortSignal },
): Promise<Sums> {
  for await (const chunk of await store.readStream(key, call)) sums.update(chunk as Buffer);
  return sums;
}

/** True for what is no DICOM, and for DICOM that says YES. What cannot be read as DICOM does not say it. */
async function isSafe(store: ObjectStore, key: string): Promise<boolean> {
  if (!looksLikeDicom(await store.read(key, { range: { start: 0, end: HEAD_BYTES } }))) return true;
  const whole = await store.read(key);
  try {
    return text(readDicom(whole).dataset, IDENTITY_REMOVED)?.trim() === 'YES';
  } catch (error) {
    if (isCxrError(error) && error.kind === 'file') return false;
    throw error;
  }
}

async function sha256(store: ObjectStore, key: string, call: { signal?: AbortSignal }): Promise<Buffer> {
  const hash = createHash('sha256');
  for await (const chunk of await store.readStream(key, call)) hash.update(chunk as Buffer);
  return hash.digest();
}

const TYPES: Record<string, string> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  json: 'application/json',
  csv: 'text/csv',
  dcm: 'application/dicom',
};

function typeOf(key: string): string {
  return TYPES[key.slice(key.lastIndexOf('.') + 1).toLowerCase()] ?? 'application/octet-stream';
}
