import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { renderFrame } from '../../../../src/dicom/render/frame.js';
import type { RenderOptions } from '../../../../src/dicom/render/types.js';
import { chestFilm } from '../../../../src/samples/phantom/chest.js';
import { createRandom } from '../../../../src/samples/random.js';
import { fileOf, frameOf, type Row, windowed } from './made.js';

const ROWS = 240;
const COLUMNS = 192;

/** A film as a modality stores it: MONOCHROME1, 12 bits, in a part of the range. */
function film() {
  const options = { rows: ROWS, columns: COLUMNS, view: 'PA', female: true, anatomySeed: 5 } as const;
  const { data } = chestFilm(options, createRandom(5));
  const stored = Uint16Array.from(data, (value) => Math.round(1100 + (1 - value) * 1500));
  return frameOf(stored, { rows: ROWS, columns: COLUMNS, photometric: 'MONOCHROME1' });
}

const EIGHT: RenderOptions = { bits: 8, window: 'auto' };
const CASES: readonly (readonly [name: string, rows: readonly Row[], options: RenderOptions])[] = [
  ['linear', windowed(1850, 1500), EIGHT],
  ['sigmoid', windowed(1850, 900, 'SIGMOID'), EIGHT],
  ['percentile', [], { ...EIGHT, window: 'percentile' }],
  ['small', windowed(1850, 1500), { ...EIGHT, size: { width: 64, height: 80 } }],
];

// The pictures beside this test were looked at; a change that is meant is shown by UPDATE_GOLDEN=1.
describe('pictures of a film', () => {
  it.each(CASES)('%s', async (name, rows, options) => {
    const { data, width, height } = renderFrame(fileOf(...rows), film(), options);
    const golden = new URL(`./golden/${name}.png`, import.meta.url).pathname;
    if (process.env.UPDATE_GOLDEN === '1')
      await sharp(data, { raw: { width, height, channels: 1 } })
        .toColourspace('b-w')
        .png()
        .toFile(golden);
    const expected = await sharp(readFileSync(golden)).toColourspace('b-w').raw().toBuffer();
    const errors = Array.from(expected, (value, i) => Math.abs(value - (data[i] as number)));
    expect(errors).toHaveLength(width * height);
    expect(Math.max(...errors)).toBeLessThanOrEqual(1);
  });
});
