import { finishRun, setCounts } from '../../catalog/runs.js';
import { inRun } from '../../catalog/shards.js';
import { type DeidReport, mergeReports } from '../../dicom/deidentify/report.js';
import { reportHtml } from '../../dicom/deidentify/report-html.js';
import type { MainActivities, RunSettings } from '../api.js';
import { beating } from '../beat.js';
import type { Deps } from '../deps.js';
import { patiently } from '../patience.js';
import { staged, uriOf, writeLines } from '../staging.js';
import { giveBack, sweep } from './lease.js';
import { reportsOf } from './run-id.js';

/** A run that came to its end: its report is written, its staging goes unless another stage needs it. */
export function closeRun(deps: Deps): MainActivities['closeRun'] {
  return ({ run, outcome, keepStaging }) =>
    beating<{ manifest?: string; report?: string }, undefined>((_, signal) =>
      patiently(run.retry, signal, async () => {
        const report = await writeReport(deps, run);
        const manifest = keepStaging ? await writeManifest(deps, run) : undefined;
        if (!keepStaging) await deps.objects.deletePrefix(run.staging);
        const { counts, suboptimal, review } = outcome;
        await setCounts(deps.catalog.db, run.runId, { ...counts, suboptimal, review });
        await finishRun(deps.catalog.db, run.runId, 'completed');
        await giveBack(deps, run);
        return { ...(manifest && { manifest }), ...(report && { report }) };
      }),
    );
}

/** The end of a run of any other type. */
export function endRun(deps: Deps): MainActivities['endRun'] {
  return ({ run, counts }) =>
    beating<void, undefined>((_, signal) =>
      patiently(run.retry, signal, async () => {
        await deps.objects.deletePrefix(run.staging);
        await setCounts(deps.catalog.db, run.runId, counts);
        await finishRun(deps.catalog.db, run.runId, 'completed');
        await giveBack(deps, run);
      }),
    );
}

/** A run that was cancelled or failed: what is stored stays, what was on its way goes. */
export function abandonRun(deps: Deps): MainActivities['abandonRun'] {
  return ({ run, reason }) =>
    beating<void, undefined>(async () => {
      await sweep(deps, run.runId, reason);
      await giveBack(deps, run);
    });
}

/**
 * The reports of the shards in one, as JSON and for a person to read and sign. A repeat that finds the shards gone
 * finds the report they became.
 */
export async function writeReport(deps: Deps, run: Pick<RunSettings, 'runId'>): Promise<string | undefined> {
  const { objects } = deps;
  const folder = reportsOf(run.runId);
  const html = `${folder}deid-report.html`;
  let report: DeidReport | undefined;
  for await (const { key } of objects.list(`${folder}shards/`)) {
    const next = JSON.parse((await objects.read(key)).toString('utf8')) as DeidReport;
    report = report ? mergeReports([report, next]) : next;
  }
  if (report) {
    const json = Buffer.from(JSON.stringify(report, null, 2));
    await objects.write(`${folder}deid-report.json`, json, { contentType: 'application/json' });
    const page = Buffer.from(reportHtml(report, 'De-identification report'));
    await objects.write(html, page, { contentType: 'text/html; charset=utf-8' });
    await objects.deletePrefix(`${folder}shards/`);
  } else if ((await objects.stat(html)) === undefined) return undefined;
  return uriOf(objects, html);
}

/** What `store` is given to store everything that this run extracted. */
async function writeManifest(deps: Deps, run: RunSettings): Promise<string> {
  const lines: { manifest: string }[] = [];
  for await (const shard of inRun(deps.catalog.db, run.runId))
    lines.push({ manifest: uriOf(deps.objects, staged.extracted(run, shard)) });
  const key = `${run.staging}manifest.jsonl`;
  await writeLines(deps.objects, key, lines);
  return uriOf(deps.objects, key);
}
