import { type Latency, latencyOf } from '../../../models/simulation/percentiles.js';
import type { LoopMainActivities, SimulationRun, SimulationSummary, StageSummary } from '../../api/loop.js';
import { beating } from '../../beat.js';
import type { Deps } from '../../deps.js';
import { endRun } from '../../main/close-run.js';
import { reportsOf } from '../../main/run-id.js';
import { patiently } from '../../patience.js';
import { uriOf } from '../../staging.js';
import { loopStaged, readJson, writeJson } from '../staged.js';
import type { Measured } from './simulate.js';

/** Sums up what the parts measured, writes the report, and ends the run. A repeat finds the report it wrote. */
export function closeSimulation(deps: Deps): LoopMainActivities['closeSimulation'] {
  const end = endRun(deps);
  return async ({ run, counts }) => {
    const summary = await beating<SimulationSummary, undefined>((_, signal) =>
      patiently(run.retry, signal, async () => {
        const { objects } = deps;
        const folder = reportsOf(run.runId);
        const key = `${folder}simulation.json`;
        const parts: Measured[] = [];
        for await (const { key: part } of objects.list(loopStaged.parts(run)))
          parts.push((await readJson<Measured>(objects, part)) as Measured);
        const written = await readJson<SimulationSummary>(objects, key);
        // The staging goes with the end of the run: without parts it is a repeat of that.
        if (parts.length === 0 && written) return pick(written);
        const summary = { ...summarise(run, parts), report: uriOf(objects, key) };
        const { dataset, split, model, load, stageMs, seed, feedback } = run;
        const about = { dataset: dataset.dataset, version: dataset.version, split, model: model.model };
        await objects.write(`${folder}simulation.md`, Buffer.from(markdown(about, summary)), {
          contentType: 'text/markdown; charset=utf-8',
        });
        await writeJson(objects, key, { ...about, load, stageMs, seed, feedback, counts, ...summary });
        return summary;
      }),
    );
    await end({ run, counts });
    return summary;
  };
}

function pick({ stages, latency, report }: SimulationSummary): SimulationSummary {
  return { stages, latency, report };
}

function summarise({ load }: SimulationRun, parts: readonly Measured[]): Omit<SimulationSummary, 'report'> {
  const sum = (of: readonly Measured[], key: 'done' | 'skipped' | 'quarantined' | 'milliseconds') =>
    of.reduce((total, part) => total + part[key], 0);
  const stages = load.map((workers, stage): StageSummary => {
    const own = parts.filter((part) => part.stage === stage);
    const errors: Record<string, number> = {};
    for (const part of own)
      for (const [code, n] of Object.entries(part.errors)) errors[code] = (errors[code] ?? 0) + n;
    return {
      stage: stage + 1,
      workers,
      seconds: sum(own, 'milliseconds') / 1000,
      done: sum(own, 'done'),
      skipped: sum(own, 'skipped'),
      quarantined: sum(own, 'quarantined'),
      latency: latencyOf(own.flatMap(({ latencies }) => latencies)),
      errors,
    };
  });
  return { stages, latency: latencyOf(parts.flatMap(({ latencies }) => latencies)) };
}

function markdown(
  about: { dataset: string; version: string; split: string; model: string },
  { stages, latency }: Omit<SimulationSummary, 'report'>,
): string {
  const ms = (l: Latency) => [l.p50, l.p90, l.p95, l.p99].map((v) => (v === null ? '' : v.toFixed(1)));
  const row = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`;
  const errors = (s: StageSummary) =>
    Object.entries(s.errors)
      .map(([code, n]) => `${code} ${n}`)
      .join(', ');
  return `${[
    '# Online simulation',
    '',
    `Split \`${about.split}\` of \`${about.dataset}\` \`${about.version}\` through \`${about.model}\`. Milliseconds an image.`,
    '',
    row(['stage', 'workers', 'seconds', 'done', 'p50', 'p90', 'p95', 'p99', 'errors']),
    row(Array.from({ length: 9 }, () => '---')),
    ...stages.map((s) =>
      row([s.stage, s.workers, s.seconds.toFixed(1), s.done, ...ms(s.latency), errors(s)]),
    ),
    row(['all', '', '', latency.n, ...ms(latency), '']),
  ].join('\n')}\n`;
}
