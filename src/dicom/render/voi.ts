import type { FrameAttributes } from './attributes.js';
import { type Lut, lookUp, readLut } from './lut.js';

const VOI_LUT_SEQUENCE = '00283010';
const WINDOW_CENTER = '00281050';
const WINDOW_WIDTH = '00281051';

export type WindowFunction = 'LINEAR' | 'LINEAR_EXACT' | 'SIGMOID';

/** A window: centre and width in modality values. */
export interface Window {
  readonly center: number;
  readonly width: number;
  readonly function: WindowFunction;
}

/** Modality value to a display value from 0 to 1 (PS3.3 C.11.2; PS3.4 N.2.1.2). */
export type Voi =
  | ({ readonly kind: 'window' } & Window)
  | { readonly kind: 'lut'; readonly lut: Lut }
  | { readonly kind: 'range'; readonly min: number; readonly max: number };

export interface View {
  /** Window Center & Width Explanation, or LUT Explanation; may be empty. */
  readonly name: string;
  readonly voi: Voi;
}

/**
 * The views that a frame offers, in the order of choice: VOI LUTs first, then windows. Where both are present
 * either may be applied (PS3.3 C.11.2.1); the table is the more exact. Windows without a valid width are left
 * out: LINEAR needs at least 1, the others more than 0 (C.11.2.1.2, C.11.2.1.3).
 * @param signed whether modality values may be negative.
 * @throws CxrError BAD_LUT
 */
export function voiViews(attributes: FrameAttributes, signed: boolean): readonly View[] {
  const luts = attributes
    .holding(VOI_LUT_SEQUENCE)
    .items(VOI_LUT_SEQUENCE)
    .map(
      (item): View => ({
        name: item.strings('00283003')[0] ?? '',
        voi: { kind: 'lut', lut: readLut(item, '00283002', '00283006', signed) },
      }),
    );
  const scope = attributes.holding(WINDOW_CENTER);
  const widths = scope.numbers(WINDOW_WIDTH);
  const names = scope.strings('00281055');
  const shape = windowFunction(scope.strings('00281056')[0]);
  const windows = scope.numbers(WINDOW_CENTER).flatMap((center, i): View[] => {
    const width = widths[i] ?? Number.NaN;
    const valid = Number.isFinite(center) && (shape === 'LINEAR' ? width >= 1 : width > 0);
    return valid ? [{ name: names[i] ?? '', voi: { kind: 'window', center, width, function: shape } }] : [];
  });
  return [...luts, ...windows];
}

/** The display value, 0 to 1, of a modality value. */
export function voiValue(voi: Voi, x: number): number {
  if (voi.kind === 'lut') return Math.min(1, lookUp(voi.lut, x) / (2 ** voi.lut.bits - 1));
  if (voi.kind === 'range') return voi.max > voi.min ? clamp((x - voi.min) / (voi.max - voi.min)) : 0;
  const { center: c, width: w } = voi;
  switch (voi.function) {
    case 'LINEAR': // PS3.3 C.11.2.1.2.1
      if (x <= c - 0.5 - (w - 1) / 2) return 0;
      if (x > c - 0.5 + (w - 1) / 2) return 1;
      return (x - (c - 0.5)) / (w - 1) + 0.5;
    case 'LINEAR_EXACT': // PS3.3 C.11.2.1.3.2
      if (x <= c - w / 2) return 0;
      if (x > c + w / 2) return 1;
      return (x - c) / w + 0.5;
    case 'SIGMOID': // PS3.3 C.11.2.1.3.1
      return 1 / (1 + Math.exp((-4 * (x - c)) / w));
  }
}

/** The function of a VOI LUT Function value; absent or unknown is LINEAR (PS3.3 C.11.2.1.3). */
function windowFunction(term: string | undefined): WindowFunction {
  return term === 'LINEAR_EXACT' || term === 'SIGMOID' ? term : 'LINEAR';
}

function clamp(y: number): number {
  return Math.min(1, Math.max(0, y));
}
