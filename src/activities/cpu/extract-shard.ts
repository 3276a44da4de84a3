import { addMembers, type FileRow, type SealedEntry, settle, shardFiles } from '../../catalog/files.js';
import { addCounts } from '../../catalog/runs.js';
import { setState } from '../../catalog/shards.js';
import { loadProfile } from '../../dicom/deidentify/profile.js';
import { ReportBuilder } from '../../dicom/deidentify/report.js';
import { ERRORS, type ErrorCode } from '../../errors.js';
import type { CpuActivities, ExtractShardResult, FailureBudget, RunSettings } from '../api.js';
import { beating } from '../beat.js';
import type { Deps } from '../deps.js';
import { each } from '../each.js';
import { reportsOf } from '../main/run-id.js';
import { patiently } from '../patience.js';
import { countRecords, type FileRecord, outcomeOf } from '../records.js';
import { type ExtractedManifest, readLines, staged, uriOf, writeLines } from '../staging.js';
import { type ClaimedFile, type ExtractContext, extractFile } from './extract-file.js';

/** Files of a part: what is done again at most when a worker dies. */
const PART = 25;
/** Files read ahead of the threads. */
const AHEAD = 2;
const BUDGET_FROM = 20;

/**
 * A shard of files, in durable parts. A retry, here or on another host, goes on behind the last part that was
 * written; a part that was begun and not written had a crash in it, and its files are tried in a process of
 * their own.
 */
export function extractShard(deps: Deps): CpuActivities['extractShard'] {
  return ({ run, shard, budget }) =>
    beating<ExtractShardResult, { watermark: number }>(async (progress, signal) => {
      const files = await patiently(run.retry, signal, () => shardFiles(deps.catalog.db, run.runId, shard));
      const report = new ReportBuilder(loadProfile(run.profileText), deps.keyring.epoch);
      const parts: string[] = [];
      let counts = countRecords([]);
      let images = 0;
      for (let from = 0; from < files.length; from += PART) {
        const chunk = files.slice(from, from + PART).map(claimed);
        const part = await patiently(run.retry, signal, () =>
          extractPart(deps, run, shard, from, chunk, signal),
        );
        parts.push(staged.part(run, shard, from));
        for (const record of part.records) addToReport(report, record);
        counts = addUp(counts, countRecords(part.records));
        images += part.records.reduce((sum, { film }) => sum + (film?.frames.length ?? 0), 0);
        progress({ watermark: from + chunk.length });
        const halt = overBudget(run, budget, part.tried);
        if (halt && from + PART < files.length)
          return { counts, images, manifest: '', halt, budget: part.tried };
      }
      const manifest: ExtractedManifest = {
        runId: run.runId,
        source: run.source ?? '',
        sourceRoot: run.sourceRoot ?? '',
        started: run.started,
        staging: run.staging,
        shard,
        counts,
        images,
        parts,
      };
      const reportKey = `${reportsOf(run.runId)}shards/${shard}.json`;
      const key = staged.extracted(run, shard);
      await patiently(run.retry, signal, async () => {
        await deps.objects.write(reportKey, Buffer.from(JSON.stringify(report.report())), {
          contentType: 'application/json',
        });
        await deps.objects.write(key, Buffer.from(JSON.stringify(manifest)), {
          contentType: 'application/json',
        });
        await setState(deps.catalog.db, run.runId, shard, 'extracted');
      });
      return { counts, images, manifest: uriOf(deps.objects, key) };
    });
}

function addToReport(report: ReportBuilder, { status, code, film }: FileRecord): void {
  if (film) report.done(film);
  else if (status === 'quarantined') report.quarantined(code as ErrorCode);
  else if (status === 'skipped' || status === 'ignored') report.other(status);
}

function claimed(row: FileRow): ClaimedFile {
  const stored = row.prior_state === 'stored' && row.content_hash !== null;
  return {
    fileId: row.file_id,
    sealedPath: row.sealed_path,
    stored: stored ? { contentHash: row.content_hash as string, images: row.image_count } : undefined,
  };
}

interface Part {
  readonly records: readonly FileRecord[];
  /** Counters of the whole run behind this part. */
  readonly tried: FailureBudget;
}

