import type { Random } from '../random.js';
import { contour, step } from './grid.js';

/** What makes one chest differ from another; the same patient keeps it in every study. */
export interface Anatomy {
  readonly thorax: number;
  readonly apex: number;
  readonly domeRight: number;
  readonly domeLeft: number;
  readonly heart: number;
  readonly knob: number;
  readonly fat: number;
  readonly bend: number;
  readonly ribDrop: number;
  readonly boneDensity: number;
  readonly breasts: number;
  readonly seed: number;
}

export function anatomyOf(random: Random, female: boolean): Anatomy {
  return {
    thorax: random.between(0.315, 0.365),
    apex: random.between(0.1, 0.14),
    domeRight: random.between(0.66, 0.73),
    domeLeft: random.between(0.69, 0.76),
    heart: random.between(0.88, 1.12),
    knob: random.between(0.7, 1.25),
    fat: random.between(0, 0.05),
    bend: random.between(-0.012, 0.012),
    ribDrop: random.between(0.12, 0.18),
    boneDensity: random.between(0.75, 1.15),
    breasts: female ? random.between(0.4, 1) : random.between(0, 0.15),
    seed: random.int(1, 2 ** 30),
  };
}

export interface Exposure {
  readonly view: 'PA' | 'AP';
  /** Wires, a tube and electrodes, as on a bedside film. */
  readonly lines: boolean;
  readonly shiftX: number;
  readonly shiftY: number;
}

/** Where the parts of a frontal chest lie; distances from the middle, in units of the film's height. */
export interface Shape {
  readonly middle: (y: number) => number;
  readonly wall: (y: number) => number;
  /** Distance of the mediastinum's border from the middle. */
  readonly border: (y: number, left: boolean) => number;
  readonly dome: (ax: number, left: boolean) => number;
  readonly tw: number;
  readonly y: (v: number) => number;
}

/** The outlines of an anatomy under an exposure. */
export function shapeOf(a: Anatomy, e: Exposure): Shape {
  const tw = a.thorax * (e.view === 'AP' ? 1.04 : 1);
  const lift = e.view === 'AP' ? 0.05 : 0;
  const y = (v: number) => v + e.shiftY;
  const middle = (v: number) => e.shiftX + a.bend * Math.sin(Math.PI * 1.3 * v);
  const rise = (v: number, over: number) => {
    const t = Math.min(1, Math.max(0, (v - y(a.apex)) / over));
    return Math.sqrt(1 - (1 - t) * (1 - t));
  };
  // Borders of the mediastinum from the top: vessels, aortic arch, pulmonary trunk, heart.
  const size = a.heart * (e.view === 'AP' ? 1.1 : 1);
  const low = e.view === 'AP' ? -0.03 : 0;
  const knob = 0.2 + 0.08 * a.knob;
  const leftBorder = contour(
    [0.1, 0.4],
    [0.155, 0.2],
    [0.235, 0.17],
    [0.285, knob],
    [0.335, 0.195],
    [0.38, 0.25],
    [0.44 + low, 0.31],
    [0.51 + low, 0.43 * size],
    [0.58 + low, 0.57 * size],
    [0.64 + low, 0.63 * size],
    [0.7 + low, 0.56 * size],
    [0.76 + low, 0.4],
  );
  const rightBorder = contour(
    [0.1, 0.4],
    [0.155, 0.2],
    [0.24, 0.15],
    [0.33, 0.165],
    [0.41, 0.17],
    [0.47 + low, 0.23],
    [0.54 + low, 0.31 * size],
    [0.61 + low, 0.3 * size],
    [0.68 + low, 0.22],
    [0.76 + low, 0.2],
  );
  return {
    tw,
    y,
    middle,
    wall: (v) => tw * (0.42 + 0.5 * rise(v, 0.3) + 0.08 * Math.min(1, Math.max(0, (v - 0.2) / 0.45))),
    border: (v, left) => tw * (left ? leftBorder : rightBorder)(v - e.shiftY + (0.12 - a.apex)),
    dome: (ax, left) => {
      // The domes meet in the middle, under the heart.
      const meet = 0.5 * step(1 - ax / (0.17 * tw));
      const top = (own: boolean) => y(own ? a.domeLeft : a.domeRight) - lift;
      const t = Math.min(1, (ax - 0.46 * tw) / (0.54 * tw));
      return top(left) * (1 - meet) + top(!left) * meet + (t > 0 ? 0.12 * t ** 2.6 : 0.04 * t * t);
    },
  };
}
