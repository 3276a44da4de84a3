import type { Picture } from './picture.js';

/** Luma of ITU-R BT.601, as Pillow and libjpeg have it. */
const RED = 0.299;
const GREEN = 0.587;
const BLUE = 0.114;

/** `grey`: 0.299 R + 0.587 G + 0.114 B; `rgb`: grey three times. A picture that is so already stays as it is. */
export function toColour(picture: Picture, to: 'grey' | 'rgb'): Picture {
  const { width, height, channels, data } = picture;
  if ((to === 'grey') === (channels === 1)) return picture;
  const pixels = width * height;
  if (to === 'rgb') {
    const rgb = new Float32Array(3 * pixels);
    for (let i = 0; i < pixels; i++) rgb.fill(data[i]!, 3 * i, 3 * i + 3);
    return { width, height, channels: 3, data: rgb };
  }
  const grey = new Float32Array(pixels);
  for (let i = 0; i < pixels; i++)
    grey[i] = RED * data[3 * i]! + GREEN * data[3 * i + 1]! + BLUE * data[3 * i + 2]!;
  return { width, height, channels: 1, data: grey };
}
