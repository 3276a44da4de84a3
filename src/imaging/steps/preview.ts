import sharp from 'sharp';
import type { Picture } from './picture.js';
import { rangeOf } from './range.js';

/**
 * What people look at: an 8-bit PNG whose black and white are the picture's own minimum and maximum, or the given
 * range (grey levels that nothing has normalised are shown as they are by [0, 255]).
 */
export async function preview(
  { width, height, channels, data }: Picture,
  range?: readonly [low: number, high: number],
): Promise<Uint8Array> {
  const [low, high] = range ?? rangeOf(data);
  const scale = 255 / Math.max(high - low, 1e-6);
  const grey = Uint8Array.from(data, (value) =>
    Math.min(255, Math.max(0, Math.round((value - low) * scale))),
  );
  return await sharp(grey, { raw: { width, height, channels } })
    .toColourspace(channels === 1 ? 'b-w' : 'srgb')
    .png({ compressionLevel: 1, adaptiveFiltering: false })
    .toBuffer();
}
