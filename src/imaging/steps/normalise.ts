import { samplesKernel, throughBlocks } from './kernel.js';
import { floats, type Memory, newMemory } from './memory.js';
import { deviation, type Moments } from './moments.js';
import type { Picture } from './picture.js';

export interface NormaliseOptions {
  readonly method: 'min-max' | 'z-score' | 'none';
}

/** A smaller range or deviation counts as this one: a picture of one value becomes zeros, not NaN. */
const LEAST = 1e-6;

/**
 * min-max: (v - min) / (max - min); z-score: (v - mean) / σ, σ of the population; none: v. Over all channels at once.
 * @param of the picture's own moments (`scope: image`), or those of the training split (`scope: train`).
 */
export function normalise(
  picture: Picture,
  { method }: NormaliseOptions,
  of: Moments,
  memory: Memory = newMemory,
): Picture {
  if (method === 'none') return picture;
  const [from, by] = method === 'min-max' ? [of.min, of.max - of.min] : [of.mean, deviation(of)];
  const divisor = Math.max(by, LEAST);
  const { data } = picture;
  const result = floats(memory, data.length);
  const kernel = samplesKernel();
  const work = (count: number) => kernel.normalise(count, from, divisor);
  throughBlocks(data, kernel.into.floats, work, kernel.out.floats, result);
  return { ...picture, data: result };
}
