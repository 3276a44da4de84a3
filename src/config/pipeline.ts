import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { CxrError } from '../errors.js';
import { isTree, merge, type Tree } from './layers.js';
import { canonical, readYaml } from './load.js';
import { refuse, schemaProblems } from './problems.js';
import { type PipelineSettings, pipelineSchema } from './sections/pipeline.js';

const SHIPPED = fileURLToPath(new URL('../../config/pipeline_config.yaml', import.meta.url));

export interface PipelineOptions {
  /** A YAML file over the shipped one. */
  readonly file?: string | undefined;
  /** The input field `steps` of a run, over both: a part of the same tree. */
  readonly steps?: unknown;
}

/**
 * What a run of chestXrayProcessing does to its images, and the SHA-256 (hex) of it by which two runs are seen to do
 * the same. `classes` is one value: a layer that has it replaces all of it.
 *
 * @throws CxrError BAD_CONFIG for the file, BAD_INPUT for `steps`; each lists every key that is wrong.
 */
export function loadPipeline({ file, steps }: PipelineOptions = {}): {
  readonly settings: PipelineSettings;
  readonly hash: string;
} {
  const base = over(readYaml(SHIPPED), file === undefined ? {} : readYaml(file));
  const checked = pipelineSchema.safeParse(base);
  if (!checked.success) return refuse(schemaProblems(checked.error, base));
  if (steps === undefined) return hashed(checked.data);
  if (!isTree(steps)) throw new CxrError('BAD_INPUT', 'steps: expected a section of keys');
  const raw = over(base, steps);
  const changed = pipelineSchema.safeParse(raw);
  if (changed.success) return hashed(changed.data);
  const lines = schemaProblems(changed.error, raw).map(({ key, text }) => `steps.${key}: ${text}`);
  throw new CxrError('BAD_INPUT', lines.join('; '));
}

function over(base: Tree, layer: Tree): Tree {
  const merged = merge(base, layer);
  return 'classes' in layer ? { ...merged, classes: layer.classes } : merged;
}

function hashed(settings: PipelineSettings) {
  return { settings, hash: createHash('sha256').update(canonical(settings)).digest('hex') };
}
