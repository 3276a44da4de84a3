import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderFrame } from '../../../../src/dicom/render/frame.js';
import { modalityCounts } from '../../../../src/dicom/render/modality-counts.js';
import type { RenderOptions } from '../../../../src/dicom/render/types.js';
import { datasetOf, fileOf, frameOf, lutItem, windowed } from './made.js';

const EIGHT: RenderOptions = { bits: 8, window: 'auto' };
const SIXTEEN: RenderOptions = { bits: 16, window: 'auto' };
const MONOCHROME1 = { photometric: 'MONOCHROME1' };
const INVERSE = ['20500020', 'CS', 'INVERSE'] as const;
const IDENTITY = ['20500020', 'CS', 'IDENTITY'] as const;
const PADDING = ['00280120', 'US', [7]] as const;

const pixels = (
  file: Parameters<typeof renderFrame>[0],
  frame: Parameters<typeof renderFrame>[1],
  options = EIGHT,
) => Array.from(renderFrame(file, frame, options).data);

describe('renderFrame, 8 bits', () => {
  it('shows minimum to maximum without a window', () => {
    expect(pixels(fileOf(), frameOf(Uint16Array.of(100, 150, 200)))).toEqual([0, 128, 255]);
  });

  it('rescales before it windows', () => {
    const file = fileOf(['00281053', 'DS', '2'], ['00281052', 'DS', '-100'], ...windowed(0.5, 201));
    expect(pixels(file, frameOf(Uint16Array.of(0, 50, 100)))).toEqual([0, 128, 255]);
  });

  it('takes the modality table where there is one, rescale or not', () => {
    const file = fileOf(
      ['00281053', 'DS', '2'],
      ['00283000', 'SQ', [lutItem(0, 8, [0, 0, 60, 20])]],
      ...windowed(30.5, 61),
    );
    expect(pixels(file, frameOf(Uint16Array.of(1, 2, 3)))).toEqual([0, 255, 85]);
  });

  it.each([
    ['MONOCHROME2', 'MONOCHROME2', [], [0, 255]],
    ['MONOCHROME1', 'MONOCHROME1', [], [255, 0]],
    ['MONOCHROME1 with INVERSE: once', 'MONOCHROME1', [INVERSE], [255, 0]],
    ['MONOCHROME2 with INVERSE', 'MONOCHROME2', [INVERSE], [255, 0]],
    ['MONOCHROME1 with IDENTITY', 'MONOCHROME1', [IDENTITY], [0, 255]],
  ])('inverts %s', (_, photometric, elements, expected) => {
    expect(pixels(fileOf(...elements), frameOf(Uint16Array.of(0, 9), { photometric }))).toEqual(expected);
  });

  it('applies a Presentation LUT instead of an inversion', () => {
    const file = fileOf(['20500010', 'SQ', [lutItem(0, 8, [255, 51, 0])]]);
    expect(pixels(file, frameOf(Uint16Array.of(0, 5, 10), MONOCHROME1))).toEqual([255, 51, 0]);
  });

  it('keeps padding out of minimum and maximum and shows it black, whatever the polarity', () => {
    const frame = frameOf(Uint16Array.of(7, 100, 200), MONOCHROME1);
    expect(pixels(fileOf(PADDING), frame)).toEqual([0, 255, 0]);
    const range = fileOf(PADDING, ['00280121', 'US', [100]]);
    expect(pixels(range, frameOf(Uint16Array.of(7, 50, 100, 101, 201)))).toEqual([0, 0, 0, 0, 255]);
  });

  it('takes no pixel for padding where the value is none that the pixels can have', () => {
    const file = fileOf(['00280120', 'US', [0x8000]]);
    expect(pixels(file, frameOf(Uint16Array.of(0, 9)))).toEqual([0, 255]);
  });

  it.each(['percentile' as const, 'auto' as const])(
    'shows an image of one value, or of padding: %s',
    (window) => {
      expect(pixels(fileOf(), frameOf(Uint16Array.of(5, 5)), { bits: 8, window })).toEqual([0, 0]);
      expect(pixels(fileOf(PADDING), frameOf(Uint16Array.of(7, 7)), { bits: 8, window })).toEqual([0, 0]);
    },
  );

  it('cuts half a percent off at either end', () => {
    const data = Uint16Array.from({ length: 1001 }, (_, i) => i);
    const { window } = renderFrame(fileOf(), frameOf(data), { bits: 8, window: 'percentile' });
    expect(window).toEqual({ center: 500, width: 990, function: 'LINEAR_EXACT' });
  });

  it('finds a view by name, whatever its case, and says when there is none', () => {
    const file = fileOf(
      ['00281050', 'DS', '10\\2'],
      ['00281051', 'DS', '20\\2'],
      ['00281055', 'LO', 'WIDE\\Narrow'],
    );
    const choose = (name: string) =>
      renderFrame(file, frameOf(Uint16Array.of(0)), { bits: 8, window: { name } });
    expect(choose('narrow').window).toEqual({ center: 2, width: 2, function: 'LINEAR' });
    expect(() => choose('lung')).toThrow(expect.objectContaining({ code: 'NO_SUCH_VIEW' }));
  });

  it('reads the windows of a frame from its functional groups', () => {
    const group = (center: string) =>
      datasetOf(['00289132', 'SQ', [datasetOf(['00281050', 'DS', center], ['00281051', 'DS', '2'])]]);
    const file = fileOf(['52009230', 'SQ', [group('10'), group('20')]]);
    const frame = frameOf(Uint16Array.of(15));
    expect([0, 1].map((index) => renderFrame(file, frame, EIGHT, index).data[0])).toEqual([255, 0]);
  });

  it('is the complement when inverted, pixel by pixel', () => {
    const sample = fc.integer({ min: 0, max: 4095 });
    fc.assert(
      fc.property(
        fc.array(sample, { minLength: 1 }),
        sample,
        fc.integer({ min: 1, max: 5000 }),
        (data, c, w) => {
          const frame = frameOf(Uint16Array.from(data));
          const plain = pixels(fileOf(...windowed(c, w)), frame);
          const inverse = pixels(fileOf(...windowed(c, w), INVERSE), frame);
          expect(plain.map((value, i) => value + (inverse[i] as number))).toEqual(data.map(() => 255));
        },
      ),
    );
  });

  it('gives through the table what it gives computing each pixel', () => {
    const sample = fc.integer({ min: -2048, max: 2047 });
    fc.assert(
      fc.property(fc.array(sample, { minLength: 1 }), fc.double({ min: 0.1, max: 9 }), (data, slope) => {
        const file = fileOf(['00281053', 'DS', String(slope)], ...windowed(100, 900, 'SIGMOID'));
        const table = pixels(file, frameOf(Int16Array.from(data)));
        expect(table).toEqual(pixels(file, frameOf(Int32Array.from(data), { bitsStored: 32 })));
      }),
    );
  });

  it.each([0, 1, 2, 3, 4, 5, 9])('looks up %i samples wherever they start in memory', (length) => {
    const all = Uint16Array.from({ length: 12 }, (_, i) => i * 300);
    for (const start of [0, 1, 2]) {
      const data = all.subarray(start, start + length);
      const expected = Array.from(data, (value) => Math.round((value / 4095) * 255));
      expect(pixels(fileOf(...windowed(2048, 4096)), frameOf(data))).toEqual(expected);
    }
  });
});

