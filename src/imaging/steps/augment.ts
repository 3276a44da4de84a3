import { chance } from './chance.js';
import type { Picture } from './picture.js';
import { rangeOf } from './range.js';

export interface AugmentOptions {
  /** Degrees, at most, either way. */
  readonly rotation: number;
  /** Left to right, in half of the copies. It mirrors the heart. */
  readonly flip: boolean;
  /** Share of the picture's range, at most, up or down. */
  readonly brightness: number;
}

/** Which copy of which image; the same copy has the same changes in every run of the same seed. */
export interface Copy {
  readonly seed: number;
  readonly imageId: string;
  /** From 1. */
  readonly copy: number;
}

/** What is done to one copy. */
export interface Change {
  /** Degrees, counter-clockwise. */
  readonly angle: number;
  readonly flipped: boolean;
  /** Added, as a share of the picture's range. */
  readonly brighter: number;
}

/** The change of a copy: angle and brightness even within their limits. */
export function changeOf({ seed, imageId, copy }: Copy, options: AugmentOptions): Change {
  const drawn = (what: string) => chance(seed, imageId, copy, what);
  return {
    angle: (2 * drawn('rotation') - 1) * options.rotation,
    flipped: options.flip && drawn('flip') < 0.5,
    brighter: (2 * drawn('brightness') - 1) * options.brightness,
  };
}

/**
 * Flipped, then rotated about the centre, then brightened. Rotation is bilinear between pixel centres; what comes
 * in from outside has the picture's smallest value. Brightness adds to every value and is cut off at the picture's
 * own minimum and maximum, so that a range of 0 to 1 stays one.
 */
export function augment(picture: Picture, { angle, flipped, brighter }: Change): Picture {
  const [low, high] = rangeOf(picture.data);
  const turned = rotate(flipped ? flip(picture) : picture, angle, low);
  const add = brighter * (high - low);
  if (add === 0) return turned;
  return { ...turned, data: turned.data.map((value) => Math.min(high, Math.max(low, value + add))) };
}

export function flip(picture: Picture): Picture {
  const { width, height, channels, data } = picture;
  const out = new Float32Array(data.length);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let c = 0; c < channels; c++)
        out[(y * width + x) * channels + c] = data[(y * width + width - 1 - x) * channels + c]!;
  return { ...picture, data: out };
}

/** @param angle degrees, counter-clockwise. @param outside the value of what lies outside the picture. */
export function rotate(picture: Picture, angle: number, outside: number): Picture {
  if (angle === 0) return picture;
  const { width, height, channels, data } = picture;
  const turn = (angle * Math.PI) / 180;
  const [cos, sin] = [Math.cos(turn), Math.sin(turn)];
  const [middleX, middleY] = [(width - 1) / 2, (height - 1) / 2];
  const out = new Float32Array(data.length);
  const at = (x: number, y: number, c: number) =>
    x < 0 || y < 0 || x >= width || y >= height ? outside : data[(y * width + x) * channels + c]!;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      // Where this pixel was before the turn; y points down.
      const fromX = cos * (x - middleX) - sin * (y - middleY) + middleX;
      const fromY = sin * (x - middleX) + cos * (y - middleY) + middleY;
      const [left, top] = [Math.floor(fromX), Math.floor(fromY)];
      const [right, below] = [fromX - left, fromY - top];
      for (let c = 0; c < channels; c++)
        out[(y * width + x) * channels + c] =
          (1 - below) * ((1 - right) * at(left, top, c) + right * at(left + 1, top, c)) +
          below * ((1 - right) * at(left, top + 1, c) + right * at(left + 1, top + 1, c));
    }
  }
  return { ...picture, data: out };
}
