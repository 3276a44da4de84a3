// Writes generated films with findings as PNG, and truth.json with their boxes, for training the shipped models:
// node scripts/models/films.mjs OUT COUNT SEED (after `npm run build`).
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeDetectionSamples } from '../../dist/samples/write-detection-samples.js';

const [out, count, seed] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
const { truth } = await writeDetectionSamples(out, { images: count, seed, format: 'png', readers: 1 });
const films = truth.map(({ imageId, findings }) => ({ image: `images/${imageId}.png`, findings }));
writeFileSync(join(out, 'truth.json'), JSON.stringify(films));
