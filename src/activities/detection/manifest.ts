import { FUSION } from '../../datasets/boxes/fusion.js';
import { sha256 } from '../../datasets/version/canonical.js';
import { type VersionFile, type VersionManifest, versionManifest } from '../../datasets/version/manifest.js';
import type { DetectionRun } from '../api/detection.js';
import type { Counts } from '../api.js';
import type { PlanFile } from '../io/plan-detection.js';
import type { Gathered } from './built.js';
import { countBy } from './left-out.js';

interface Made {
  readonly run: DetectionRun;
  readonly plan: PlanFile;
  /** As they are called in the output. */
  readonly annotators: string;
  readonly gathered: Gathered;
  readonly counts: Counts;
  readonly files: readonly VersionFile[];
}

/** What the version is, without a word of where and when it was made. */
export function detectionManifest({ run, plan, annotators, gathered, counts, files }: Made): VersionManifest {
  const { statistics, leakage, problems } = gathered;
  return versionManifest({
    dataset: datasetName(run),
    version: run.version,
    kind: run.type,
    parents: Object.entries(plan.tables).map(([id, hash]) => ({ kind: 'table', id, sha256: hash })),
    parameters: {
      annotators,
      // Pairs: their order decides between equal remainders, and an object's is lost on the way.
      splits: Object.entries(run.splits).map(([split, share]) => [split, share]),
      stratify: run.stratify,
      size: run.size ? { ...run.size } : null,
      fit: run.fit,
      window: run.window,
      burnedIn: run.burnedIn,
      fusion: run.annotators === 'fused' ? { ...FUSION } : null,
      deviceRules: run.deviceRules === undefined ? null : sha256(run.deviceRules),
    },
    seed: run.seed,
    codeVersion: run.codeVersion,
    inputs: gathered.inputs,
    counts,
    quarantined: countBy(problems.filter(({ kind }) => kind === 'image')),
    classes: plan.classes,
    labels: Object.fromEntries(plan.classes.map((name, id) => [name, id])),
    splits: Object.fromEntries(
      Object.entries(statistics.splits).map(([split, s]) => {
        const own = gathered.files.filter(({ path: at }) => at.startsWith(`organized/${split}/`));
        const classes = Object.fromEntries(
          Object.entries(s.classes).map(([name, { images: n }]) => [name, n]),
        );
        return [
          split,
          {
            images: s.images,
            examples: s.files,
            classes,
            patients: s.patients,
            files: own.length,
            bytes: own.reduce((sum, { bytes }) => sum + bytes, 0),
            mean: null,
            std: null,
          },
        ];
      }),
    ),
    files,
    mean: null,
    std: null,
    details: {
      leakage: { ...leakage },
      boxes: Object.values(statistics.splits).reduce((sum, { boxes }) => sum + boxes, 0),
      fixes: { ...statistics.fixes },
      rows: plan.rows,
      quarantinedRows: countBy(problems.filter(({ kind }) => kind === 'row')),
      skipped: { ...plan.skipped },
    },
  });
}

/** The last name of the folder that the versions share. */
export function datasetName({ destination }: DetectionRun): string {
  return destination.replace(/\/+$/, '').split('/').at(-1) || 'detection';
}
