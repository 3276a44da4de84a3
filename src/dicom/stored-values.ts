/**
 * Stored values (PS3.5 8.1.1): of each sample the BitsStored bits up to HighBit, extended by their sign. What else
 * a sample holds (old overlays, garbage) is no part of the image.
 */
import type { Samples } from './native-pixels.js';

export interface StoredBits {
  readonly bitsStored: number;
  readonly highBit: number;
  readonly signed: boolean;
}

/** Samples (unsigned, any width) to stored values of the same width. What is right already is not copied. */
export function storedValues(samples: Samples, { bitsStored, highBit, signed }: StoredBits): Samples {
  if (samples instanceof Float32Array || samples instanceof Float64Array) return samples;
  const width = samples.BYTES_PER_ELEMENT * 8;
  const shift = highBit + 1 - bitsStored;
  const typed = signed ? asSigned(samples) : samples;
  if (bitsStored === width || (shift === 0 && isClean(typed, bitsStored, signed))) return typed;
  const out = typed.slice();
  const up = 32 - bitsStored - shift;
  if (signed) for (let i = 0; i < out.length; i++) out[i] = ((out[i] as number) << up) >> (32 - bitsStored);
  else for (let i = 0; i < out.length; i++) out[i] = ((out[i] as number) << up) >>> (32 - bitsStored);
  return out;
}

function asSigned(samples: Exclude<Samples, Float32Array | Float64Array>) {
  const { buffer, byteOffset, length } = samples;
  if (samples.BYTES_PER_ELEMENT === 1) return new Int8Array(buffer, byteOffset, length);
  if (samples.BYTES_PER_ELEMENT === 2) return new Int16Array(buffer, byteOffset, length);
  return new Int32Array(buffer, byteOffset, length);
}

/** Whether every sample equals its stored value: a pass that only reads, several times faster than one that writes. */
function isClean(samples: ArrayLike<number>, bitsStored: number, signed: boolean): boolean {
  let strange = 0;
  const { length } = samples;
  if (signed) {
    // x ^ (x >> 31) folds negative values onto positive ones.
    for (let i = 0; i < length; i++) {
      const value = samples[i] as number;
      strange |= value ^ (value >> 31);
    }
    return strange >>> (bitsStored - 1) === 0;
  }
  if (samples instanceof Uint16Array) return orOfWords(samples) >>> bitsStored === 0;
  for (let i = 0; i < length; i++) strange |= samples[i] as number;
  return strange >>> bitsStored === 0;
}

/** All words or-ed, two at a time where they lie in pairs. */
function orOfWords(words: Uint16Array): number {
  const head = words.byteOffset % 4 === 0 ? 0 : Math.min(1, words.length);
  const pairs = new Uint32Array(words.buffer, words.byteOffset + head * 2, (words.length - head) >> 1);
  let all = 0;
  for (let i = 0; i < pairs.length; i++) all |= pairs[i] as number;
  all |= (head === 1 ? (words[0] as number) : 0) | ((words.length - head) & 1 ? (words.at(-1) as number) : 0);
  return (all | (all >>> 16)) & 0xffff;
}
