import { contentOf, copyOf, publish } from '../../../catalog/annotation-files.js';
import { isPending, requarantine } from '../../../catalog/annotation-listing.js';
import {
  beginStaging,
  dropStaging,
  type StagedFile,
  type Staging,
  stage,
} from '../../../catalog/annotation-staging.js';
import { type FileOutcome, type FileRow, settle } from '../../../catalog/files.js';
import { addCounts } from '../../../catalog/runs.js';
import { createClassMap } from '../../../datasets/annotations/classes.js';
import { readAnnotations } from '../../../datasets/annotations/read.js';
import { checkRecord } from '../../../datasets/annotations/record.js';
import { referencesOf } from '../../../datasets/annotations/references.js';
import { CxrError, isCxrError } from '../../../errors.js';
import { createPseudonyms } from '../../../privacy/pseudonyms.js';
import { type ContentHasher, contentHasher, fileId, openPath, sealPath } from '../../../privacy/seal.js';
import type { ObjectStore } from '../../../storage/port.js';
import type { AnnotationsRun } from '../../api/annotations.js';
import type { Deps } from '../../deps.js';
import { ledgerId, readerPseudonym } from './names.js';
import { type Checked, type PlaceContext, placeRecords } from './place-records.js';

/** Records of one transaction. */
const BATCH = 1000;
/** Times that a file may change while it is read. */
const TRIES = 3;

export interface ReadContext {
  readonly deps: Deps;
  readonly run: AnnotationsRun;
  readonly source: ObjectStore;
  readonly signal: AbortSignal;
}

/**
 * Reads one file and puts what it says into effect, in one transaction at its end; until then nobody sees anything of
 * it, and what was in effect of it stays. A repeat goes on behind the records that are staged.
 * @param further told when records were staged: it got further than before
 */
export async function readIn(context: ReadContext, file: FileRow, further: () => void): Promise<void> {
  // Another attempt may have ended it since this one was given the row.
  if (!(await isPending(context.deps.catalog.db, file.file_id, context.run.runId))) return;
  const key = openPath(context.deps.keyring.pathKey, file.sealed_path).toString('utf8');
  for (let tries = 1; ; tries++) {
    try {
      await attempt(context, file, key, further);
      return;
    } catch (error) {
      context.signal.throwIfAborted();
      if (!isCxrError(error) || error.kind !== 'file') throw error;
      if (error.code === 'CHANGED_WHILE_READ' && tries < TRIES) continue;
      await refuse(context, file, error);
      return;
    }
  }
}

async function attempt(context: ReadContext, file: FileRow, key: string, further: () => void): Promise<void> {
  const { deps, run, source } = context;
  const { db } = deps.catalog;
  const info = await source.stat(key, { signal: context.signal });
  // What may not be read is none here; reading it says why.
  if (info && info.size > run.limits.file)
    throw new CxrError('TOO_LARGE', `more than ${run.limits.file} bytes`);
  const contentHash = await hashOf(context, key);
  const identity = { fileId: file.file_id, source: run.ledger, contentHash };
  if ((await contentOf(db, file.file_id)) === undefined && (await copyOf(db, identity)) !== undefined) {
    await settleFile(
      context,
      file,
      { state: 'skipped', code: 'DUPLICATE', reason: 'a copy of another file' },
      contentHash,
    );
    return;
  }
  const staged = { ...identity, rules: run.rules };
  const staging = await deps.catalog.transaction((trx) => beginStaging(trx, staged));
  const modifiedAt = new Date(info?.modified ?? Date.now()).toISOString();
  const format = await stageAll(context, { file, key, staged, staging, modifiedAt, further });
  await deps.catalog.transaction(async (trx) => {
    const { records, applied, skipped, quarantined } = await publish(trx, {
      ...identity,
      ...{ format, modifiedAt, runId: run.runId, sameContent: staging.sameContent },
    });
    const outcome = { state: 'opened', code: 'ANNOTATIONS', imageCount: records, contentHash } as const;
    const { opened } = await settle(trx, run.runId, [
      { fileId: file.file_id, ruleHash: run.rules, ...outcome },
    ]);
    if (opened !== 1) throw new CxrError('LEASE_LOST');
    await addCounts(trx, run.runId, { done: applied, skipped, quarantined });
  });
}

interface ToStage {
  readonly file: FileRow;
  readonly key: string;
  readonly staged: StagedFile;
  readonly staging: Staging;
  readonly modifiedAt: string;
  further(): void;
}

