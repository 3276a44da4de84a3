import type { Attributes } from './attributes.js';
import { type Lut, readLut } from './lut.js';

/** Display value to P-value, both 0 to 1 (PS3.3 C.11.4, C.11.6; PS3.4 N.2.1.3). */
export interface Presentation {
  readonly inverted: boolean;
  /** A Presentation LUT; it carries the polarity itself. */
  readonly lut?: Lut;
}

/**
 * One inversion, never two: a Presentation LUT Sequence gives P-values as it stands; else Presentation LUT Shape
 * decides (INVERSE inverts, IDENTITY does not: PS3.3 C.11.6.1.2); else MONOCHROME1, where the lowest value is
 * white (PS3.3 C.7.6.3.1.2).
 * @throws CxrError BAD_LUT
 */
export function presentation(attributes: Attributes, photometric: string): Presentation {
  const [item] = attributes.items('20500010');
  if (item !== undefined) return { inverted: false, lut: readLut(item, '00283002', '00283006', false) };
  const shape = attributes.strings('20500020')[0];
  if (shape === 'INVERSE') return { inverted: true };
  if (shape === 'IDENTITY') return { inverted: false };
  return { inverted: photometric === 'MONOCHROME1' };
}

/**
 * A display value as a whole number of 0 .. top. The inverse is the exact complement of the rounded value, so
 * that a MONOCHROME1 image and its MONOCHROME2 twin differ in polarity and in nothing else.
 */
export function present(how: Presentation, y: number, top: number): number {
  if (how.lut !== undefined) {
    const { entries, bits } = how.lut;
    const entry = entries[Math.round(y * (entries.length - 1))] ?? 0;
    return Math.round(Math.min(1, entry / (2 ** bits - 1)) * top);
  }
  const value = Math.round(y * top);
  return how.inverted ? top - value : value;
}
