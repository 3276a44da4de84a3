import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { expect } from 'vitest';
import type { Decoded, Picture } from '../../../../src/imaging/steps/picture.js';

/** A picture of the folder `golden`, made by Pillow and SciPy (`golden/make.py`). */
export async function golden(name: string): Promise<Decoded> {
  const file = fileURLToPath(new URL(`golden/${name}.png`, import.meta.url));
  const { data, info } = await sharp(file).raw().toBuffer({ resolveWithObject: true });
  // Decoded without a colour space, grey comes as three equal channels.
  const grey = (await sharp(file).metadata()).space === 'b-w';
  const step = grey ? info.channels : 1;
  const channels = grey ? 1 : 3;
  const values = Uint8Array.from(
    { length: info.width * info.height * channels },
    (_, i) => data[i * step] ?? 0,
  );
  return { width: info.width, height: info.height, channels, data: values, maxValue: 255 };
}

/** Within rounding to 8 bits of the golden one, and of its size. */
export async function expectGolden(picture: Picture, name: string): Promise<void> {
  const { width, height, channels, data } = await golden(name);
  expect([picture.width, picture.height, picture.channels]).toEqual([width, height, channels]);
  let worst = 0;
  for (const [i, value] of picture.data.entries())
    worst = Math.max(worst, Math.abs(Math.min(255, Math.max(0, value)) - (data[i] ?? Number.NaN)));
  expect(worst).toBeLessThanOrEqual(0.51);
}
