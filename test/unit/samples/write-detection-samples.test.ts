import { createReadStream } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readBoxes } from '../../../src/datasets/boxes/read-boxes.js';
import { cleanReading } from '../../../src/datasets/boxes/rules.js';
import { looksLikeDicom } from '../../../src/dicom/read.js';
import { writeDetectionSamples } from '../../../src/samples/write-detection-samples.js';
import { temporaryFolder } from '../../support/servers/process.js';

const SIZE = { rows: 96, columns: 80 };

describe('writeDetectionSamples', () => {
  it('writes a table and images that belong together, with sound boxes and every reader on every image', async () => {
    const folder = temporaryFolder('detection-samples');
    const made = await writeDetectionSamples(folder, { images: 20, readers: 2, size: SIZE });
    const files = (await readdir(made.images)).sort();
    expect(files).toEqual(made.truth.map(({ imageId }) => `${imageId}.dicom`).sort());
    expect(looksLikeDicom(await readFile(join(made.images, files[0] as string)))).toBe(true);
    const { images, problems } = await readBoxes(createReadStream(made.boxes));
    expect(problems).toEqual([]);
    expect(images).toHaveLength(20);
    for (const { readings } of images) {
      expect(readings.map(({ reader }) => reader)).toEqual(['R1', 'R2']);
      for (const reading of readings)
        expect(cleanReading(reading, { width: SIZE.columns, height: SIZE.rows }).problems).toEqual([]);
    }
    expect(new Set(made.truth.map(({ patientId }) => patientId)).size).toBe(16);
  });

  it('writes the same bytes for the same seed', async () => {
    const [a, b] = [temporaryFolder('detection-a'), temporaryFolder('detection-b')];
    const options = { images: 3, size: SIZE, format: 'png' } as const;
    const one = await writeDetectionSamples(a, options);
    const two = await writeDetectionSamples(b, options);
    expect(await readFile(one.boxes)).toEqual(await readFile(two.boxes));
    for (const name of await readdir(one.images))
      expect(await readFile(join(one.images, name))).toEqual(await readFile(join(two.images, name)));
  });
});
