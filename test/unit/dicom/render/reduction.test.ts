import { beforeAll, describe, expect, it } from 'vitest';
import type { DicomFile } from '../../../../src/dicom/dataset.js';
import { encapsulate } from '../../../../src/dicom/encode/encapsulate.js';
import { encodeJpegBaseline } from '../../../../src/dicom/encode/jpeg-baseline.js';
import { encodeJpeg2000 } from '../../../../src/dicom/encode/jpeg2000.js';
import { decodeFrame } from '../../../../src/dicom/frames.js';
import { renderFrame } from '../../../../src/dicom/render/frame.js';
import { reductionLevels } from '../../../../src/dicom/render/reduction.js';
import type { RenderOptions } from '../../../../src/dicom/render/types.js';
import { chestFilm } from '../../../../src/samples/phantom/chest.js';
import { createRandom } from '../../../../src/samples/random.js';
import { fileOf, lutItem, type Row, windowed } from './made.js';

const ROWS = 1000;
const COLUMNS = 800;
const SMALL: RenderOptions = { bits: 8, window: 'auto', size: { width: 96, height: 112 } };

const image = (bits: number, ...more: readonly Row[]) =>
  fileOf(
    ['00280002', 'US', [1]],
    ['00280004', 'CS', 'MONOCHROME2'],
    ['00280010', 'US', [ROWS]],
    ['00280011', 'US', [COLUMNS]],
    ['00280100', 'US', [bits > 8 ? 16 : 8]],
    ['00280101', 'US', [bits]],
    ['00280102', 'US', [bits - 1]],
    ['00280103', 'US', [0]],
    ...more,
  );

/** A film with its lead marker: the sharpest edges that films have. */
async function film(bits: 8 | 12): Promise<DicomFile> {
  const options = { rows: ROWS, columns: COLUMNS, view: 'PA', female: false, anatomySeed: 3 } as const;
  const { data } = chestFilm(options, createRandom(3));
  const top = 2 ** bits - 1;
  const frame = { rows: ROWS, columns: COLUMNS, samples: 1, bitsStored: bits, signed: false } as const;
  const scaled = Array.from(data, (value) => Math.round(value * top));
  const encoded =
    bits === 8
      ? await encodeJpegBaseline({ ...frame, data: Uint8Array.from(scaled) })
      : await encodeJpeg2000({ ...frame, data: Uint16Array.from(scaled) });
  const file = image(bits, ...windowed(2 ** (bits - 1), 2 ** bits));
  return {
    ...file,
    transferSyntax: bits === 8 ? '1.2.840.10008.1.2.4.50' : '1.2.840.10008.1.2.4.90',
    dataset: new Map([...file.dataset, ['7fe00010', encapsulate([encoded])]]),
  };
}

describe.each([
  ['JPEG 2000', 12],
  ['JPEG', 8],
] as const)('a small picture of %s', (_, bits) => {
  let file: DicomFile;
  beforeAll(async () => {
    file = await film(bits);
  });

  it('is decoded small', async () => {
    expect(reductionLevels(file, SMALL)).toBe(2);
    const { rows, columns } = await decodeFrame(file, 0, { reduce: 2 });
    expect([rows, columns]).toEqual([ROWS / 4, COLUMNS / 4]);
  });

  // The bound that docs/rendering.md states.
  it('differs from that of a full decode by 32 at the sharpest edges, by less than 1 on average', async () => {
    const reduced = renderFrame(file, await decodeFrame(file, 0, { reduce: 2 }), SMALL).data;
    const full = renderFrame(file, await decodeFrame(file, 0), SMALL).data;
    const errors = Array.from(full, (value, i) => Math.abs(value - (reduced[i] as number)));
    expect(Math.max(...errors)).toBeLessThanOrEqual(32);
    expect(errors.reduce((a, b) => a + b) / errors.length).toBeLessThanOrEqual(1);
  });
});

describe('reductionLevels', () => {
  const window = windowed(10, 20);
  it.each([
    ['a window', image(12, ...window), SMALL, 2],
    ['an asked window', image(12), { ...SMALL, window: { center: 1, width: 2 } }, 2],
    ['no size', image(12, ...window), { bits: 8, window: 'auto' } as const, 0],
    [
      'a size that is not much smaller',
      image(12, ...window),
      { ...SMALL, size: { width: 300, height: 90 } },
      0,
    ],
    ['no window: all pixels decide', image(12), SMALL, 0],
    ['percentiles', image(12, ...window), { ...SMALL, window: 'percentile' as const }, 0],
    ['16 bits', image(12, ...window), { ...SMALL, bits: 16 as const }, 0],
    ['padding', image(12, ...window, ['00280120', 'US', [0]]), SMALL, 0],
    ['a VOI LUT', image(12, ['00283010', 'SQ', [lutItem(0, 8, [1, 2])]]), SMALL, 0],
    ['a palette', image(8, ['00280004', 'CS', 'PALETTE COLOR'], ...window), SMALL, 0],
  ])('of an image with %s', (_, file, options, levels) => {
    expect(reductionLevels(file, options)).toBe(levels);
  });
});
