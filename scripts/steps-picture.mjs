// docs/images/processing-steps.png: one phantom through the steps of pipeline_config.yaml. Run after `npm run build`.
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { loadPipeline } from '../dist/config/pipeline.js';
import { prepare } from '../dist/imaging/steps/pipeline.js';
import { previewPng } from '../dist/imaging/steps/preview.js';
import { chestFilm } from '../dist/samples/phantom/chest.js';
import { createRandom } from '../dist/samples/random.js';

const SIDE = 224;
const GAP = 12;
const CAPTION = 26;
const COLUMNS = 4;

const film = chestFilm(
  { rows: 1200, columns: 960, view: 'PA', female: false, anatomySeed: 7 },
  createRandom(7),
);
// Under-exposed, so that normalising shows; noisy, so that denoising does.
const noise = createRandom(3);
const data = Uint8Array.from(film.data, (value) => Math.max(0, 40 + value * 110 + (noise.next() - 0.5) * 60));
const image = { width: film.columns, height: film.rows, channels: 1, data, maxValue: 255 };
const off = { normalise: { enabled: false } };
const copies = { augment: { copies: 3, rotation: 15, brightness: 0.3, flip: true } };
const CASES = [
  ['resize, stretch', off, 0],
  ['resize, letterbox', { ...off, resize: { fit: 'letterbox' } }, 0],
  ['normalise, min-max', {}, 0],
  ['normalise, z-score', { normalise: { method: 'z-score' } }, 0],
  ['augment, copy 1', copies, 1],
  ['augment, copy 2', copies, 2],
  ['denoise, gaussian 1.5', { denoise: { enabled: true, sigma: 1.5 } }, 0],
  ['denoise, median 5', { denoise: { enabled: true, method: 'median', size: 5 } }, 0],
];

const tiles = await Promise.all(CASES.map(([name, steps, copy]) => tile(name, steps, copy)));
const width = COLUMNS * (SIDE + GAP) + GAP;
const height = Math.ceil(tiles.length / COLUMNS) * (SIDE + CAPTION + GAP) + GAP;
const layers = tiles.flatMap(({ picture, caption }, i) => {
  const left = GAP + (i % COLUMNS) * (SIDE + GAP);
  const top = GAP + Math.floor(i / COLUMNS) * (SIDE + CAPTION + GAP);
  return [
    { input: picture, left, top },
    { input: caption, left, top: top + SIDE },
  ];
});
const out = fileURLToPath(new URL('../docs/images/processing-steps.png', import.meta.url));
await sharp({ create: { width, height, channels: 3, background: '#ffffff' } })
  .composite(layers)
  .png({ palette: true, colours: 64, compressionLevel: 9 })
  .toFile(out);

/** What nothing normalises is shown from black to white as it is; z-scores from -3 to 3. */
async function tile(name, steps, copy) {
  const { settings } = loadPipeline({ steps });
  const { picture } = prepare(image, settings, { imageId: 'phantom', copy, seed: 2 });
  const grey = settings.normalise.enabled ? undefined : Uint8Array.from(picture.data);
  const raw = { raw: { width: picture.width, height: picture.height, channels: 1 } };
  const png = grey === undefined ? await previewPng(picture) : await sharp(grey, raw).png().toBuffer();
  const text = `<svg width="${SIDE}" height="${CAPTION}"><text x="2" y="18" font-family="sans-serif" font-size="14">${name}</text></svg>`;
  return { picture: png, caption: Buffer.from(text) };
}
