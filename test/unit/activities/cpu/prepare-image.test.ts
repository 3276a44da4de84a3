import { createHash, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { prepareImage } from '../../../../src/activities/cpu/processing/prepare-image.js';
import { loadPipeline } from '../../../../src/config/pipeline.js';
import { readDicom } from '../../../../src/dicom/read.js';
import { text } from '../../../../src/dicom/values.js';
import { createPseudonyms } from '../../../../src/privacy/pseudonyms.js';
import { writeSamples } from '../../../../src/samples/write-samples.js';
import { temporaryFolder } from '../../../support/servers/process.js';

const pipeline = loadPipeline({ steps: { resize: { width: 8, height: 8 } } }).settings;
const pseudonyms = createPseudonyms(randomBytes(32));
const prepared = (bytes: Uint8Array, name: string) =>
  prepareImage({ bytes, name, pipeline, issuer: 'HOSPITAL' }, pseudonyms);
const png = () =>
  sharp(randomBytes(20 * 10), { raw: { width: 20, height: 10, channels: 1 } })
    .toColourspace('b-w')
    .png()
    .toBuffer();

describe('an image that is prepared', () => {
  it('has the id that docs/datasets.md says, its facts, and pixels of the size asked for', async () => {
    const bytes = await png();
    const hash = createHash('sha256').update(bytes).digest('hex');
    const image = await prepared(bytes, 'train/NORMAL/a.png');
    expect(image).toMatchObject({
      imageId: createHash('sha256').update(`train/NORMAL/a.png\0${hash}`).digest('hex').slice(0, 32),
      ...{ hash, bytes: bytes.length, format: 'png', bits: 8, width: 20, height: 10 },
      shape: { width: 8, height: 8, channels: 1 },
    });
    expect(image.pixels).toHaveLength(64);
    const mean = [...image.pixels].reduce((sum, value) => sum + value, 0) / 64;
    expect(image.moments.mean).toBeCloseTo(mean, 4);
  });

  it('has another id under another name, and the same pixels', async () => {
    const bytes = await png();
    const [a, b] = [await prepared(bytes, 'train/NORMAL/a.png'), await prepared(bytes, 'test/NORMAL/a.png')];
    expect(a.imageId).not.toBe(b.imageId);
    expect({ ...b, imageId: a.imageId }).toEqual(a);
  });

  it('of DICOM: knows the patient by pseudonym only', async () => {
    const folder = temporaryFolder('prepare-image');
    const { files } = await writeSamples(folder, {
      studies: 1,
      seed: 3,
      size: { rows: 48, columns: 40 },
      extras: false,
    });
    const bytes = await readFile(join(folder, files[0]?.path ?? ''));
    const { dataset } = readDicom(bytes);
    const id = text(dataset, '00100020') ?? '';
    expect(id).not.toBe('');
    const image = await prepared(bytes, 'train/NORMAL/a');
    expect(image.patient).toBe(pseudonyms.patient(text(dataset, '00100021') ?? 'HOSPITAL', id));
    expect(['AP', 'PA', 'LATERAL', 'unknown']).toContain(image.view);
    const { pixels: _, ...facts } = image;
    expect(JSON.stringify(facts)).not.toContain(id);
  });

  it.each([
    ['a note', Buffer.from('no image'), 'NOT_AN_IMAGE'],
    ['nothing', Buffer.alloc(0), 'NOT_AN_IMAGE'],
    ['a PNG cut short', undefined, 'DECODE_FAILED'],
  ])('is not made of %s', async (_, given, code) => {
    const bytes = given ?? (await png()).subarray(0, 60);
    await expect(prepared(bytes, 'x')).rejects.toThrow(expect.objectContaining({ code }));
  });
});
