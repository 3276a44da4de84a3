import type { DicomFile } from '../dataset.js';
import type { NativeFrame } from '../frames.js';
import { greyPipeline } from './grey-pipeline.js';

/** The modality values of a monochrome frame (PS3.3 C.11.1), and what is needed to judge them. */
export interface ModalityValues {
  /** rows x columns, from the top left. Whole numbers where slope and intercept are. */
  readonly values: Int32Array | Float32Array;
  /** Of the pixels that are not padding. */
  readonly min: number;
  readonly max: number;
  /** What BitsStored could give, whatever this frame holds. */
  readonly range: { readonly min: number; readonly max: number };
  /** True where the lowest value is white: brightness is `range.max - value`. */
  readonly inverted: boolean;
  /** 1 for a pixel of the image, 0 for padding; absent where no pixel is padding. */
  readonly valid?: Uint8Array;
}

/**
 * @param index of the frame, from 0.
 * @throws CxrError BAD_LUT
 */
export function modalityValues(file: DicomFile, frame: NativeFrame, index = 0): ModalityValues {
  const { transform, modality, padding, range, presentation, ...pipeline } = greyPipeline(file, frame, index);
  const { data } = frame;
  const floating =
    data instanceof Float32Array ||
    data instanceof Float64Array ||
    (transform.kind === 'rescale' &&
      !(Number.isInteger(transform.slope) && Number.isInteger(transform.intercept))) ||
    range.max > 0x7fffffff ||
    range.min < -0x80000000;
  const values = floating ? new Float32Array(data.length) : new Int32Array(data.length);
  for (let i = 0; i < values.length; i++) values[i] = modality(data[i]!);
  const { min, max } = pipeline.statistics();
  const about = { values, min, max, range, inverted: presentation.inverted };
  if (padding === undefined) return about;
  return { ...about, valid: Uint8Array.from(data, (stored) => (pipeline.isPadding(stored) ? 0 : 1)) };
}
