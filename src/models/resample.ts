/** Levels of 8 bits, row by row, channels interleaved. */
export interface Levels {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly data: Uint8Array;
}

/**
 * Bilinear resampling, pixel centres at half positions, to whole levels.
 *
 * `antialias` false: of the four nearest pixels, in the fixed-point arithmetic of OpenCV's INTER_LINEAR, so that a
 * detector sees what it saw in Ultralytics. True: a triangle as wide as the step where it makes smaller, across and
 * then down, as Pillow's BILINEAR (before Pillow 13 in every case) and torchvision.
 */
export function resample(source: Levels, width: number, height: number, antialias: boolean): Uint8Array {
  if (source.width === width && source.height === height) return source.data;
  return antialias ? averaged(source, width, height) : sampled(source, width, height);
}

/** For each target position two neighbours and their weights in 1/2048. */
interface Neighbours {
  readonly low: Int32Array;
  readonly high: Int32Array;
  readonly lowWeight: Int32Array;
  readonly highWeight: Int32Array;
}

const ONE = 2048;

function sampled(source: Levels, width: number, height: number): Uint8Array {
  const { channels } = source;
  const across = neighbours(source.width, width);
  const down = neighbours(source.height, height);
  const stride = width * channels;
  const out = new Uint8Array(height * stride);
  // The lower row of a target row is often the upper one of the next: two are kept.
  let upper = { y: -1, levels: new Int32Array(stride) };
  let lower = { y: -1, levels: new Int32Array(stride) };
  for (let y = 0; y < height; y++) {
    const [top, bottom] = [down.low[y] as number, down.high[y] as number];
    if (lower.y === top) [upper, lower] = [lower, upper];
    if (upper.y !== top) sampleRow(source, top, across, upper.levels);
    if (lower.y !== bottom) sampleRow(source, bottom, across, lower.levels);
    upper.y = top;
    lower.y = bottom;
    const [a, b] = [down.lowWeight[y] as number, down.highWeight[y] as number];
    const [above, below] = [upper.levels, lower.levels];
    for (let i = 0, to = y * stride; i < stride; i++, to++)
      out[to] =
        ((Math.imul((above[i] as number) >> 4, a) >> 16) +
          (Math.imul((below[i] as number) >> 4, b) >> 16) +
          2) >>
        2;
  }
  return out;
}

function sampleRow({ width, channels, data }: Levels, y: number, at: Neighbours, row: Int32Array): void {
  const start = y * width * channels;
  const { low, high, lowWeight, highWeight } = at;
  for (let x = 0, to = 0; x < low.length; x++) {
    const left = start + (low[x] as number) * channels;
    const right = start + (high[x] as number) * channels;
    const [a, b] = [lowWeight[x] as number, highWeight[x] as number];
    for (let c = 0; c < channels; c++, to++)
      row[to] = Math.imul(data[left + c] as number, a) + Math.imul(data[right + c] as number, b);
  }
}

function neighbours(from: number, to: number): Neighbours {
  const step = from / to;
  const found = {
    ...{ low: new Int32Array(to), high: new Int32Array(to) },
    ...{ lowWeight: new Int32Array(to), highWeight: new Int32Array(to) },
  };
  for (let i = 0; i < to; i++) {
    const at = Math.fround((i + 0.5) * step - 0.5);
    const floor = Math.floor(at);
    // Beyond the outermost centres the outermost pixel goes on.
    const inside = floor >= 0 && floor < from - 1;
    const part = inside ? Math.fround(at - floor) : 0;
    const low = Math.min(Math.max(floor, 0), from - 1);
    found.low[i] = low;
    found.high[i] = Math.min(low + 1, from - 1);
    found.lowWeight[i] = roundHalfEven(Math.fround(1 - part) * ONE);
    found.highWeight[i] = roundHalfEven(part * ONE);
  }
  return found;
}

function averaged(source: Levels, width: number, height: number): Uint8Array {
  const { width: from, height: rows, channels, data } = source;
  const narrow = new Uint8Array(rows * width * channels);
  average(data, narrow, {
    ...{ from, to: width, lines: rows, each: channels },
    ...{ fromLine: from * channels, toLine: width * channels, step: channels },
  });
  const out = new Uint8Array(height * width * channels);
  average(narrow, out, {
    ...{ from: rows, to: height, lines: 1, each: width * channels },
    ...{ fromLine: 0, toLine: 0, step: width * channels },
  });
  return out;
}

/** How one axis runs through memory: `lines` times, `from` positions `step` apart, `each` values at a position. */
interface Axis {
  readonly from: number;
  readonly to: number;
  readonly lines: number;
  readonly fromLine: number;
  readonly toLine: number;
  readonly step: number;
  readonly each: number;
}

function average(source: Uint8Array, out: Uint8Array, axis: Axis): void {
  const ratio = axis.from / axis.to;
  const reach = Math.max(ratio, 1);
  for (let i = 0; i < axis.to; i++) {
    const centre = (i + 0.5) * ratio;
    const first = Math.max(Math.floor(centre - reach + 0.5), 0);
    const end = Math.min(Math.floor(centre + reach + 0.5), axis.from);
    const weights = Array.from({ length: end - first }, (_, k) =>
      Math.max(0, 1 - Math.abs(first + k + 0.5 - centre) / reach),
    );
    const total = weights.reduce((a, b) => a + b, 0);
    for (let line = 0; line < axis.lines; line++) {
      const from = line * axis.fromLine + first * axis.step;
      const to = line * axis.toLine + i * axis.step;
      for (let e = 0; e < axis.each; e++) {
        let sum = 0;
        for (let k = 0; k < weights.length; k++)
          sum += (weights[k] as number) * (source[from + k * axis.step + e] as number);
        out[to + e] = Math.floor(sum / total + 0.5);
      }
    }
  }
}

/** As Python and OpenCV round: halves to the even number. */
export function roundHalfEven(value: number): number {
  const low = Math.floor(value);
  if (value - low !== 0.5) return Math.round(value);
  return low % 2 === 0 ? low : low + 1;
}
