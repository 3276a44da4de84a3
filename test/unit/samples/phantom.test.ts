import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { drawText } from '../../../src/samples/font.js';
import { chestFilm } from '../../../src/samples/phantom/chest.js';
import type { Film } from '../../../src/samples/phantom/film.js';
import { contour } from '../../../src/samples/phantom/grid.js';
import { black, blur, overExpose } from '../../../src/samples/phantom/spoil.js';
import { createRandom } from '../../../src/samples/random.js';

type View = 'PA' | 'AP' | 'LATERAL';
const chest = (seed: number, view: View = 'PA') =>
  chestFilm({ rows: 320, columns: 256, view, female: seed % 2 === 0, anatomySeed: seed }, createRandom(seed));
const mean = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => a + b, 0) / values.length;

/** Mean brightness of a part of the film, in shares of its sides. */
function part(film: Film, x0: number, x1: number, y0: number, y1: number): number {
  const values: number[] = [];
  for (let y = Math.floor(y0 * film.rows); y < y1 * film.rows; y++)
    for (let x = Math.floor(x0 * film.columns); x < x1 * film.columns; x++)
      values.push(film.data[y * film.columns + x] as number);
  return mean(values);
}
const seeds = fc.integer({ min: 1, max: 1e6 });

describe('chestFilm', () => {
  it('looks like a chest: dark lungs, bright middle and abdomen, black beside the neck', () => {
    fc.assert(
      fc.property(seeds, fc.constantFrom<View>('PA', 'AP'), (seed, view) => {
        const film = chest(seed, view);
        const lungs = [part(film, 0.2, 0.35, 0.3, 0.5), part(film, 0.65, 0.8, 0.3, 0.5)];
        const middle = part(film, 0.47, 0.53, 0.5, 0.6);
        const abdomen = part(film, 0.3, 0.7, 0.85, 0.95);
        for (const lung of lungs) {
          expect(lung).toBeGreaterThan(0.08);
          expect(lung).toBeLessThan(middle - 0.2);
        }
        expect(abdomen).toBeGreaterThan(middle - 0.05);
        expect(part(film, 0.12, 0.2, 0.03, 0.08)).toBeLessThan(0.12);
        // The heart lies to the patient's left, on the right of the film.
        expect(part(film, 0.58, 0.66, 0.55, 0.62)).toBeGreaterThan(part(film, 0.3, 0.38, 0.55, 0.62));
      }),
      { numRuns: 12 },
    );
  });

  it('keeps to the tones of a film in every view', () => {
    fc.assert(
      fc.property(seeds, fc.constantFrom<View>('PA', 'AP', 'LATERAL'), (seed, view) => {
        const { data } = chest(seed, view);
        const average = mean(data);
        const spread = Math.sqrt(mean(data.map((v) => (v - average) ** 2)));
        expect(average).toBeGreaterThan(0.3);
        expect(average).toBeLessThan(0.68);
        expect(spread).toBeGreaterThan(0.18);
        expect(spread).toBeLessThan(0.4);
        expect(Math.min(...data)).toBeGreaterThanOrEqual(0);
        expect(Math.max(...data)).toBeLessThanOrEqual(1);
      }),
      { numRuns: 12 },
    );
  });

  it('is the same film for the same seeds and another for others', () => {
    expect(chest(5).data).toEqual(chest(5).data);
    expect(chest(5).data).not.toEqual(chest(6).data);
  });

  it('comes in any size', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 140 }), fc.integer({ min: 1, max: 140 }), (rows, columns) => {
        const film = chestFilm({ rows, columns, view: 'PA', female: true, anatomySeed: 3 }, createRandom(3));
        expect(film.data).toHaveLength(rows * columns);
        expect(film.data.every(Number.isFinite)).toBe(true);
      }),
      { numRuns: 15 },
    );
  });
});

describe('spoilt films', () => {
  it('lose what their names say', () => {
    const film = chest(9);
    const edges = ({ data }: Film) => mean(data.map((v, i) => Math.abs(v - (data[i + 1] ?? v))));
    expect(edges(blur(film, 4))).toBeLessThan(edges(film) / 2);
    expect(mean(blur(film, 4).data)).toBeCloseTo(mean(film.data), 1);
    expect(part(overExpose(film), 0.2, 0.35, 0.3, 0.5)).toBeLessThan(0.02);
    expect(Math.max(...black(film).data)).toBeLessThan(0.01);
  });
});

describe('contour', () => {
  it('goes through its places and stays flat beyond them', () => {
    const line = contour([0.1, 1], [0.4, 3], [0.5, 2]);
    expect([0, 0.1, 0.4, 0.5, 9].map(line)).toEqual([1, 1, 3, 2, 2]);
  });
});

describe('drawText', () => {
  it('writes letters where it is told and leaves the rest', () => {
    const film = { rows: 20, columns: 40, data: new Float32Array(800) };
    drawText(film, 'L1', 3, 2, 14);
    const rows = Array.from({ length: 7 }, (_, y) =>
      Array.from({ length: 5 }, (__, x) => (film.data[(2 + 2 * y) * 40 + 3 + 2 * x] ? '#' : '.')).join(''),
    );
    expect(rows).toEqual(['#....', '#....', '#....', '#....', '#....', '#....', '#####']);
    expect(part(film, 0, 1, 0, 0.1)).toBe(0);
    expect(part(film, 0, 0.07, 0, 1)).toBe(0);
  });
});
