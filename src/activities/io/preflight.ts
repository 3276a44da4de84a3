import { preflightHtml } from '../../datasets/preflight/html.js';
import type { Preflight } from '../../datasets/preflight/report.js';
import { Survey } from '../../datasets/preflight/survey.js';
import { warningsOf } from '../../datasets/preflight/warnings.js';
import { canonicalJson } from '../../datasets/version/canonical.js';
import { CxrError } from '../../errors.js';
import {
  type InputPlan,
  type ProcessingIo,
  type ProcessingRun,
  type ShardPlan,
  SPLITS,
} from '../api/processing.js';
import { beating } from '../beat.js';
import type { Deps } from '../deps.js';
import { reportsOf } from '../main/run-id.js';
import { patiently } from '../patience.js';
import { planOrder, preparedRecords } from '../processing/plan-order.js';
import { staged } from '../processing/staged.js';
import { uriOf } from '../staging.js';
import { claimVersion } from '../versions/publish.js';

/**
 * Looks at all inputs together before anything is written to the destination; plans the shards; takes the place.
 * @throws CxrError LEAKAGE, NO_IMAGES, BAD_INPUT (statistics of a training split that is empty), VERSION_EXISTS, DESTINATION_IN_USE
 */
export function preflight(deps: Deps): ProcessingIo['preflight'] {
  return ({ run, plan }) =>
    beating<ShardPlan, undefined>((_, signal) =>
      patiently(run.retry, signal, async () => {
        const survey = new Survey(SPLITS, Object.keys(run.pipeline.classes));
        try {
          return await look(deps, run, plan, survey, signal);
        } finally {
          await survey.close();
        }
      }),
    );
}

interface Tally {
  ignored: number;
  readonly quarantined: Record<string, number>;
}

async function look(
  deps: Deps,
  run: ProcessingRun,
  plan: InputPlan,
  survey: Survey,
  signal: AbortSignal,
): Promise<ShardPlan> {
  const tally: Tally = { ignored: plan.ignored, quarantined: {} };
  if (plan.quarantined > 0) tally.quarantined.NO_LABEL = plan.quarantined;
  for (const split of SPLITS)
    for await (const { record } of preparedRecords(deps.objects, run, split, plan.parts[split])) {
      signal.throwIfAborted();
      if (record.left === undefined) await survey.add({ ...record, split });
      else if (record.left === 'ignored') tally.ignored += 1;
      else tally.quarantined[record.code ?? ''] = (tally.quarantined[record.code ?? ''] ?? 0) + 1;
    }
  const findings = await survey.findings();
  const drops = run.leakage === 'drop' ? findings.drops : new Set<string>();
  const stored = await planOrder(deps.objects, run, plan, drops);
  const images = stored.inputs.items;
  const quarantined = Object.values(tally.quarantined).reduce((sum, n) => sum + n, 0);
  const stopped = run.leakage === 'stop' && findings.leaks > 0;
  const { leaks, drops: _, ...odd } = findings;
  const report: Omit<Preflight, 'warnings'> = {
    schema: 'cxrflow/preflight/1',
    dataset: run.dataset,
    version: run.version,
    ok: !stopped && survey.images > 0,
    counts: {
      found: plan.found,
      images: survey.images,
      ignored: tally.ignored,
      quarantined,
      dropped: drops.size,
    },
    quarantined: Object.fromEntries(Object.entries(tally.quarantined).sort()),
    ...survey.facts(),
    ...odd,
    leakage: { policy: run.leakage, found: leaks },
  };
  const uri = await writeReport(deps, run, { ...report, warnings: warningsOf(report) });
  if (images === 0)
    throw new CxrError('NO_IMAGES', `${plan.found} files found, ${quarantined} in quarantine; see ${uri}`);
  if (stopped)
    throw new CxrError(
      'LEAKAGE',
      `${odd.duplicates.acrossSplits} images and ${odd.patients.acrossSplits} patients; see ${uri}`,
    );
  const { normalise } = run.pipeline;
  if (normalise.enabled && normalise.scope === 'train' && stored.moments.train.count === 0)
    throw new CxrError('BAD_INPUT', 'steps.normalise.scope: train, and there is no image in that split');
  await claimVersion(deps.store(run.destination), run.prefix, run.runId);
  await deps.objects.write(staged.plan(run), Buffer.from(JSON.stringify(stored)), {
    contentType: 'application/json',
  });
  const counts = {
    found: plan.found,
    done: images,
    skipped: drops.size,
    ignored: tally.ignored,
    quarantined,
  };
  return { counts, shards: stored.shards, preflight: uri };
}

async function writeReport(deps: Deps, run: ProcessingRun, report: Preflight): Promise<string> {
  const folder = reportsOf(run.runId);
  const json = `${folder}preflight.json`;
  await deps.objects.write(json, Buffer.from(`${canonicalJson(report, 2)}\n`), {
    contentType: 'application/json',
  });
  await deps.objects.write(`${folder}preflight.html`, Buffer.from(preflightHtml(report)), {
    contentType: 'text/html; charset=utf-8',
  });
  return uriOf(deps.objects, json);
}
