import { recordBatch } from '../../catalog/pacs-exports.js';
import { loadProfile } from '../../dicom/deidentify/profile.js';
import { ReportBuilder } from '../../dicom/deidentify/report.js';
import { Slots } from '../../pacs/download/slots.js';
import type { PacsRecord } from '../../pacs/records.js';
import type { PacsBatchInput, PacsBatchResult, PacsCpu } from '../api/pacs.js';
import { beating } from '../beat.js';
import type { Deps, Pool } from '../deps.js';
import { each } from '../each.js';
import { reportsOf } from '../main/run-id.js';
import { patiently } from '../patience.js';
import { exportRecord, type RecordResult } from './record.js';
import { readSealed, staged, writeSealed } from './sealed.js';
import type { PacsTools } from './tools.js';

interface Finished {
  readonly results: readonly RecordResult[];
  readonly summary: PacsBatchResult;
}

/** A batch of files: downloaded, cleaned, written. A repeat finds what was finished, file by file. */
export function exportBatch(deps: Deps, tools: PacsTools): PacsCpu['exportBatch'] {
  return (input) =>
    beating<PacsBatchResult, undefined>((_, signal) => {
      // Asked once an attempt: what this one began itself is no crash.
      let suspect: boolean | undefined;
      return patiently(input.run.retry, signal, async () => {
        suspect ??= (await deps.objects.stat(staged.begun(input.run, input.page, input.batch))) !== undefined;
        return await work(deps, tools, input, suspect, signal);
      });
    });
}

async function work(
  deps: Deps,
  tools: PacsTools,
  { run, page, batch, from, to }: PacsBatchInput,
  suspect: boolean,
  signal: AbortSignal,
): Promise<PacsBatchResult> {
  const key = staged.result(run, page, batch);
  if (await deps.objects.stat(key)) return (await readSealed<Finished>(deps, key)).summary;
  if (!suspect) await deps.objects.write(staged.begun(run, page, batch), new Uint8Array(0));
  const started = Date.now();
  const records = (await readSealed<PacsRecord[]>(deps, staged.page(run, page))).slice(from, to);
  const report = new ReportBuilder(loadProfile(run.profileText), deps.keyring.epoch);
  // A batch that was begun and not finished had a crash in it: its files are tried in a process of their own.
  const isolated = suspect ? deps.isolated() : undefined;
  const alone = new Slots(1);
  const clean: Pool['run'] = (task, given, options) =>
    isolated ? alone.run(() => isolated.run(task, given, options)) : deps.pool.run(task, given, options);
  const context = { deps, tools, run, signal, clean, report };
  const limit = deps.config.pacsExport.download.atOnce;
  const results = await each(records, limit, (record) => exportRecord(context, record)).finally(() =>
    isolated?.close(),
  );
  const summary = summarise(results, (Date.now() - started) / 1000);
  const built = Buffer.from(JSON.stringify(report.report()));
  await deps.objects.write(`${reportsOf(run.runId)}shards/${page}-${batch}.json`, built, {
    contentType: 'application/json',
  });
  const { records: count, found, downloaded, uploaded, failed, seconds, errors } = summary;
  await recordBatch(deps.catalog.db, {
    ...{
      run_id: run.runId,
      page,
      batch,
      records: count,
      found,
      downloaded,
      uploaded,
      failed,
      seconds,
      errors,
    },
  });
  await writeSealed(deps, key, { results, summary } satisfies Finished);
  deps.log.info({ run: run.runId, page, batch, ...summary }, 'pacsExport: batch');
  return summary;
}

export async function readResults(
  deps: Deps,
  run: PacsBatchInput['run'],
  page: number,
  batch: number,
): Promise<readonly RecordResult[]> {
  return (await readSealed<Finished>(deps, staged.result(run, page, batch))).results;
}

function summarise(results: readonly RecordResult[], seconds: number): PacsBatchResult {
  const count = (...states: readonly RecordResult['status'][]) =>
    results.filter(({ status }) => states.includes(status)).length;
  const errors: Record<string, number> = {};
  for (const result of results)
    if (result.status === 'failed') errors[result.code] = (errors[result.code] ?? 0) + 1;
  return {
    records: results.length,
    done: count('done'),
    skipped: count('skipped'),
    found: results.filter(({ located }) => located).length,
    downloaded: results.filter(({ downloaded }) => downloaded).length,
    uploaded: count('done'),
    failed: count('failed'),
    seconds: Math.round(seconds * 1000) / 1000,
    errors,
  };
}
