// Writes generated films as PNG for training the quality model: node scripts/quality/films.mjs OUT COUNT SEED
// (after `npm run build`). One body a film, so that a split by file is a split by patient.
import { mkdirSync } from 'node:fs';
import sharp from 'sharp';
import { chestFilm } from '../../dist/samples/phantom/chest.js';
import { createRandom } from '../../dist/samples/random.js';

const [out, count, seed] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
const SIZES = [
  [640, 512],
  [1280, 1024],
  [800, 800],
  [720, 880],
];
mkdirSync(out, { recursive: true });
for (let i = 0; i < count; i++) {
  const random = createRandom(seed * 100_003 + i);
  const [rows, columns] = SIZES[i % SIZES.length];
  const view = ['PA', 'AP', 'PA', 'LATERAL', 'AP'][i % 5];
  const film = chestFilm(
    { rows, columns, view, female: random.chance(0.5), anatomySeed: random.int(1, 2 ** 30) },
    random,
  );
  const grey = Uint8Array.from(film.data, (v) => Math.round(255 * Math.max(0, Math.min(1, v))));
  const name = `${out}/${view.toLowerCase()}-${seed}-${String(i).padStart(4, '0')}.png`;
  await sharp(grey, { raw: { width: columns, height: rows, channels: 1 } })
    .toColourspace('b-w')
    .png({ compressionLevel: 1 })
    .toFile(name);
}
