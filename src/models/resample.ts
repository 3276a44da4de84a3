/** For each target position, where its sources begin and their weights, which add up to 1. */
interface Taps {
  readonly first: Int32Array;
  readonly count: number;
  /** `count` a target position. */
  readonly weights: Float32Array;
}

export interface Plane {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  /** Row by row, channels interleaved. */
  readonly data: ArrayLike<number>;
}

/**
 * Bilinear resampling with pixel centres at half positions.
 *
 * `antialias` false: two source pixels an axis, as OpenCV's INTER_LINEAR. True: the triangle is as wide as the step
 * when it makes smaller, and the first pass is rounded to whole levels, as Pillow's BILINEAR does.
 *
 * @returns levels of the source's range, not rounded but for that pass.
 */
export function resample(source: Plane, width: number, height: number, antialias: boolean): Float32Array {
  const across = taps(source.width, width, antialias);
  const down = taps(source.height, height, antialias);
  const { channels } = source;
  const stride = width * channels;
  // Each source row is made narrow once, and only if a target row uses it.
  const rows = new Map<number, Float32Array>();
  const narrowed = (y: number): Float32Array => {
    const known = rows.get(y);
    if (known) return known;
    const row = narrow(source, y, across, width, antialias);
    rows.set(y, row);
    return row;
  };
  const out = new Float32Array(height * stride);
  for (let y = 0; y < height; y++) {
    const first = down.first[y] as number;
    for (const old of rows.keys()) if (old < first) rows.delete(old);
    for (let k = 0; k < down.count; k++) {
      const weight = down.weights[y * down.count + k] as number;
      if (weight === 0) continue;
      const row = narrowed(first + k);
      const at = y * stride;
      for (let i = 0; i < stride; i++) out[at + i] = (out[at + i] as number) + weight * (row[i] as number);
    }
  }
  return out;
}

function narrow(source: Plane, y: number, across: Taps, width: number, round: boolean): Float32Array {
  const { channels, data } = source;
  const start = y * source.width * channels;
  const { first, weights, count } = across;
  const row = new Float32Array(width * channels);
  for (let x = 0; x < width; x++) {
    for (let c = 0; c < channels; c++) {
      let sum = 0;
      for (let k = 0; k < count; k++) {
        const weight = weights[x * count + k] as number;
        if (weight !== 0) sum += weight * (data[start + ((first[x] as number) + k) * channels + c] as number);
      }
      row[x * channels + c] = round ? Math.round(sum) : sum;
    }
  }
  return row;
}

function taps(from: number, to: number, antialias: boolean): Taps {
  const step = from / to;
  const reach = antialias ? Math.max(step, 1) : 1;
  const count = Math.min(from, antialias ? Math.ceil(reach) * 2 + 1 : 2);
  const first = new Int32Array(to);
  const weights = new Float32Array(to * count);
  for (let i = 0; i < to; i++) {
    const centre = (i + 0.5) * step;
    // Beyond the border the outermost pixel goes on: its weights fall together.
    const low = Math.min(Math.max(Math.floor(centre - reach + 0.5), 0), from - count);
    first[i] = low;
    let sum = 0;
    for (let k = 0; k < count; k++) {
      const weight = Math.max(0, 1 - Math.abs(low + k + 0.5 - centre) / reach);
      weights[i * count + k] = weight;
      sum += weight;
    }
    for (let k = 0; k < count; k++) weights[i * count + k] = (weights[i * count + k] as number) / sum;
  }
  return { first, count, weights };
}
