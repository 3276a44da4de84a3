import { type Pixels, pixels, type Samples } from './table.js';
import type { Size } from './types.js';

/** The source samples that make one output sample, and their weights, which add up to 1. */
interface Taps {
  readonly start: number;
  readonly weights: Float32Array;
}

/**
 * Resamples to exactly `size`: where an axis shrinks, the average of the area that an output pixel covers; where it
 * grows, linear between pixel centres. The samples' table is applied on the way, so that no full-size picture is
 * made when a small one is wanted.
 */
export function resample(samples: Samples, size: Size, bits: 8 | 16): Pixels {
  const { width, height, channels, source, table } = samples;
  const columns = taps(width, size.width);
  const rows = taps(height, size.height);
  const out = pixels(bits, size.width * size.height * channels);
  const lines = new Map<number, Float32Array>();
  const sum = new Float32Array(size.width * channels);
  const mapped = new Float32Array(width * channels);

  const line = (y: number): Float32Array => {
    const known = lines.get(y);
    if (known !== undefined) return known;
    const offset = y * mapped.length;
    if (table === undefined) for (let i = 0; i < mapped.length; i++) mapped[i] = source[offset + i]!;
    else for (let i = 0; i < mapped.length; i++) mapped[i] = table[source[offset + i]!]!;
    const made = squeeze(mapped, columns, channels);
    lines.set(y, made);
    return made;
  };

  rows.forEach(({ start, weights }, row) => {
    sum.fill(0);
    for (let k = 0; k < weights.length; k++) {
      const weight = weights[k]!;
      const values = line(start + k);
      for (let i = 0; i < sum.length; i++) sum[i]! += weight * values[i]!;
    }
    for (const y of lines.keys()) if (y < start) lines.delete(y);
    const at = row * sum.length;
    for (let i = 0; i < sum.length; i++) out[at + i] = Math.round(sum[i]!);
  });
  return out;
}

function squeeze(line: Float32Array, columns: readonly Taps[], channels: 1 | 3): Float32Array {
  const made = new Float32Array(columns.length * channels);
  for (let column = 0; column < columns.length; column++) {
    const { start, weights } = columns[column]!;
    for (let channel = 0; channel < channels; channel++) {
      let sum = 0;
      let at = start * channels + channel;
      for (let k = 0; k < weights.length; k++, at += channels) sum += weights[k]! * line[at]!;
      made[column * channels + channel] = sum;
    }
  }
  return made;
}

function taps(from: number, to: number): readonly Taps[] {
  const scale = from / to;
  return Array.from({ length: to }, (_, i) =>
    scale >= 1 ? area(i * scale, scale, from) : linear(i, scale, from),
  );
}

function area(low: number, length: number, size: number): Taps {
  const start = Math.min(size - 1, Math.floor(low));
  const end = Math.min(size, Math.max(start + 1, Math.ceil(low + length - 1e-9)));
  const weights = Float32Array.from({ length: end - start }, (_, k) => {
    const covered = Math.min(low + length, start + k + 1) - Math.max(low, start + k);
    return Math.max(0, covered) / length;
  });
  return { start, weights };
}

function linear(i: number, scale: number, size: number): Taps {
  const at = Math.min(size - 1, Math.max(0, (i + 0.5) * scale - 0.5));
  const start = Math.min(Math.floor(at), Math.max(0, size - 2));
  if (size === 1) return { start: 0, weights: Float32Array.of(1) };
  return { start, weights: Float32Array.of(1 - (at - start), at - start) };
}
