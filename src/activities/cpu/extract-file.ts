import { CxrError } from '../../errors.js';
import { createPseudonyms } from '../../privacy/pseudonyms.js';
import { contentHash, fileId, openPath, sealPath } from '../../privacy/seal.js';
import type { ObjectStore } from '../../storage/port.js';
import type { RunSettings } from '../api.js';
import type { Deps } from '../deps.js';
import type { FileRecord, StagedFilm, StagedFrame } from '../records.js';
import { staged } from '../staging.js';
import { looksLikeZip, openArchive } from './archive.js';
import type { FilmDone, FilmInput, FilmOutcome, FilmSettings } from './film/outcome.js';
import { readSource } from './read-source.js';

/** A file that the listing claimed for a shard. */
export interface ClaimedFile {
  readonly fileId: string;
  readonly sealedPath: Uint8Array;
  /** What was stored of it before, where size or time say that it may have changed. */
  readonly stored: { readonly contentHash: string; readonly images: number } | undefined;
}

/** What all files of a shard are extracted with. */
export interface ExtractContext {
  readonly deps: Deps;
  readonly run: RunSettings;
  readonly shard: number;
  readonly source: ObjectStore;
  readonly settings: FilmSettings;
  readonly film: (input: FilmInput) => Promise<FilmOutcome>;
  readonly signal: AbortSignal;
}

/**
 * One file of the source to its records: one, or for an archive one for itself and one a member. Pictures are
 * in staging when this returns. @throws CxrError of kind `world`; what is wrong with the file is a record
 */
export async function extractFile(
  context: ExtractContext,
  file: ClaimedFile,
): Promise<readonly FileRecord[]> {
  const { deps, run, source, signal } = context;
  const { pathKey } = deps.keyring;
  const key = openPath(pathKey, file.sealedPath).toString('utf8');
  try {
    if (key.endsWith('/')) throw new CxrError('UNREADABLE', 'a folder');
    const head = await source.read(key, { range: { start: 0, end: 4 }, signal });
    if (looksLikeZip(head)) return await extractArchive(context, file, key);
    const { bytes } = await readSource(source, key, run.limits.file, signal);
    const hash = contentHash(pathKey, bytes);
    if (hash === file.stored?.contentHash) return [unchanged(file.fileId, hash, file.stored.images)];
    return [await extractBytes(context, { fileId: file.fileId, contentHash: hash }, bytes)];
  } catch (error) {
    return [{ fileId: file.fileId, ...notDone(context, error) }];
  }
}

function unchanged(fileId: string, contentHash: string, images: number): FileRecord {
  return {
    fileId,
    contentHash,
    images,
    status: 'skipped',
    code: 'UNCHANGED',
    reason: 'same content as before',
  };
}

async function extractArchive(
  context: ExtractContext,
  file: ClaimedFile,
  key: string,
): Promise<readonly FileRecord[]> {
  const { deps, run, source, signal } = context;
  const { pathKey } = deps.keyring;
  const archive = await source.stat(key);
  if (archive === undefined) throw new CxrError('VANISHED');
  const records: FileRecord[] = [];
  for await (const { name, bytes } of openArchive(source, key, archive.size, run.limits.zip, signal)) {
    const path = Buffer.concat([Buffer.from(`${key}!/`), name]);
    const identity = {
      fileId: fileId(pathKey, run.source ?? '', path),
      parent: file.fileId,
      sealedPath: sealPath(pathKey, path).toString('base64'),
      size: bytes.length,
      contentHash: contentHash(pathKey, bytes),
    };
    const nested = looksLikeZip(bytes);
    records.push(
      nested
        ? { ...identity, status: 'ignored', code: 'NESTED_ARCHIVE', reason: 'an archive within an archive' }
        : await extractBytes(context, identity, bytes),
    );
  }
  if (records.length === 0)
    return [
      { fileId: file.fileId, status: 'ignored', code: 'EMPTY_ARCHIVE', reason: 'an archive without files' },
    ];
  return [{ fileId: file.fileId, status: 'opened', code: 'ARCHIVE', members: records.length }, ...records];
}

type Identity = Pick<FileRecord, 'fileId' | 'parent' | 'sealedPath' | 'size' | 'contentHash'>;

async function extractBytes(context: ExtractContext, identity: Identity, bytes: Buffer): Promise<FileRecord> {
  try {
    const outcome = await orFault(context.film({ bytes, settings: context.settings }));
    if (outcome.status !== 'done') return { ...identity, ...outcome };
    return { ...identity, status: 'done', film: await stage(context, outcome) };
  } catch (error) {
    return { ...identity, ...notDone(context, error) };
  }
}

/** Pictures go to the staging of the run; the rest of a film fits into its record. */
async function stage({ deps, run, shard }: ExtractContext, film: FilmDone): Promise<StagedFilm> {
  const { imageId } = createPseudonyms(deps.keyring.pseudonymKey);
  const frames: StagedFrame[] = [];
  for (const { png, ...frame } of film.frames) {
    const id = imageId(film.ids.instance, frame.frame);
    await deps.objects.write(staged.image(run.staging, shard, id), png, { contentType: 'image/png' });
    frames.push({ ...frame, imageId: id, pngBytes: png.length });
  }
  const { status: _, ...rest } = film;
  return { ...rest, frames };
}

/** In a thread nothing of the world is touched: what fails unexpectedly there is a fault of this program. */
async function orFault(work: Promise<FilmOutcome>): Promise<FilmOutcome> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof CxrError) || error.code !== 'UNEXPECTED') throw error;
    throw new CxrError('PROCESSING_FAILED', error.detail);
  }
}

/** A fault of the file is its record; a broken world is thrown, and tried again. */
function notDone(
  { signal, deps }: ExtractContext,
  error: unknown,
): Pick<FileRecord, 'status' | 'code' | 'reason'> {
  signal.throwIfAborted();
  if (!(error instanceof CxrError) || error.kind === 'world') throw error;
  if (error.code === 'VANISHED' || error.code === 'NOT_FOUND')
    return { status: 'skipped', code: 'VANISHED', reason: 'gone before it was read' };
  if (error.code === 'PROCESSING_FAILED')
    deps.log.error({ place: error.detail }, 'a film could not be processed');
  return { status: 'quarantined', code: error.code, reason: error.message };
}
