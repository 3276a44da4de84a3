// Writes made-up images, boxes of several readers and patients, to try detection datasets on:
// node scripts/detection-samples.mjs DIR [--images 60] [--readers 3] [--seed 1] [--format dicom|png] [--ids vindr|shipped]   (after `npm run build`)
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { writeDetectionSamples } from '../dist/samples/write-detection-samples.js';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    images: { type: 'string', default: '60' },
    readers: { type: 'string', default: '3' },
    seed: { type: 'string', default: '1' },
    format: { type: 'string', default: 'dicom' },
    ids: { type: 'string', default: 'vindr' },
  },
});
const [folder] = positionals;
if (folder === undefined) throw new Error('give a folder to write to');
const made = await writeDetectionSamples(resolve(folder), {
  images: Number(values.images),
  readers: Number(values.readers),
  seed: Number(values.seed),
  format: values.format,
  ids: values.ids,
});
console.log(
  `${made.truth.length} images in ${made.images}\nboxes: ${made.boxes}\npatients: ${made.patients}`,
);
