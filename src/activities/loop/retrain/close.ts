import { decide } from '../../../catalog/feedback.js';
import { uriOf as storeUriOf } from '../../../storage/open.js';
import type { Evaluated, LoopMainActivities, RetrainOutcome, RetrainRun } from '../../api/loop.js';
import { beating } from '../../beat.js';
import type { Deps } from '../../deps.js';
import { endRun } from '../../main/close-run.js';
import { reportsOf } from '../../main/run-id.js';
import { patiently } from '../../patience.js';
import { readLines, uriOf } from '../../staging.js';
import { loopStaged, writeJson } from '../staged.js';
import type { Decided } from './select.js';

const BATCH = 1_000;

/** Ends a retraining: what it decided on feedback holds from now on, and its report says how it came to the rest. */
export function closeRetrain(deps: Deps): LoopMainActivities['closeRetrain'] {
  const end = endRun(deps);
  return async ({ run, outcome }) => {
    const closed = await beating<{ report: string }, undefined>((_, signal) =>
      patiently(run.retry, signal, async () => {
        const folder = reportsOf(run.runId);
        if (outcome.selection) await decideAll(deps, run, outcome);
        await deps.objects.write(`${folder}retrain.md`, Buffer.from(markdown(run, outcome)), {
          contentType: 'text/markdown; charset=utf-8',
        });
        const key = `${folder}retrain.json`;
        const { dataset, feedback, seed, modelName, production, confidence, margin, canaryTolerance } = run;
        const settings = {
          dataset,
          feedback,
          seed,
          modelName,
          production,
          confidence,
          margin,
          canaryTolerance,
        };
        await writeJson(deps.objects, key, { ...settings, trainer: run.trainer, ...outcome });
        return { report: uriOf(deps.objects, key) };
      }),
    );
    await end({ run, counts: outcome.counts });
    return closed;
  };
}

async function decideAll(deps: Deps, run: RetrainRun, { version }: RetrainOutcome): Promise<void> {
  // A repeat, behind the end of the run: its staging is gone, and all is decided.
  if ((await deps.objects.stat(loopStaged.selection(run))) === undefined) return;
  const decided = await readLines<Decided>(deps.objects, loopStaged.selection(run));
  const uri = version && storeUriOf(version.root, version.version);
  for (let at = 0; at < decided.length; at += BATCH) {
    const outcomes = decided.slice(at, at + BATCH).map(({ imageId, outcome }) => ({
      imageId,
      outcome,
      version: outcome === 'selected' ? (uri ?? null) : null,
    }));
    await deps.catalog.transaction((trx) =>
      decide(trx, { runId: run.runId, source: run.feedback }, outcomes),
    );
  }
}

function markdown(run: RetrainRun, outcome: RetrainOutcome): string {
  const { selection, version, candidate, evaluation, drift, decision, trained } = outcome;
  const row = (name: string, e: Evaluated) =>
    [e.validation, e.canary].map(
      ({ split, images, score, interval }) =>
        `| ${name} | ${split} | ${images} | ${number(score)} | ${interval ? interval.map(number).join(' to ') : ''} |`,
    );
  return `${[
    `# Retraining of ${run.modelName}`,
    '',
    `**${outcome.promoted ? 'Promoted' : 'Production stays what it was'}** (${decision.code}): ${decision.reason}`,
    '',
    `- dataset: \`${run.dataset.dataset}\` \`${run.dataset.version}\`${version ? `, trained on \`${version.version}\`` : ''}`,
    `- production: ${run.production?.model ?? 'none'}; candidate: ${candidate?.model ?? 'none'}`,
    `- feedback: ${outcome.counts.found} files, ${outcome.counts.quarantined} in quarantine; ${outcome.waiting} images waited`,
    ...(selection
      ? [
          `- selected: ${selection.selected} images, ${selection.corrections} of them corrected by radiologists; left out: ${leftOut(selection.left)}`,
        ]
      : []),
    ...(trained ? [`- training: ${trained.epochs} epochs, begun ${trained.attempts} times`] : []),
    ...(drift ? [`- drift: ${drift.drift}, see drift.md`] : []),
    ...(outcome.decidedBy ? [`- decided by ${outcome.decidedBy}`] : []),
    ...(evaluation
      ? [
          '',
          `| model | split | images | ${evaluation.candidate.metric} | 95 % |`,
          '| --- | --- | --- | --- | --- |',
          ...row('candidate', evaluation.candidate),
          ...(evaluation.production ? row('production', evaluation.production) : []),
        ]
      : []),
  ].join('\n')}\n`;
}

function leftOut(left: Readonly<Record<string, number>>): string {
  const reasons = Object.entries(left).map(([code, images]) => `${code} ${images}`);
  return reasons.join(', ') || 'none';
}

function number(value: number | null): string {
  return value === null ? 'undefined' : value.toFixed(4);
}
