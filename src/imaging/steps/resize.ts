import { type Decoded, type Picture, pictureOf, type Size } from './picture.js';

export interface ResizeOptions {
  readonly width: number;
  readonly height: number;
  /** `stretch` fills the size; `letterbox` keeps the aspect, centred, and fills what is left with `pad`. */
  readonly fit: 'stretch' | 'letterbox';
  readonly filter: Filter;
  /** Where the picture shrinks, the filter widens to the area that an output pixel covers. */
  readonly antialias: boolean;
  /** Grey level, 0 to 255. */
  readonly pad: number;
}

export type Filter = 'box' | 'bilinear' | 'bicubic' | 'lanczos';

/** Where the picture lies within its letterbox, pixels. */
export interface Place extends Size {
  readonly left: number;
  readonly top: number;
}

/**
 * Resamples to `width` x `height` in grey levels 0 to 255, unrounded.
 *
 * Separable convolution as in Pillow: with scale s = in / out and (antialiased) stretch f = max(s, 1), output pixel
 * i is the mean of the input pixels j weighted by filter((j + ½ - (i + ½) s) / f); weights add up to 1, and what
 * lies outside the picture has none. Filters: box (½), triangle (1), Keys' cubic with a = -½ (2), Lanczos (3);
 * in brackets their half width.
 */
export function resize(image: Decoded, options: ResizeOptions): Picture {
  const place = placeOf(image.full ?? image, options);
  const inner = resample(image, place, options);
  const { width, height, pad } = options;
  if (place.width === width && place.height === height) return inner;
  const { channels } = image;
  const data = new Float32Array(width * height * channels).fill(pad);
  const line = place.width * channels;
  for (let row = 0; row < place.height; row++)
    data.set(
      inner.data.subarray(row * line, (row + 1) * line),
      ((place.top + row) * width + place.left) * channels,
    );
  return { width, height, channels, data };
}

/** Of a letterbox: sides rounded to whole pixels, at least 1; an odd pixel left over lies to the right and below. */
export function placeOf(image: Size, { width, height, fit }: ResizeOptions): Place {
  if (fit === 'stretch') return { width, height, left: 0, top: 0 };
  const scale = Math.min(width / image.width, height / image.height);
  const inner = {
    width: Math.min(width, Math.max(1, Math.round(image.width * scale))),
    height: Math.min(height, Math.max(1, Math.round(image.height * scale))),
  };
  return {
    ...inner,
    left: Math.floor((width - inner.width) / 2),
    top: Math.floor((height - inner.height) / 2),
  };
}

function resample(image: Decoded, size: Size, { filter, antialias }: ResizeOptions): Picture {
  const { width, height, channels, data, maxValue } = image;
  // Every filter is 1 at a pixel's centre and 0 at all others.
  if (width === size.width && height === size.height) return pictureOf(image);
  const columns = tapsOf(width, size.width, filter, antialias);
  const rows = tapsOf(height, size.height, filter, antialias);
  const out = new Float32Array(size.width * size.height * channels);
  const line = new Float64Array(width * channels);
  const scale = 255 / maxValue;
  for (let row = 0; row < size.height; row++) {
    weighRows(line, data, rows, row, scale);
    squeeze(line, columns, channels, out, row * size.width * channels);
  }
  return { ...size, channels, data: out };
}

/** The input pixels of each output pixel: `count[i]` of them from `start[i]` on, weights from `i * most` on. */
export interface Taps {
  readonly most: number;
  readonly start: Int32Array;
  readonly count: Int32Array;
  readonly weights: Float64Array;
}

const KERNELS: Readonly<Record<Filter, { readonly support: number; readonly at: (x: number) => number }>> = {
  // Half open, so that a pixel on the border belongs to one side.
  box: { support: 0.5, at: (x) => (x > -0.5 && x <= 0.5 ? 1 : 0) },
  bilinear: { support: 1, at: (x) => Math.max(0, 1 - Math.abs(x)) },
  bicubic: { support: 2, at: (x) => cubic(Math.abs(x)) },
  lanczos: { support: 3, at: (x) => (Math.abs(x) < 3 ? sinc(x) * sinc(x / 3) : 0) },
};

/** With the filter widened where the picture shrinks, if `antialias`. */
export function tapsOf(from: number, to: number, filter: Filter, antialias: boolean): Taps {
  const scale = from / to;
  const stretch = antialias ? Math.max(scale, 1) : 1;
  const { support, at } = KERNELS[filter];
  const reach = support * stretch;
  const most = Math.min(from, 2 * Math.ceil(reach) + 1);
  const taps = {
    most,
    start: new Int32Array(to),
    count: new Int32Array(to),
    weights: new Float64Array(to * most),
  };
  for (let i = 0; i < to; i++) {
    const centre = (i + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - reach + 0.5));
    const end = Math.min(from, Math.trunc(centre + reach + 0.5));
    let sum = 0;
    for (let k = 0; k < end - first; k++) {
      const weight = at((first + k + 0.5 - centre) / stretch);
      taps.weights[i * most + k] = weight;
      sum += weight;
    }
    for (let k = 0; k < end - first; k++) taps.weights[i * most + k]! /= sum;
    taps.start[i] = first;
    taps.count[i] = end - first;
  }
  return taps;
}

/** One output row at full width. Four rows at a time: sums are then read and written once for four samples. */
function weighRows(
  line: Float64Array,
  data: Decoded['data'],
  { most, start, count, weights }: Taps,
  row: number,
  scale: number,
): void {
  const width = line.length;
  const first = start[row]!;
  const taps = count[row]!;
  line.fill(0);
  for (let k = 0; k < taps; k += 4) {
    // A row that is not there adds the first one with weight 0.
    const weight = (n: number) => (k + n < taps ? scale * weights[row * most + k + n]! : 0);
    const offset = (n: number) => (first + (k + n < taps ? k + n : 0)) * width;
    const [p, q, r, s] = [weight(0), weight(1), weight(2), weight(3)];
    const [a, b, c, d] = [offset(0), offset(1), offset(2), offset(3)];
    for (let i = 0; i < width; i++)
      line[i]! += p * data[a + i]! + q * data[b + i]! + r * data[c + i]! + s * data[d + i]!;
  }
}

function squeeze(
  line: Float64Array,
  columns: Taps,
  channels: 1 | 3,
  out: Float32Array,
  offset: number,
): void {
  const { most, start, count, weights } = columns;
  let at = offset;
  for (let i = 0; i < start.length; i++)
    for (let channel = 0; channel < channels; channel++) {
      let sum = 0;
      const first = start[i]! * channels + channel;
      const taps = count[i]!;
      for (let k = 0; k < taps; k++) sum += weights[i * most + k]! * line[first + k * channels]!;
      out[at++] = sum;
    }
}

function cubic(x: number): number {
  if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
  return x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0;
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}
