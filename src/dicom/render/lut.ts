import { CxrError } from '../../errors.js';
import type { Tag } from '../dataset.js';
import type { Attributes } from './attributes.js';

/** A lookup table as the Modality, VOI, Presentation and Palette modules define it (PS3.3 C.11.1.1, C.11.2.1.1). */
export interface Lut {
  readonly entries: Uint16Array;
  /** The input that maps to the first entry; may be negative. */
  readonly first: number;
  /** Bits of an entry: its range is 0 .. 2^bits - 1. */
  readonly bits: number;
}

/**
 * Reads a lookup table.
 * @param signedFirst reads the first mapped value as signed where the VR does not say.
 * @throws CxrError BAD_LUT if descriptor and data do not agree.
 */
export function readLut(from: Attributes, descriptor: Tag, data: Tag, signedFirst: boolean): Lut {
  const { count, first, bits } = readDescriptor(from, descriptor, signedFirst);
  const bytes = from.bytes(data);
  if (bytes.length >= count * 2) return { entries: from.wordArray(data).subarray(0, count), first, bits };
  if (bits > 8 || bytes.length < count) throw new CxrError('BAD_LUT', `${count} entries declared`);
  // 8-bit entries may be packed two to a word, the first in the low byte (PS3.3 C.11.1.1.1, PS3.5 8.1.1).
  const words = from.wordArray(data);
  const entries = new Uint16Array(count);
  for (let i = 0; i < count; i++) {
    const word = words[i >> 1];
    entries[i] = word === undefined ? (bytes[i] ?? 0) : (word >> (8 * (i & 1))) & 0xff;
  }
  return { entries, first, bits };
}

/** @throws CxrError BAD_LUT if the descriptor is not three values with 1 to 16 bits. */
export function readDescriptor(
  from: Attributes,
  descriptor: Tag,
  signedFirst: boolean,
): { readonly count: number; readonly first: number; readonly bits: number } {
  const [count, first, bits] = from.words(descriptor, signedFirst);
  if (count === undefined || first === undefined || bits === undefined || bits < 1 || bits > 16)
    throw new CxrError('BAD_LUT', 'its descriptor is not valid');
  // The number of entries is unsigned whatever the VR; 0 stands for 65536 (PS3.3 C.11.1.1).
  return { count: (count & 0xffff) === 0 ? 65_536 : count & 0xffff, first, bits };
}

/** The entry for an input; inputs beyond either end take the end's entry (PS3.3 C.11.1.1, C.11.2.1.1). */
export function lookUp(lut: Lut, input: number): number {
  const last = lut.entries.length - 1;
  const index = Math.min(last, Math.max(0, Math.round(input) - lut.first));
  return lut.entries[index] ?? 0;
}
