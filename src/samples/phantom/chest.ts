import { drawText } from '../font.js';
import { createRandom, type Random } from '../random.js';
import { type Anatomy, anatomyOf } from './anatomy.js';
import { develop, type Film } from './film.js';
import { frontal } from './frontal.js';
import type { Grid } from './grid.js';
import { lateral } from './lateral.js';

export interface ChestOptions {
  readonly rows: number;
  readonly columns: number;
  readonly view: 'PA' | 'AP' | 'LATERAL';
  readonly female: boolean;
  /** The same seed is the same body. */
  readonly anatomySeed: number;
}

/**
 * A chest film that nobody had taken, 0 black to 1 white, with its lead marker. `random` gives what changes
 * from one exposure to the next: position, dose, collimation, grain.
 */
export function chestFilm(options: ChestOptions, random: Random): Film {
  const { rows, columns, view } = options;
  const film = develop(
    attenuation(options, random.int(1, 2 ** 30)),
    {
      rows,
      columns,
      noise: random.between(0.006, 0.014) * (view === 'AP' ? 1.3 : 1),
      gamma: random.between(0.82, 1.12),
      collimation: random.chance(0.2) ? random.between(0.005, 0.02) : 0,
    },
    random,
  );
  const size = Math.round(rows * 0.03);
  if (size >= 7) drawText(film, view === 'LATERAL' ? 'L' : 'R', columns * 0.06, rows * 0.045, size, 0.99);
  return film;
}

const SMALL = 128;
const smallBodies = new Map<string, Grid>();

/** Half the film's size is all that a body needs; small films share a few bodies and differ in grain. */
function attenuation(options: ChestOptions, poseSeed: number): Grid {
  const { rows, columns, view, female, anatomySeed } = options;
  if (rows > SMALL || columns > SMALL) {
    const anatomy = anatomyOf(createRandom(anatomySeed), female);
    return paint(view, Math.ceil(columns / 2), Math.ceil(rows / 2), anatomy, createRandom(poseSeed));
  }
  const body = 1 + (anatomySeed % 4);
  const key = `${rows}x${columns} ${view} ${body}`;
  const grid =
    smallBodies.get(key) ??
    paint(view, columns, rows, anatomyOf(createRandom(body), false), createRandom(body));
  smallBodies.set(key, grid);
  return grid;
}

function paint(
  view: ChestOptions['view'],
  width: number,
  height: number,
  anatomy: Anatomy,
  random: Random,
): Grid {
  if (view === 'LATERAL') return lateral(width, height, anatomy, random);
  const exposure = {
    view,
    lines: view === 'AP' && random.chance(0.6),
    shiftX: random.between(-0.012, 0.012),
    shiftY: random.between(-0.01, 0.025),
  };
  return frontal(width, height, anatomy, exposure, random);
}
