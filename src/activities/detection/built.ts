import { AgreementBuilder } from '../../datasets/agreement.js';
import type { CocoImage } from '../../datasets/coco.js';
import { LeakageBuilder } from '../../datasets/detection/leakage.js';
import type { BuiltImage, Problem } from '../../datasets/detection/records.js';
import { StatisticsBuilder } from '../../datasets/detection/statistics.js';
import { canonicalJson, sha256 } from '../../datasets/version/canonical.js';
import type { VersionFile } from '../../datasets/version/manifest.js';
import type { DetectionRun } from '../api/detection.js';
import type { BuiltLine } from '../cpu/build-detection.js';
import type { Deps } from '../deps.js';
import type { PlanFile } from '../io/plan-detection.js';
import { readLines } from '../staging.js';
import { staged } from './places.js';

/** What is kept of an image for the tables and the catalog. */
export type Placed = Pick<BuiltImage, 'imageId' | 'split' | 'unit' | 'patient' | 'imageKey'>;

/** All that the shards were built into, image by image: what is about all of them together is kept. */
export async function gather(deps: Deps, run: DetectionRun, plan: PlanFile) {
  const agreement = new AgreementBuilder(plan.classes);
  const statistics = new StatisticsBuilder(plan.classes, Object.keys(plan.splitShards));
  const leakage = new LeakageBuilder();
  const problems: Problem[] = [...(await readLines<Problem>(deps.objects, staged.problems(run)))];
  const files: VersionFile[] = [];
  const images: Placed[] = [];
  const inputs: string[] = [];
  let bytes = 0;
  for (let shard = 0; shard < plan.shards; shard++) {
    for (const line of await readLines<BuiltLine>(deps.objects, staged.built(run, shard))) {
      if ('left' in line) {
        problems.push(line.left);
        continue;
      }
      const { imageId, split, unit, patient, imageKey } = line;
      agreement.add(line.readings);
      statistics.add(line);
      leakage.add(line);
      problems.push(...line.problems);
      files.push(...line.files);
      images.push({ imageId, split, unit, patient, imageKey });
      inputs.push(sha256(canonicalJson([imageId, line.source.sha256, split, line.readings])));
      bytes += line.source.bytes;
    }
  }
  return {
    agreement: agreement.result(),
    statistics: statistics.result(),
    leakage: leakage.result(),
    problems,
    files,
    images,
    inputs: { items: images.length, bytes, sha256: sha256(inputs.join('\n')) },
  };
}

export type Gathered = Awaited<ReturnType<typeof gather>>;

/** The image files of a split with their boxes, read as they are asked for. */
export async function* cocoImages(
  deps: Deps,
  run: DetectionRun,
  { splitShards }: PlanFile,
  split: string,
): AsyncGenerator<CocoImage> {
  const { from, to } = splitShards[split] ?? { from: 0, to: 0 };
  for (let shard = from; shard < to; shard++)
    for (const line of await readLines<BuiltLine>(deps.objects, staged.built(run, shard))) {
      if ('left' in line) continue;
      for (const { name, boxes } of line.labelled)
        yield { fileName: `${name}.png`, ...line.placement.to, boxes };
    }
}
