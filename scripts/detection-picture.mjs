// Draws a contact sheet of a version of a detection dataset, boxes over the images:
// node scripts/detection-picture.mjs VERSION_FOLDER OUT.png [--images 8]   (after `npm run build`)
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import sharp from 'sharp';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { images: { type: 'string', default: '8' } },
});
const [version, out] = positionals;
if (version === undefined || out === undefined)
  throw new Error('give the folder of a version, and a PNG to write');
const [ACROSS, WIDTH, HEIGHT, GAP] = [4, 240, 296, 6];
const COLOURS = ['#ff6b6b', '#ffd166', '#06d6a0', '#4cc9f0', '#c77dff', '#f4a261'];

const folder = join(version, 'organized');
const coco = JSON.parse(await readFile(join(folder, 'annotations', 'instances_training.json'), 'utf8'));
const boxesOf = (id) => coco.annotations.filter((a) => a.image_id === id);
const shown = coco.images.filter(({ id }) => boxesOf(id).length > 1).slice(0, Number(values.images));
const used = [...new Set(coco.annotations.map((a) => a.category_id))].sort((a, b) => a - b);
const nameOf = new Map(coco.categories.map(({ id, name }) => [id, name]));

const tiles = await Promise.all(
  shown.map(async ({ id, file_name, width, height }, i) => {
    const scale = Math.min(WIDTH / width, HEIGHT / height);
    const [w, h] = [Math.round(width * scale), Math.round(height * scale)];
    const boxes = boxesOf(id).map(({ bbox, category_id }) => {
      const [x, y, bw, bh] = bbox.map((v) => v * scale);
      const colour = COLOURS[used.indexOf(category_id) % COLOURS.length];
      return (
        `<rect x="${x}" y="${y}" width="${bw}" height="${bh}" fill="none" stroke="${colour}" stroke-width="2"/>` +
        `<text x="${x + 2}" y="${Math.max(10, y - 4)}" font-size="11" font-family="sans-serif" fill="${colour}">${nameOf.get(category_id)}</text>`
      );
    });
    const overlay = Buffer.from(
      `<svg xmlns="http://www.w3.org/2000/svg" width="${w}" height="${h}">${boxes.join('')}</svg>`,
    );
    const input = await sharp(join(folder, 'training', 'images', file_name))
      .resize(w, h)
      .toColourspace('srgb')
      .composite([{ input: overlay }])
      .png()
      .toBuffer();
    return { input, left: (i % ACROSS) * (WIDTH + GAP), top: Math.floor(i / ACROSS) * (HEIGHT + GAP) };
  }),
);
const rows = Math.ceil(shown.length / ACROSS);
await sharp({
  create: {
    width: ACROSS * (WIDTH + GAP) - GAP,
    height: rows * (HEIGHT + GAP) - GAP,
    channels: 3,
    background: '#101418',
  },
})
  .composite(tiles)
  .png({ compressionLevel: 9, palette: true, colours: 128 })
  .toFile(out);
