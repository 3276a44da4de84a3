import type { Film } from './phantom/film.js';
import type { Random } from './random.js';

/** A finding as it was drawn: x_min, y_min, x_max, y_max in pixels of the film. */
export interface Finding {
  readonly classId: number;
  readonly name: string;
  readonly box: readonly [number, number, number, number];
}

interface Kind {
  /** Id and name in VinDr-CXR. */
  readonly classId: number;
  readonly name: string;
  /** Share of films that have it. */
  readonly frequency: number;
  /** Where its middle may be, and how large it is, in shares of the film's width and height. */
  readonly x: readonly [number, number];
  readonly y: readonly [number, number];
  readonly width: readonly [number, number];
  readonly height: readonly [number, number];
  readonly brightness: number;
}

const KINDS: readonly Kind[] = [
  {
    classId: 3,
    name: 'Cardiomegaly',
    frequency: 0.28,
    x: [0.52, 0.56],
    y: [0.62, 0.66],
    width: [0.42, 0.52],
    height: [0.24, 0.3],
    brightness: 0.16,
  },
  {
    classId: 7,
    name: 'Lung Opacity',
    frequency: 0.3,
    x: [0.24, 0.34],
    y: [0.32, 0.52],
    width: [0.12, 0.2],
    height: [0.1, 0.18],
    brightness: 0.26,
  },
  {
    classId: 8,
    name: 'Nodule/Mass',
    frequency: 0.22,
    x: [0.66, 0.78],
    y: [0.28, 0.55],
    width: [0.05, 0.09],
    height: [0.04, 0.07],
    brightness: 0.42,
  },
  {
    classId: 10,
    name: 'Pleural effusion',
    frequency: 0.18,
    x: [0.7, 0.78],
    y: [0.7, 0.76],
    width: [0.18, 0.24],
    height: [0.14, 0.2],
    brightness: 0.4,
  },
];

/** Names of what is drawn, in the order of the models that ship. */
export const FINDING_NAMES = KINDS.map(({ name }) => name);

/** Draws findings into a chest film: soft ellipses where the disease would be, their boxes known exactly. */
export function drawFindings(film: Film, random: Random): readonly Finding[] {
  const findings: Finding[] = [];
  for (const kind of KINDS) {
    if (!random.chance(kind.frequency)) continue;
    const [rx, ry] = [random.between(...kind.width) / 2, random.between(...kind.height) / 2];
    const [cx, cy] = [random.between(...kind.x), random.between(...kind.y)];
    const box = [cx - rx, cy - ry, cx + rx, cy + ry].map((share, i) =>
      Math.round(share * (i % 2 === 0 ? film.columns : film.rows)),
    ) as [number, number, number, number];
    brighten(film, box, kind.brightness);
    findings.push({ classId: kind.classId, name: kind.name, box });
  }
  return findings;
}

/** A dome of light over the ellipse in the box: brightest in the middle, nothing at its edge. */
function brighten(film: Film, [x0, y0, x1, y1]: Finding['box'], amount: number): void {
  for (let y = Math.max(0, y0); y < Math.min(film.rows, y1); y++)
    for (let x = Math.max(0, x0); x < Math.min(film.columns, x1); x++) {
      const dx = (2 * (x + 0.5 - x0)) / (x1 - x0) - 1;
      const dy = (2 * (y + 0.5 - y0)) / (y1 - y0) - 1;
      const inside = 1 - dx * dx - dy * dy;
      if (inside <= 0) continue;
      const at = y * film.columns + x;
      film.data[at] = Math.min(1, (film.data[at] as number) + amount * Math.sqrt(inside));
    }
}
