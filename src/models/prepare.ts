import { CxrError } from '../errors.js';
import { place } from './placement.js';
import { resample } from './resample.js';
import type { Picture, Preparation, Prepared } from './types.js';

/** Level of what a letterbox leaves empty (Ultralytics). */
const PADDING = 114;
/** Of ITU-R BT.601, as OpenCV makes grey of colour. */
const LUMA = [0.299, 0.587, 0.114] as const;

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
  const { width, height, channels } = picture;
  const { antialias, divisor, mean, std } = plan.prepare;
  const placed = place(picture, plan, plan.prepare.fit);
  const levels = resample(picture, placed.width, placed.height, antialias);
  const white = picture.maxValue ?? (picture.data.BYTES_PER_ELEMENT === 1 ? 255 : 65_535);
  const pixels = plan.width * plan.height;
  const tensor = new Float32Array(pixels * plan.channels);
  const read = reader(levels, channels, plan);
  const [across, apart] = plan.layout === 'nchw' ? [1, pixels] : [plan.channels, 1];
  for (let c = 0; c < plan.channels; c++) {
    const scale = 1 / (divisor * (std[c] as number));
    const shift = (mean[c] as number) / (std[c] as number);
    if (plan.prepare.fit === 'letterbox') fill(tensor, c * apart, across, pixels, PADDING * scale - shift);
    const top = Math.max(placed.top, 0);
    const bottom = Math.min(placed.top + placed.height, plan.height);
    const left = Math.max(placed.left, 0);
    const right = Math.min(placed.left + placed.width, plan.width);
    for (let y = top; y < bottom; y++) {
      let from = (y - placed.top) * placed.width + (left - placed.left);
      let to = c * apart + (y * plan.width + left) * across;
      for (let x = left; x < right; x++, from++, to += across) {
        // Whole levels, as of an 8-bit picture: what the model was trained on.
        const level = Math.round(Math.min(read(from, c) / white, 1) * 255);
        tensor[to] = level * scale - shift;
      }
    }
  }
  return { tensor, width, height };
}

/** The level of a pixel for a channel of the model: grey for all three, or colour as grey, or in its order. */
function reader(
  levels: Float32Array,
  channels: number,
  plan: InputPlan,
): (pixel: number, c: number) => number {
  if (channels === 1) return (pixel) => levels[pixel] as number;
  if (plan.channels === 1) {
    const [r, g, b] = LUMA;
    return (pixel) =>
      r * (levels[pixel * 3] as number) +
      g * (levels[pixel * 3 + 1] as number) +
      b * (levels[pixel * 3 + 2] as number);
  }
  const order = plan.prepare.order === 'rgb' ? [0, 1, 2] : [2, 1, 0];
  return (pixel, c) => levels[pixel * 3 + (order[c] as number)] as number;
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
