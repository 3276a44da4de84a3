import { CxrError } from '../../../errors.js';
import type { LoopMainActivities, SimulationRun } from '../../api/loop.js';
import { beating } from '../../beat.js';
import type { Deps } from '../../deps.js';
import { beginRun, runBase } from '../../main/open-base.js';
import { patiently } from '../../patience.js';
import { type Dataset, openDataset } from '../dataset.js';
import { feedbackRoot, resolveModel, resolveVersion } from '../resolve.js';

/** Opens an online simulation: dataset, split and model are there before anything starts. */
export function openSimulation(deps: Deps): LoopMainActivities['openSimulation'] {
  return ({ input }) =>
    beating<SimulationRun, undefined>((_, signal) =>
      patiently(deps.config.retry, signal, async () => {
        const { simulation } = deps.config;
        const dataset = await resolveVersion(deps, input);
        const opened = await openDataset(deps, dataset);
        const model = await resolveModel(deps, input.model, opened.classes);
        const split = input.split ?? simulation.split;
        needImages(opened, split);
        const feedback = feedbackRoot(input.feedback, dataset);
        await deps.store(feedback).ensure();
        const load = input.load ?? simulation.load;
        const concurrency = Math.max(...load);
        const lease = `feedback:${feedback}`;
        const type = 'onlineSimulation';
        return beginRun(deps, {
          ...runBase(deps, { type, source: dataset.root, concurrency, lease }),
          dataset,
          feedback,
          seed: input.seed ?? simulation.seed,
          split,
          load,
          stageMs: input.stage === undefined ? simulation.stage : input.stage * 1000,
          model,
        });
      }),
    );
}

/** @throws CxrError SPLIT_EMPTY naming the splits that have images */
export function needImages(dataset: Dataset, split: string): void {
  if (dataset.split(split).length > 0) return;
  const others = new Set(dataset.links.flatMap(({ images }) => images.map((image) => image.split)));
  const names = [...others].sort().join(', ');
  throw new CxrError('SPLIT_EMPTY', `${split.slice(0, 60)} (with images: ${names || 'none'})`);
}