/** @returns the format of the file */
async function stageAll(context: ReadContext, work: ToStage): Promise<string> {
  const { deps, run, source, signal } = context;
  const { staging } = work;
  const placing = placeContext(context, work);
  const pseudonyms = createPseudonyms(deps.keyring.pseudonymKey);
  const pseudonym = remembered(readerPseudonym(pseudonyms));
  const classes = createClassMap(run.classes, run.labels);
  const references = remembered((given: string) =>
    referencesOf(given, pseudonyms.uid, (path) =>
      run.imageSources.map((name) => fileId(deps.keyring.pathKey, name, path)),
    ),
  );
  const hasher = contentHasher(deps.keyring.pathKey);
  const bytes = hashing(await source.readStream(work.key, { signal }), hasher);
  let batch: Checked[] = [];
  const flush = async () => {
    signal.throwIfAborted();
    const upTo = batch.at(-1)?.position;
    if (upTo === undefined) return;
    const records = await placeRecords({ ...placing, referencesOf: references }, batch);
    await deps.catalog.transaction((trx) => stage(trx, work.staged, staging.revision, records, upTo));
    batch = [];
    work.further();
  };
  const { format, records } = await sound(() => readAnnotations(bytes, run.maxJson));
  for await (const record of soundly(records)) {
    if (record.position <= staging.records) continue;
    batch.push({ ...checkRecord(record, classes, pseudonym), position: record.position });
    if (batch.length === BATCH) await flush();
  }
  await flush();
  if (hasher.digest() !== work.staged.contentHash) throw new CxrError('CHANGED_WHILE_READ');
  return format;
}

function placeContext(
  { deps, run }: ReadContext,
  { file, key, staging, modifiedAt }: ToStage,
): Omit<PlaceContext, 'referencesOf'> {
  const { pathKey } = deps.keyring;
  return {
    ...{ db: deps.catalog.db, fileId: file.file_id, revision: staging.revision, modifiedAt },
    recordId: (position) => ledgerId(pathKey, run, key, position),
    sealedPath: (position) => sealPath(pathKey, Buffer.from(`${key}#${position}`)).toString('base64'),
  };
}

/** A file that says nothing: what was in effect of it stays in effect. */
async function refuse(context: ReadContext, file: FileRow, { code, message }: CxrError): Promise<void> {
  if (code === 'NOT_FOUND' || code === 'VANISHED')
    return settleFile(context, file, {
      state: 'skipped',
      code: 'VANISHED',
      reason: 'gone before it was read',
    });
  const state = code === 'NOT_ANNOTATIONS' ? 'ignored' : 'quarantined';
  return settleFile(context, file, { state, code, reason: message });
}

async function settleFile(
  { deps, run }: ReadContext,
  file: FileRow,
  outcome: Pick<FileOutcome, 'state' | 'code' | 'reason'>,
  contentHash?: string,
): Promise<void> {
  await deps.catalog.transaction(async (trx) => {
    await dropStaging(trx, file.file_id);
    await requarantine(trx, file.file_id);
    const { skipped, ignored, quarantined } = await settle(trx, run.runId, [
      { fileId: file.file_id, ruleHash: run.rules, contentHash, ...outcome },
    ]);
    await addCounts(trx, run.runId, { skipped, ignored, quarantined });
  });
}

async function hashOf({ deps, source, signal }: ReadContext, key: string): Promise<string> {
  const hasher = contentHasher(deps.keyring.pathKey);
  for await (const _ of hashing(await source.readStream(key, { signal }), hasher));
  return hasher.digest();
}

async function* hashing(bytes: AsyncIterable<Uint8Array>, hasher: ContentHasher): AsyncGenerator<Uint8Array> {
  for await (const chunk of bytes) {
    hasher.update(chunk);
    yield chunk;
  }
}

/** Reading is pure but for the bytes it asks for, whose errors are registered: any other is a fault of this program. */
async function sound<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw isCxrError(error) || isAbort(error)
      ? error
      : new CxrError('PROCESSING_FAILED', undefined, { cause: error });
  }
}

async function* soundly<T>(records: AsyncIterable<T>): AsyncGenerator<T> {
  const iterator = records[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await sound(() => iterator.next());
      if (next.done) return;
      yield next.value;
    }
  } finally {
    await iterator.return?.();
  }
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && (error.name === 'AbortError' || error.name === 'CancelledFailure');
}

/** The last answers of a function: rows of one image and of one reader stand together. */
function remembered<T>(ask: (name: string) => T): (name: string) => T {
  const answers = new Map<string, T>();
  return (name) => {
    const known = answers.get(name);
    if (known !== undefined) return known;
    if (answers.size >= 10_000) answers.clear();
    const answer = ask(name);
    answers.set(name, answer);
    return answer;
  };
}
