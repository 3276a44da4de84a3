import { createHash } from 'node:crypto';
import { looksLikeDicom, readDicom } from '../dicom/read.js';
import { text } from '../dicom/values.js';
import { isCxrError } from '../errors.js';
import { atMost } from '../storage/keys.js';
import type { ObjectInfo, ObjectStore } from '../storage/port.js';

const AT_ONCE = 8;
/** Of a file's start: enough to know DICOM by. */
const HEAD_BYTES = 4096;
/** Patient Identity Removed (PS3.3 C.7.1.1). */
const IDENTITY_REMOVED = '00120062';

export interface UploadJob {
  readonly from: ObjectStore;
  readonly to: ObjectStore;
  /** Endings of names that are taken, `.png`; none: all. */
  readonly extensions: readonly string[];
  /** Takes DICOM that does not say that the patient's identity was removed. */
  readonly identified: boolean;
  readonly signal?: AbortSignal;
  readonly report: (counts: UploadCounts) => void;
}

export interface UploadCounts {
  found: number;
  uploaded: number;
  /** There already with the same bytes. */
  unchanged: number;
  /** DICOM of a patient who was not removed from it. */
  refused: number;
  bytes: number;
}

/**
 * Copies the files of a folder whose names end as asked, keeping the tree. A file that is there already with the
 * same SHA-256 is left; so a second run after a cut connection sends what is missing.
 *
 * @throws CxrError of the two stores
 */
export async function uploadFolder(job: UploadJob): Promise<UploadCounts> {
  const { from, to, report } = job;
  const call = job.signal ? { signal: job.signal } : {};
  const counts: UploadCounts = { found: 0, uploaded: 0, unchanged: 0, refused: 0, bytes: 0 };

  const one = async ({ key, size }: ObjectInfo): Promise<void> => {
    counts.found++;
    const target = to.scheme === 'file' ? key : key.replaceAll('%25', '%');
    if (!job.identified && !(await isSafe(from, key))) counts.refused++;
    else if ((await to.stat(target, call))?.size === size && (await same(from, key, to, target)))
      counts.unchanged++;
    else {
      await to.write(target, await from.readStream(key, call), { ...call, contentType: typeOf(key) });
      counts.uploaded++;
      counts.bytes += size;
    }
    report(counts);
  };
  await atMost(AT_ONCE, chosen(job, call), one);
  return counts;
}

async function* chosen({ from, extensions }: UploadJob, call: { signal?: AbortSignal }) {
  const wanted = extensions.map((ending) => ending.toLowerCase());
  for await (const info of from.list('', call)) {
    const name = info.key.toLowerCase();
    if (wanted.length === 0 || wanted.some((ending) => name.endsWith(ending))) yield info;
  }
}

/** True for what is no DICOM, and for DICOM that says YES. What cannot be read as DICOM does not say it. */
async function isSafe(store: ObjectStore, key: string): Promise<boolean> {
  if (!looksLikeDicom(await store.read(key, { range: { start: 0, end: HEAD_BYTES } }))) return true;
  try {
    return text(readDicom(await store.read(key)).dataset, IDENTITY_REMOVED)?.trim() === 'YES';
  } catch (error) {
    if (isCxrError(error) && error.kind === 'file') return false;
    throw error;
  }
}

async function same(a: ObjectStore, aKey: string, b: ObjectStore, bKey: string): Promise<boolean> {
  const [x, y] = await Promise.all([sha256(a, aKey), sha256(b, bKey)]);
  return x.equals(y);
}

async function sha256(store: ObjectStore, key: string): Promise<Buffer> {
  const hash = createHash('sha256');
  for await (const chunk of await store.readStream(key)) hash.update(chunk as Buffer);
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