async function extractPart(
  deps: Deps,
  run: RunSettings,
  shard: number,
  from: number,
  files: readonly ClaimedFile[],
  signal: AbortSignal,
): Promise<Part> {
  const { objects } = deps;
  const key = staged.part(run, shard, from);
  if (await objects.stat(key)) {
    const records = await readLines<FileRecord>(objects, key);
    return { records, tried: await settlePart(deps, run, shard, records, false) };
  }
  const begun = staged.begun(run, shard, from);
  const suspect = (await objects.stat(begun)) !== undefined;
  if (!suspect) await objects.write(begun, new Uint8Array(0));
  const records = suspect
    ? await alone(deps, run, shard, files, signal)
    : await together(deps, run, shard, files, signal);
  await writeLines(objects, key, records);
  return { records, tried: await settlePart(deps, run, shard, records, true) };
}

async function together(
  deps: Deps,
  run: RunSettings,
  shard: number,
  files: readonly ClaimedFile[],
  signal: AbortSignal,
): Promise<readonly FileRecord[]> {
  const context = contextOf(deps, run, shard, signal, (input) => deps.pool.run('film', input, { signal }));
  return (await each(files, deps.pool.threads + AHEAD, (file) => extractFile(context, file))).flat();
}

async function alone(
  deps: Deps,
  run: RunSettings,
  shard: number,
  files: readonly ClaimedFile[],
  signal: AbortSignal,
): Promise<readonly FileRecord[]> {
  const isolated = deps.isolated();
  const context = contextOf(deps, run, shard, signal, (input) => isolated.run('film', input, { signal }));
  try {
    return (await each(files, 1, (file) => extractFile(context, file))).flat();
  } finally {
    isolated.close();
  }
}

function contextOf(
  deps: Deps,
  run: RunSettings,
  shard: number,
  signal: AbortSignal,
  film: ExtractContext['film'],
): ExtractContext {
  const settings = {
    issuer: run.issuer ?? run.source ?? '',
    profileText: run.profileText,
    select: run.select,
    bits: run.render.bits,
    window: run.render.window,
    deviceRules: run.deviceRules,
  };
  return { deps, run, shard, source: deps.store(run.sourceRoot ?? ''), settings, film, signal };
}

/**
 * What is not to be stored is settled now; what is, when it is stored. A repeat changes nothing.
 * @param fresh false for a part that an earlier attempt wrote: its films are counted as tried already
 */
async function settlePart(
  deps: Deps,
  run: RunSettings,
  shard: number,
  records: readonly FileRecord[],
  fresh: boolean,
): Promise<FailureBudget> {
  const outcomes = records.filter(({ status }) => status !== 'done').map((record) => outcomeOf(record, run));
  const done = fresh ? records.length - outcomes.length : 0;
  return await deps.catalog.transaction(async (trx) => {
    for (const [parentFileId, entries] of membersOf(records)) {
      await addMembers(trx, { runId: run.runId, shard, source: run.source ?? '', parentFileId, entries });
    }
    const { skipped, ignored, quarantined } = await settle(trx, run.runId, outcomes);
    const now = await addCounts(trx, run.runId, { skipped, ignored, quarantined, tried: quarantined + done });
    return { tried: now?.tried ?? 0, quarantined: now?.quarantined ?? 0 };
  });
}

/** Members of archives by their archive, as the catalog is told of them. */
function membersOf(records: readonly FileRecord[]): ReadonlyMap<string, SealedEntry[]> {
  const archives = new Map<string, SealedEntry[]>();
  for (const { fileId, parent, sealedPath, size, contentHash } of records) {
    if (parent === undefined || sealedPath === undefined) continue;
    const entry = {
      fileId,
      size: size ?? 0,
      version: contentHash ?? '',
      sealedPath: Buffer.from(sealedPath, 'base64'),
    };
    archives.set(parent, [...(archives.get(parent) ?? []), entry]);
  }
  return archives;
}

/** Quarantined of tried, from 20 files on, since a person last accepted it. */
function overBudget(
  run: RunSettings,
  accepted: FailureBudget,
  now: FailureBudget,
): ExtractShardResult['halt'] {
  const tried = now.tried - accepted.tried;
  const quarantined = now.quarantined - accepted.quarantined;
  if (tried < BUDGET_FROM || quarantined / tried <= run.maxFailureRate) return undefined;
  const { message, hint } = ERRORS.FAILURE_BUDGET;
  return { code: 'FAILURE_BUDGET', message: `${message}: ${quarantined} of ${tried} tried. ${hint}` };
}

function addUp(
  a: ExtractShardResult['counts'],
  b: ExtractShardResult['counts'],
): ExtractShardResult['counts'] {
  return {
    found: a.found + b.found,
    done: a.done + b.done,
    skipped: a.skipped + b.skipped,
    ignored: a.ignored + b.ignored,
    quarantined: a.quarantined + b.quarantined,
  };
}
