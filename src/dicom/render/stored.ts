import type { NativeFrame } from '../frames.js';
import { isPadding, type Padding } from './padding.js';

/**
 * The samples of a frame as table indices: the bit pattern of a stored value of at most 16 bits. Undefined for
 * wider or floating-point samples, which are computed one by one.
 */
export function tableIndices(data: NativeFrame['data']): Uint8Array | Uint16Array | undefined {
  if (data instanceof Uint8Array || data instanceof Uint16Array) return data;
  if (data instanceof Int8Array) return new Uint8Array(data.buffer, data.byteOffset, data.length);
  if (data instanceof Int16Array) return new Uint16Array(data.buffer, data.byteOffset, data.length);
  return undefined;
}

/** The lowest and highest value that BitsStored can hold (PS3.5 8.1.1). */
export function storedRange(frame: Pick<NativeFrame, 'bitsStored' | 'signed'>): {
  readonly low: number;
  readonly high: number;
} {
  const size = 2 ** frame.bitsStored;
  return frame.signed ? { low: -size / 2, high: size / 2 - 1 } : { low: 0, high: size - 1 };
}

/** One stored value and how many pixels have it. */
export type ValueCount = readonly [stored: number, count: number];

/** The stored values of a frame that are not padding, ascending, each once with its count. */
export function countValues(frame: NativeFrame, padding: Padding | undefined): readonly ValueCount[] {
  const indices = tableIndices(frame.data);
  const counted = indices === undefined ? countAny(frame.data) : countIndices(indices, frame);
  return counted.filter(([stored]) => !isPadding(padding, stored));
}

function countIndices(
  indices: Uint8Array | Uint16Array,
  { bitsStored, signed }: Pick<NativeFrame, 'bitsStored' | 'signed'>,
): ValueCount[] {
  const patterns = indices instanceof Uint8Array ? 0x100 : 0x10000;
  const size = Math.min(patterns, 2 ** bitsStored);
  // Two sets of counters: neighbouring pixels are often equal, and one counter would wait for itself.
  const even = new Uint32Array(patterns);
  const odd = new Uint32Array(patterns);
  const pairs = indices.length & ~1;
  for (let i = 0; i < pairs; i += 2) {
    even[indices[i] as number]!++;
    odd[indices[i + 1] as number]!++;
  }
  if (pairs < indices.length) even[indices[pairs] as number]!++;
  // Bits above BitsStored are a sign, or garbage.
  for (let i = size; i < patterns; i++) even[i & (size - 1)]! += even[i]! + odd[i]!;
  const counts: ValueCount[] = [];
  for (let i = 0; i < size; i++) {
    const index = signed ? (i + size / 2) % size : i;
    const count = even[index]! + odd[index]!;
    if (count > 0) counts.push([signed && index >= size / 2 ? index - size : index, count]);
  }
  return counts;
}

/** For 32-bit and floating-point samples; values that are no number are no part of the image. */
function countAny(data: NativeFrame['data']): ValueCount[] {
  const sorted = Float64Array.from(data).sort();
  const counts: [number, number][] = [];
  for (const stored of sorted) {
    const last = counts.at(-1);
    if (last !== undefined && last[0] === stored) last[1]++;
    else if (Number.isFinite(stored)) counts.push([stored, 1]);
  }
  return counts;
}