describe('renderFrame, 16 bits', () => {
  it('gives modality values from 0, not scaled', () => {
    const file = fileOf(['00281052', 'DS', '-1024']);
    const image = renderFrame(file, frameOf(Uint16Array.of(10, 500, 12)), SIXTEEN);
    expect({ data: Array.from(image.data), maxValue: image.maxValue, modality: image.modality }).toEqual({
      data: [0, 490, 2],
      maxValue: 490,
      modality: { from: -1014, step: 1 },
    });
  });

  it('corrects the polarity', () => {
    const image = renderFrame(fileOf(), frameOf(Uint16Array.of(10, 500, 12), MONOCHROME1), SIXTEEN);
    expect(Array.from(image.data)).toEqual([490, 0, 488]);
    expect(image.modality).toEqual({ from: 500, step: -1 });
  });

  it('keeps every distinct value, and says how to come back to it', () => {
    const sample = fc.integer({ min: -32768, max: 32767 });
    const slope = fc.double({ min: 0.001, max: 5, noNaN: true });
    fc.assert(
      fc.property(fc.array(sample, { minLength: 1 }), slope, fc.boolean(), (data, m, inverted) => {
        const photometric = inverted ? 'MONOCHROME1' : 'MONOCHROME2';
        const frame = frameOf(Int16Array.from(data), { bitsStored: 16, photometric });
        const image = renderFrame(fileOf(['00281053', 'DS', String(m)]), frame, SIXTEEN);
        expect(new Set(image.data).size).toBe(new Set(data).size);
        expect(Math.min(...image.data)).toBe(0);
        const { from, step } = image.modality as { from: number; step: number };
        data.forEach((stored, i) => {
          expect(Math.abs(from + step * (image.data[i] as number) - stored * m)).toBeLessThanOrEqual(0.75);
        });
      }),
    );
  });

  it('fills 16 bits when asked', () => {
    const options = { ...SIXTEEN, stretch: true };
    expect(pixels(fileOf(...windowed(0, 9)), frameOf(Uint16Array.of(10, 15, 20)), options)).toEqual([
      0, 32768, 65535,
    ]);
    const window = { center: 15.5, width: 5 };
    expect(pixels(fileOf(), frameOf(Uint16Array.of(10, 15, 20)), { ...options, window })).toEqual([
      0, 32768, 65535,
    ]);
  });
});

