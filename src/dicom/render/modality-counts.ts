import type { DicomFile } from '../dataset.js';
import type { NativeFrame } from '../frames.js';
import { greyPipeline } from './grey-pipeline.js';
import { countValues, type ValueCount } from './stored.js';

/** The modality values of a monochrome frame (PS3.3 C.11.1), counted, and what is needed to judge them. */
export interface ModalityCounts {
  /** Values of the pixels that are not padding, and how many have each; two stored values may give one. */
  readonly counts: readonly ValueCount[];
  /** What BitsStored could give, whatever this frame holds. */
  readonly range: { readonly min: number; readonly max: number };
  /** True where the lowest value is white: brightness is `range.max - value`. */
  readonly inverted: boolean;
}

/**
 * @param index of the frame, from 0.
 * @throws CxrError BAD_LUT
 */
export function modalityCounts(file: DicomFile, frame: NativeFrame, index = 0): ModalityCounts {
  const { modality, padding, range, presentation } = greyPipeline(file, frame, index);
  const counts = countValues(frame, padding).map(([stored, n]): ValueCount => [modality(stored), n]);
  return { counts, range, inverted: presentation.inverted };
}
