import type { RetrainResult } from '../workflows/feedbackRetrain.js';
import type { SimulationResult } from '../workflows/onlineSimulation.js';

/** A finished simulation, in words. */
export function simulated(result: SimulationResult): string {
  const { found, done, skipped, quarantined, latency, stages, feedback, report } = result;
  const ms = (value: number | null) => (value === null ? '-' : value.toFixed(1));
  return [
    `  images       ${found}   of ${result.split}, ${result.version}, through ${result.model}`,
    `  done         ${done}   feedback in ${feedback}`,
    `  skipped      ${skipped}   their feedback of this model version was there`,
    `  quarantined  ${quarantined}`,
    `  latency      p50 ${ms(latency.p50)}, p90 ${ms(latency.p90)}, p95 ${ms(latency.p95)}, p99 ${ms(latency.p99)} ms`,
    ...stages
      .filter((s) => s.done + s.quarantined > 0)
      .map(
        (s) => `    stage ${s.stage}    ${s.workers} workers, ${s.done} done, p95 ${ms(s.latency.p95)} ms`,
      ),
    `  report       ${report}`,
  ].join('\n');
}

/** A finished retraining, in words. */
export function retrained(result: RetrainResult): string {
  const { found, done, skipped, quarantined, waiting, selection, version, candidate, drift } = result;
  return [
    `  feedback     ${found} files: ${done} new, ${skipped} known, ${quarantined} quarantined; ${waiting} images waited`,
    ...(selection
      ? [
          `  selected     ${selection.selected} images, ${selection.corrections} corrected${leftOut(selection.left)}`,
        ]
      : []),
    ...(version ? [`  trained on   ${version.dataset} ${version.version}`] : []),
    ...(candidate ? [`  candidate    ${candidate.model}`] : []),
    ...(drift ? [`  drift        ${drift.drift}`] : []),
    `  ${result.promoted ? 'promoted    ' : 'not promoted'} ${result.decision.code}: ${result.decision.reason}`,
    `  report       ${result.report}`,
  ].join('\n');
}

function leftOut(left: Readonly<Record<string, number>>): string {
  const reasons = Object.entries(left).map(([code, images]) => `${code} ${images}`);
  return reasons.length > 0 ? `; left out: ${reasons.join(', ')}` : '';
}
