import { CxrError } from '../../errors.js';
import type { Statistics } from './statistics.js';
import type { WindowChoice } from './types.js';
import type { View, Voi } from './voi.js';

/** Of the pixels, how many percent may be cut off at either end by `percentile`. */
const TAIL = 0.5;

/**
 * The transformation that a choice means for this frame.
 * @throws CxrError NO_SUCH_VIEW when the file has no view of the name.
 */
export function chooseVoi(choice: WindowChoice, views: readonly View[], measure: () => Statistics): Voi {
  if (choice === 'auto') return views[0]?.voi ?? minimumToMaximum(measure());
  if (choice === 'percentile') {
    const measured = measure();
    return { kind: 'range', min: measured.percentile(TAIL), max: measured.percentile(100 - TAIL) };
  }
  if ('center' in choice) return { kind: 'window', function: 'LINEAR', ...choice };
  const wanted = choice.name.trim().toLowerCase();
  const named = views.find((view) => view.name.toLowerCase() === wanted);
  if (named === undefined) throw new CxrError('NO_SUCH_VIEW', `it has ${views.length} views`);
  return named.voi;
}

export function minimumToMaximum({ min, max }: Statistics): Voi {
  return { kind: 'range', min, max };
}