describe('colour', () => {
  it('shows a palette of 16 bits, from its first mapped value', () => {
    const tables = [1, 2, 3].flatMap((n) => [
      [`0028110${n}`, 'US', [2, 5, 16]] as const,
      [`0028120${n}`, 'OW', [0, Math.round(65535 / n)]] as const,
    ]);
    const frame = frameOf(Uint8Array.of(0, 5, 6, 9), { photometric: 'PALETTE COLOR', bitsStored: 8 });
    expect(pixels(fileOf(...tables), frame)).toEqual([0, 0, 0, 0, 0, 0, 255, 128, 85, 255, 128, 85]);
  });

  it('expands segments: discrete, linear, indirect', () => {
    const segments = [0, 2, 10, 20, 1, 2, 40, 2, 1, 0, 0, 0, 0, 0];
    const tables = [1, 2, 3].flatMap((n) => [
      [`0028110${n}`, 'US', [6, 0, 8]] as const,
      [`0028122${n}`, 'OB', segments] as const,
    ]);
    const frame = frameOf(Uint8Array.of(0, 1, 2, 3, 4, 5), { photometric: 'PALETTE COLOR', bitsStored: 8 });
    const red = pixels(fileOf(...tables), frame).filter((_, i) => i % 3 === 0);
    expect(red).toEqual([10, 20, 30, 40, 10, 20]);
  });

  it.each([
    ['that end early', [0, 9, 1]],
    ['of an unknown type', [7, 1, 1]],
    ['that only repeat themselves', [2, 1, 0, 0, 0, 0]],
    ['that start with a line', [1, 4, 4]],
    ['of more entries than declared', [0, 5, 1, 2, 3, 4, 5]],
  ])('refuses segments %s', (_, segments) => {
    const tables = [1, 2, 3].flatMap((n) => [
      [`0028110${n}`, 'US', [4, 0, 8]] as const,
      [`0028122${n}`, 'OB', segments] as const,
    ]);
    const frame = frameOf(Uint8Array.of(0), { photometric: 'PALETTE COLOR', bitsStored: 8 });
    expect(() => pixels(fileOf(...tables), frame)).toThrow(expect.objectContaining({ code: 'BAD_LUT' }));
  });

  it('leaves 8-bit RGB as it is and scales wider samples', () => {
    const rgb = { samples: 3, photometric: 'RGB' } as const;
    expect(pixels(fileOf(), frameOf(Uint8Array.of(1, 2, 3), { ...rgb, bitsStored: 8 }))).toEqual([1, 2, 3]);
    expect(pixels(fileOf(), frameOf(Uint16Array.of(0, 2048, 4095), rgb))).toEqual([0, 128, 255]);
  });
});

describe('modalityCounts', () => {
  it('counts values without padding, and says what the stored bits could give', () => {
    const file = fileOf(['00281053', 'DS', '2'], ['00281052', 'DS', '-10'], PADDING);
    expect(modalityCounts(file, frameOf(Uint16Array.of(30, 7, 20, 30), MONOCHROME1))).toEqual({
      counts: [
        [30, 1],
        [50, 2],
      ],
      range: { min: -10, max: 8180 },
      inverted: true,
    });
  });
});
