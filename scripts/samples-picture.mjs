// Draws docs/images/samples.png, six generated films side by side: node scripts/samples-picture.mjs
// (after `npm run build`).
import sharp from 'sharp';
import { chestFilm } from '../dist/samples/phantom/chest.js';
import { createRandom } from '../dist/samples/random.js';

const [WIDTH, HEIGHT, GAP] = [240, 300, 4];
const FILMS = [
  ['PA', false, 11],
  ['PA', true, 23],
  ['AP', false, 37],
  ['LATERAL', true, 23],
  ['PA', true, 51],
  ['AP', false, 64],
];
const tiles = await Promise.all(
  FILMS.map(async ([view, female, anatomySeed], i) => {
    const [rows, columns] = [1280, 1024];
    const film = chestFilm({ rows, columns, view, female, anatomySeed }, createRandom(anatomySeed * 31));
    const grey = Uint8Array.from(film.data, (v) => Math.round(255 * Math.max(0, Math.min(1, v))));
    const image = sharp(grey, { raw: { width: columns, height: rows, channels: 1 } });
    return { input: await image.resize(WIDTH, HEIGHT).png().toBuffer(), left: i * (WIDTH + GAP), top: 0 };
  }),
);
const width = FILMS.length * (WIDTH + GAP) - GAP;
await sharp({ create: { width, height: HEIGHT, channels: 3, background: 'white' } })
  .composite(tiles)
  .toColourspace('b-w')
  .png({ compressionLevel: 9 })
  .toFile(new URL('../docs/images/samples.png', import.meta.url).pathname);
