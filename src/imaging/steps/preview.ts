import sharp from 'sharp';
import type { Picture } from './picture.js';
import { rangeOf } from './range.js';

/** What people look at: an 8-bit PNG whose black and white are the picture's own minimum and maximum. */
export async function previewPng({ width, height, channels, data }: Picture): Promise<Uint8Array> {
  const [low, high] = rangeOf(data);
  const scale = 255 / Math.max(high - low, 1e-6);
  const grey = new Uint8Array(data.length);
  for (let i = 0; i < grey.length; i++) grey[i] = Math.round((data[i]! - low) * scale);
  return await sharp(grey, { raw: { width, height, channels } })
    .toColourspace(channels === 1 ? 'b-w' : 'srgb')
    .png({ compressionLevel: 1, adaptiveFiltering: false })
    .toBuffer();
}
