import sharp from 'sharp';
import type { ObjectStore } from '../storage/port.js';

const TILE = { width: 220, height: 270 };
const COLUMNS = 6;

/**
 * One picture of up to 24 images, so that a person sees at a glance what was stored.
 * @param keys of PNG objects, in the order to show
 * @returns a PNG, or undefined where there is nothing to show
 */
export async function contactSheet(store: ObjectStore, keys: readonly string[]): Promise<Buffer | undefined> {
  const shown = keys.slice(0, 4 * COLUMNS);
  if (shown.length === 0) return undefined;
  const tiles = await Promise.all(
    shown.map(async (key, i) => ({
      input: await sharp(await store.read(key))
        .resize({ ...TILE, fit: 'contain', background: '#101418' })
        .toColourspace('srgb')
        .png()
        .toBuffer(),
      left: (i % COLUMNS) * TILE.width,
      top: Math.floor(i / COLUMNS) * TILE.height,
    })),
  );
  const columns = Math.min(COLUMNS, shown.length);
  const rows = Math.ceil(shown.length / COLUMNS);
  return await sharp({
    create: { width: columns * TILE.width, height: rows * TILE.height, channels: 3, background: '#101418' },
  })
    .composite(tiles)
    .png()
    .toBuffer();
}
