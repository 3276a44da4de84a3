import { CxrError } from '../errors.js';
import { place } from './placement.js';
import { type Levels, resample } from './resample.js';
import type { Picture, Preparation, Prepared } from './types.js';

/** Level of what a letterbox leaves empty (Ultralytics). */
const PADDING = 114;
/** Of ITU-R BT.601 in 1/65536, as Pillow makes grey of colour. */
const LUMA = [19_595, 38_470, 7_471] as const;
const HALF = 0x8000;

/** What `prepare` needs to know of a model. */
export interface InputPlan {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly layout: 'nchw' | 'nhwc';
  readonly prepare: Preparation;
}

/**
 * Resizes a picture, pads or crops it, and writes it in the layout of the network's input.
 *
 * @throws CxrError BAD_IMAGE_ATTRIBUTES where width, height and samples do not go together
 */
export function prepare(picture: Picture, plan: InputPlan): Prepared {
  check(picture);
  const { width, height } = picture;
  const { antialias, divisor, mean, std, fit } = plan.prepare;
  const placed = place(picture, plan, fit);
  const levels = resample(levelsOf(picture, plan.channels), placed.width, placed.height, antialias);
  const pixels = plan.width * plan.height;
  const tensor = new Float32Array(pixels * plan.channels);
  const [across, apart] = plan.layout === 'nchw' ? [1, pixels] : [plan.channels, 1];
  const [top, bottom] = [Math.max(placed.top, 0), Math.min(placed.top + placed.height, plan.height)];
  const [left, right] = [Math.max(placed.left, 0), Math.min(placed.left + placed.width, plan.width)];
  // Grey serves all channels of a model of colour.
  const step = levels.length / (placed.width * placed.height);
  for (let c = 0; c < plan.channels; c++) {
    if (c > 0 && step === 1 && across === 1 && mean[c] === mean[0] && std[c] === std[0]) {
      tensor.copyWithin(c * pixels, 0, pixels);
      continue;
    }
    const values = Float32Array.from(
      { length: 256 },
      (_, level) => (level / divisor - (mean[c] as number)) / (std[c] as number),
    );
    if (fit === 'letterbox') fill(tensor, c * apart, across, pixels, values[PADDING] as number);
    const first = step === 1 ? 0 : plan.prepare.order === 'rgb' ? c : 2 - c;
    for (let y = top; y < bottom; y++) {
      let from = ((y - placed.top) * placed.width + (left - placed.left)) * step + first;
      let to = c * apart + (y * plan.width + left) * across;
      for (let x = left; x < right; x++, from += step, to += across)
        tensor[to] = values[levels[from] as number] as number;
    }
  }
  return { tensor, width, height };
}

/** Levels of 8 bits, which is what models are trained on; colour made grey for a model of grey. */
function levelsOf(picture: Picture, wanted: 1 | 3): Levels {
  const { width, height, channels } = picture;
  const data = bytesOf(picture);
  if (channels === 1 || wanted === 3) return { width, height, channels, data };
  const [r, g, b] = LUMA;
  const grey = new Uint8Array(width * height);
  for (let i = 0, at = 0; i < grey.length; i++, at += 3)
    grey[i] =
      (r * (data[at] as number) + g * (data[at + 1] as number) + b * (data[at + 2] as number) + HALF) >> 16;
  return { width, height, channels: 1, data: grey };
}

function bytesOf({ data, maxValue }: Picture): Uint8Array {
  if (data instanceof Uint8Array && (maxValue ?? 255) === 255) return data;
  const scale = 255 / (maxValue ?? (data instanceof Uint8Array ? 255 : 65_535));
  return Uint8Array.from(data, (value) => Math.min(Math.round(value * scale), 255));
}

function fill(tensor: Float32Array, from: number, across: number, count: number, value: number): void {
  if (across === 1) tensor.fill(value, from, from + count);
  else for (let i = 0; i < count; i++) tensor[from + i * across] = value;
}

function check({ width, height, channels, data }: Picture): void {
  const whole = Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0;
  if (whole && (channels === 1 || channels === 3) && data.length === width * height * channels) return;
  throw new CxrError(
    'BAD_IMAGE_ATTRIBUTES',
    `${width} x ${height} pixels of ${channels} channels, ${data.length} samples`,
  );
}
