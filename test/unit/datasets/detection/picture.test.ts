import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { makePicture, type PictureSettings } from '../../../../src/datasets/detection/picture.js';
import { drawText } from '../../../../src/samples/font.js';
import { planStudies, renderPlan } from '../../../../src/samples/plan.js';

const settings: PictureSettings = {
  size: undefined,
  fit: 'letterbox',
  window: 'auto',
  burnedIn: 'quarantine',
  deviceRules: [],
};
const gradient = (width: number, height: number) =>
  Uint8Array.from({ length: width * height }, (_, i) => Math.round((255 * (i % width)) / (width - 1)));
const pixelsOf = async (png: Uint8Array) => {
  const { channels } = await sharp(png).metadata();
  return { channels, data: await sharp(png).toColourspace('b-w').raw().toBuffer() };
};
const grey = (width: number, height: number) =>
  sharp(gradient(width, height), { raw: { width, height, channels: 1 } });

/** A film of the samples: its bytes in the first syntax, explicit little endian. */
function film(change = (f: Parameters<typeof drawText>[0]) => f) {
  const { films } = planStudies({ studies: 1, seed: 3, laterals: false });
  return renderPlan(films[0] as (typeof films)[0], { rows: 320, columns: 256 }, change);
}

describe('makePicture', () => {
  it('keeps the pixels of a PNG, and nothing else of it', async () => {
    const source = await grey(40, 30)
      .withMetadata()
      .withExifMerge({ IFD0: { ImageDescription: 'DOE^JOHN', Artist: 'Dr. Smith' } })
      .png()
      .toBuffer();
    const { png, placement } = await makePicture(source, settings);
    expect(placement.to).toEqual({ width: 40, height: 30 });
    const { data, channels } = await pixelsOf(png);
    expect(channels).toBe(1);
    expect(new Uint8Array(data)).toEqual(gradient(40, 30));
    expect(png.includes('DOE') || png.includes('eXIf') || png.includes('iCCP')).toBe(false);
  });

  it('takes colour for grey, and shows 16 bits from their minimum to their maximum', async () => {
    const colour = await sharp({
      create: { width: 8, height: 8, channels: 3, background: { r: 90, g: 90, b: 90 } },
    })
      .png()
      .toBuffer();
    expect([...new Set((await pixelsOf((await makePicture(colour, settings)).png)).data)]).toEqual([90]);
    const values = Uint16Array.from({ length: 64 }, (_, i) => 1000 + 40 * i);
    const sixteen = await sharp(values, { raw: { width: 8, height: 8, channels: 1 } })
      .toColourspace('grey16')
      .png()
      .toBuffer();
    const { data } = await pixelsOf((await makePicture(sixteen, settings)).png);
    expect([data[0], data[63]]).toEqual([0, 255]);
    expect([...data]).toEqual([...data].sort((a, b) => a - b));
  });

  it('letterboxes with black, and leaves the picture where boxes are moved to', async () => {
    const white = await sharp({ create: { width: 60, height: 30, channels: 3, background: 'white' } })
      .jpeg()
      .toBuffer();
    const { png, placement } = await makePicture(white, { ...settings, size: { width: 20, height: 20 } });
    expect(placement.inner).toEqual({ left: 0, top: 5, width: 20, height: 10 });
    const { data } = await pixelsOf(png);
    const row = (y: number) => data[y * 20 + 10];
    expect([row(4), row(5), row(14), row(15)]).toEqual([0, 255, 255, 0]);
    const stretched = await makePicture(white, {
      ...settings,
      size: { width: 20, height: 20 },
      fit: 'stretch',
    });
    expect([...new Set((await pixelsOf(stretched.png)).data)]).toEqual([255]);
  });

  it('renders DICOM, and holds back a film with a name in its pixels unless told', async () => {
    const { placement } = await makePicture(await film(), settings);
    expect(placement.from).toEqual({ width: 256, height: 320 });
    const named = await film((f) => {
      drawText(f, 'ACKERMANN, JANE', 60, 20, 12, 1);
      return f;
    });
    await expect(makePicture(named, settings)).rejects.toMatchObject({ code: 'TEXT_IN_PIXELS' });
    await expect(makePicture(named, { ...settings, burnedIn: 'keep' })).resolves.toHaveProperty('png');
  });

  it.each([
    ['a cut PNG', async () => (await grey(64, 64).png({ compressionLevel: 0 }).toBuffer()).subarray(0, 900)],
    ['a TIFF', () => grey(8, 8).tiff().toBuffer()],
    ['noise', async () => Buffer.from('no picture at all, and longer than a signature')],
  ])('refuses %s without quoting it', async (_, make) => {
    await expect(makePicture(await make(), settings)).rejects.toMatchObject({ code: 'IMAGE_UNREADABLE' });
  });
});
