import type { FrameAttributes } from './attributes.js';
import { type Lut, lookUp, readLut } from './lut.js';

const MODALITY_LUT_SEQUENCE = '00283000';
const RESCALE_INTERCEPT = '00281052';
const RESCALE_SLOPE = '00281053';

/** Stored value to modality value (PS3.3 C.11.1; PS3.4 N.2.1.1). */
export type ModalityTransform =
  | { readonly kind: 'rescale'; readonly slope: number; readonly intercept: number }
  | { readonly kind: 'lut'; readonly lut: Lut };

/**
 * The transform of a frame. The Modality LUT Sequence and the rescale values exclude each other; where a file
 * has both, the sequence wins. A slope of 0 or one that is no number is taken as absent.
 * @throws CxrError BAD_LUT
 */
export function modalityTransform(attributes: FrameAttributes, signed: boolean): ModalityTransform {
  const [item] = attributes.holding(MODALITY_LUT_SEQUENCE).items(MODALITY_LUT_SEQUENCE);
  if (item !== undefined) return { kind: 'lut', lut: readLut(item, '00283002', '00283006', signed) };
  const scope = attributes.holding(RESCALE_SLOPE, RESCALE_INTERCEPT);
  const slope = scope.numbers(RESCALE_SLOPE)[0] ?? 1;
  const intercept = scope.numbers(RESCALE_INTERCEPT)[0] ?? 0;
  return {
    kind: 'rescale',
    slope: Number.isFinite(slope) && slope !== 0 ? slope : 1,
    intercept: Number.isFinite(intercept) ? intercept : 0,
  };
}

/** The modality value of a stored value: `m * SV + b` (PS3.3 C.11.1.1.2) or the table's entry (C.11.1.1). */
export function modalityValue(transform: ModalityTransform, stored: number): number {
  if (transform.kind === 'lut') return lookUp(transform.lut, stored);
  return transform.slope * stored + transform.intercept;
}
