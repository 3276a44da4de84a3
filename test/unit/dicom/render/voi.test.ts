import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameAttributes } from '../../../../src/dicom/render/attributes.js';
import { type Voi, voiValue, voiViews } from '../../../../src/dicom/render/voi.js';
import { fileOf, lutItem, type Row, windowed } from './made.js';

const window = (shape: 'LINEAR' | 'LINEAR_EXACT' | 'SIGMOID', center: number, width: number): Voi => ({
  kind: 'window',
  function: shape,
  center,
  width,
});

describe('voiValue', () => {
  // PS3.3 C.11.2.1.2.1, notes: windows and where they start, end and are half.
  it.each([
    ['LINEAR 2048, 4096', window('LINEAR', 2048, 4096), 0, 0],
    ['LINEAR 2048, 4096', window('LINEAR', 2048, 4096), 4095, 1],
    ['LINEAR 2048, 1', window('LINEAR', 2048, 1), 2047, 0],
    ['LINEAR 2048, 1', window('LINEAR', 2048, 1), 2048, 1],
    ['LINEAR 0, 100', window('LINEAR', 0, 100), -50, 0],
    ['LINEAR 0, 100', window('LINEAR', 0, 100), 49, 1],
    ['LINEAR 0, 100', window('LINEAR', 0, 100), -0.5, 0.5],
    ['LINEAR_EXACT 0, 100', window('LINEAR_EXACT', 0, 100), -50, 0],
    ['LINEAR_EXACT 0, 100', window('LINEAR_EXACT', 0, 100), 0, 0.5],
    ['LINEAR_EXACT 0, 100', window('LINEAR_EXACT', 0, 100), 50, 1],
    ['SIGMOID 10, 4', window('SIGMOID', 10, 4), 10, 0.5],
    ['SIGMOID 10, 4', window('SIGMOID', 10, 4), 11, 1 / (1 + Math.E ** -1)],
    ['range 10..20', { kind: 'range', min: 10, max: 20 } as const, 15, 0.5],
    ['range of one value', { kind: 'range', min: 10, max: 10 } as const, 10, 0],
  ])('%s of %3$s', (_, voi, x, y) => {
    expect(voiValue(voi, x)).toBeCloseTo(y, 12);
  });

  it('rises from 0 to 1 and never falls', () => {
    const shape = fc.constantFrom('LINEAR' as const, 'LINEAR_EXACT' as const, 'SIGMOID' as const);
    const width = fc.double({ min: 1, max: 1e5, noNaN: true });
    const value = fc.double({ min: -1e5, max: 1e5, noNaN: true });
    fc.assert(
      fc.property(shape, value, width, value, value, (name, center, wide, a, b) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)].map((x) =>
          voiValue(window(name, center, wide), x),
        );
        expect(low).toBeGreaterThanOrEqual(0);
        expect(high).toBeLessThanOrEqual(1);
        expect(high).toBeGreaterThanOrEqual(low as number);
      }),
    );
  });

  it('takes the ends of a table for what lies beyond it, its first value below 0 included', () => {
    const file = fileOf(['00283010', 'SQ', [lutItem(-2, 8, [10, 20, 30, 255], 'SS')]]);
    const [view] = voiViews(new FrameAttributes(file, 0), true);
    const values = [-9, -2, -1, 0, 1, 9].map((x) => voiValue(view?.voi as Voi, x) * 255);
    expect(values.map(Math.round)).toEqual([10, 10, 20, 30, 255, 255]);
  });
});

describe('voiViews', () => {
  const names = (...elements: readonly Row[]) => voiViews(new FrameAttributes(fileOf(...elements), 0), false);

  it('offers tables before windows, each by its name', () => {
    const views = names(
      ['00281050', 'DS', '10\\20'],
      ['00281051', 'DS', '5\\6 '],
      ['00281055', 'LO', 'soft\\bone'],
      ['00283010', 'SQ', [lutItem(0, 8, [1, 2])]],
    );
    expect(views.map(({ name, voi }) => `${voi.kind} ${name}`)).toEqual([
      'lut ',
      'window soft',
      'window bone',
    ]);
  });

  it.each([
    ['without a width', [['00281050', 'DS', '10']] as const],
    ['with a width of 0', windowed(10, 0)],
    ['with a width below 1, LINEAR', windowed(10, 0.5)],
    [
      'with a centre that is no number',
      [
        ['00281050', 'DS', 'x'],
        ['00281051', 'DS', '5'],
      ] as const,
    ],
  ])('leaves out a window %s', (_, elements) => {
    expect(names(...elements)).toEqual([]);
  });

  it('keeps a narrow LINEAR_EXACT window', () => {
    expect(names(...windowed(10, 0.5, 'LINEAR_EXACT'))).toHaveLength(1);
  });

  it.each([
    ['too little data', [9, 0, 8]],
    ['17 bits', [2, 0, 17]],
    ['a descriptor of two values', [2, 0]],
  ])('refuses a table with %s', (_, descriptor) => {
    const item = new Map([...lutItem(0, 8, [1, 2])]);
    item.set('00283002', { ...lutDescriptor(descriptor) });
    expect(() => names(['00283010', 'SQ', [item]])).toThrow(expect.objectContaining({ code: 'BAD_LUT' }));
  });

  it('reads 0 as 65536 entries', () => {
    const entries = Array.from({ length: 65_536 }, (_, i) => i);
    const item = new Map(lutItem(0, 16, entries));
    item.set('00283002', lutDescriptor([0, 0, 16]));
    const [view] = names(['00283010', 'SQ', [item]]);
    expect(voiValue(view?.voi as Voi, 65_535)).toBe(1);
  });
});

function lutDescriptor(words: readonly number[]) {
  const bytes = new Uint8Array(Uint16Array.from(words).buffer);
  return { tag: '00283002', vr: 'US', kind: 'value' as const, bytes };
}
