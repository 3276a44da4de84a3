import { roundHalfEven } from './resample.js';
import type { ModelInput, Preparation } from './types.js';

interface Size {
  readonly width: number;
  readonly height: number;
}

/** Where a picture comes to lie in the input of a model. */
export interface Placed extends Size {
  /** Of the resized picture's left top corner in the input; negative where a crop leaves it out. */
  readonly left: number;
  readonly top: number;
}

/**
 * Placement of a picture: resized to `width` x `height`, its corner at `left`, `top` of the input.
 *
 * Letterbox and its rounding (each side at least 1; padding halves rounded by ±0.1) as Ultralytics' LetterBox with
 * `auto=False, center=True, scaleup=True`; crop as torchvision's Resize of the shorter side and CenterCrop.
 */
export function place(picture: Size, input: ModelInput, how: Preparation['fit']): Placed {
  if (how === 'stretch') return { width: input.width, height: input.height, left: 0, top: 0 };
  if (how === 'letterbox') {
    const scale = Math.min(input.height / picture.height, input.width / picture.width);
    const width = Math.max(roundHalfEven(picture.width * scale), 1);
    const height = Math.max(roundHalfEven(picture.height * scale), 1);
    const left = Math.max(roundHalfEven((input.width - width) / 2 - 0.1), 0);
    const top = Math.max(roundHalfEven((input.height - height) / 2 - 0.1), 0);
    return { width, height, left, top };
  }
  const scale = Math.max(input.height / picture.height, input.width / picture.width);
  // The side that decides is exactly the input's; the other is cut down to whole pixels.
  const width = Math.max(Math.floor(picture.width * scale + 1e-9), input.width);
  const height = Math.max(Math.floor(picture.height * scale + 1e-9), input.height);
  const left = -roundHalfEven((width - input.width) / 2);
  const top = -roundHalfEven((height - input.height) / 2);
  return { width, height, left, top };
}

/** A box of the model's input, in pixels of the picture, clipped to it. */
export function toPicture(
  box: readonly [number, number, number, number],
  picture: Size,
  placed: Placed,
): readonly [number, number, number, number] {
  const acrossX = picture.width / placed.width;
  const acrossY = picture.height / placed.height;
  const x = (value: number) => clip((value - placed.left) * acrossX, picture.width);
  const y = (value: number) => clip((value - placed.top) * acrossY, picture.height);
  return [x(box[0]), y(box[1]), x(box[2]), y(box[3])];
}

function clip(value: number, size: number): number {
  return Math.min(Math.max(value, 0), size);
}
