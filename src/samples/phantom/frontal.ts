import type { Random } from '../random.js';
import {
  addStroke,
  boneProfile,
  contour,
  createGrid,
  curve,
  ellipse,
  type Grid,
  type Point,
  softProfile,
  step,
} from './grid.js';

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

/** The attenuation map of a frontal chest; the patient's right is on the left of the film. */
export function frontal(width: number, height: number, a: Anatomy, e: Exposure, random: Random): Grid {
  const grid = createGrid(width, height);
  const air = new Float32Array(width * height);
  const shape = shapeOf(a, e);
  paintSoftTissue(grid, air, shape, a);
  const lungDetail = createGrid(width, height);
  paintVessels(lungDetail, shape, random);
  const { data } = grid;
  for (let i = 0; i < data.length; i++)
    data[i] = (data[i] as number) + (lungDetail.data[i] as number) * (air[i] as number);
  paintBones(grid, shape, a, e, random);
  if (e.lines) paintLines(grid, shape, random);
  return grid;
}

interface Shape {
  readonly middle: (y: number) => number;
  readonly wall: (y: number) => number;
  /** Distance of the mediastinum's border from the middle. */
  readonly border: (y: number, left: boolean) => number;
  readonly dome: (ax: number, left: boolean) => number;
  readonly tw: number;
  readonly y: (v: number) => number;
}

function shapeOf(a: Anatomy, e: Exposure): Shape {
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

function paintSoftTissue(grid: Grid, air: Float32Array, shape: Shape, a: Anatomy): void {
  const { width, height, data } = grid;
  const { tw, y: at } = shape;
  const domes = [false, true].map((left) =>
    Float32Array.from({ length: width }, (_, i) => shape.dome(i / height, left)),
  ) as [Float32Array, Float32Array];
  for (let py = 0; py < height; py++) {
    const y = (py + 0.5) / height;
    const middle = shape.middle(y);
    const wall = shape.wall(y);
    const borders = [shape.border(y, false), shape.border(y, true)] as const;
    const torso = tw * 1.13 + a.fat * (0.4 + y) + 0.02 * step((y - 0.35) / 0.3);
    const shoulder = 0.085 + 0.47 * step((y - at(0.115)) / 0.11) ** 1.2 + 0.02 * step((0.03 - y) / 0.05);
    const belowArm = step((y - at(0.42)) / 0.14);
    const chest = step((y - at(0.13)) / 0.06);
    const apexGate = step((y - at(a.apex)) / 0.006);
    const armTop = step((y - at(0.2)) / 0.12);
    const haze = 0.07 * step((y - at(0.5)) / 0.3) + 0.02 * Math.sin(9 * y);
    const thick = 0.1 * step((y - at(0.45)) / 0.4);
    const mediastinum = step((y - at(0.2)) / 0.07);
    const trachea = step((at(0.345) - y) / 0.02);
    const fork = y - at(0.33);
    for (let px = 0; px < width; px++) {
      const x = (px + 0.5 - width / 2) / height;
      const dx = x - middle;
      const ax = Math.abs(dx);
      const left = dx > 0;
      const side = left ? 1 : 0;
      // Soft tissue: the chord through an elliptic trunk, shoulders over it, arms beside it.
      const r = ax / torso;
      const trunk = r < 1 ? (0.52 + thick) * Math.sqrt(1 - r * r * 0.93) * step((torso - ax) / 0.008) : 0;
      const yoke = (0.33 + 0.1 * step((0.12 - ax) / 0.06)) * step((shoulder - ax) / 0.025) * (1 - belowArm);
      const arm = 0.3 * step((0.058 - Math.abs(ax - torso - 0.115 + 0.05 * y)) / 0.03) * armTop;
      let v = Math.max(trunk * chest + yoke * (1 - 0.75 * chest), yoke, arm);
      // Abdomen: full of tissue below the domes.
      const dome = domes[side][Math.min(width - 1, Math.round(ax * height))] as number;
      const below = step((y - dome) / 0.005) * step((wall - ax) / 0.02);
      v += below * (0.05 + 0.13 * step((y - dome) / 0.12 - 0.3));
      // Air of the lungs; the heart, thickest in its middle, hides them up to its border.
      const border = borders[side];
      const chamber = step((ax - border) / 0.0055);
      const lung = step((wall - ax) / 0.006) * chamber * (1 - step((y - dome) / 0.0045)) * apexGate;
      const hilum = 0.5 * ellipse(ax - 0.23 * tw, y - at(left ? 0.4 : 0.425), 0.08, 0.09, 0.075);
      const open = lung * (1 - hilum);
      v -= open * (0.44 - haze + 0.05 * (r - 0.5)) * Math.min(1, 0.72 + 0.5 * (1 - r));
      if (a.breasts > 0.2) v += a.breasts * 0.055 * breast(ax, y, at, tw);
      air[py * width + px] = open;
      if (ax < border) {
        const across = ax / border;
        v += mediastinum * (0.055 * Math.sqrt(1 - across * across) - 0.02 - 0.07 * step((at(0.3) - y) / 0.2));
      }
      // Windpipe and main bronchi.
      if (trachea > 0) v -= 0.075 * step((0.016 - Math.abs(dx - 0.004)) / 0.006) * trachea;
      if (fork > 0 && fork < 0.09)
        v -=
          0.045 *
          step((0.011 - Math.abs(ax - fork * (left ? 0.95 : 0.7))) / 0.007) *
          step((0.07 - fork) / 0.03);
      // The spine shines through.
      const s = dx / 0.04;
      if (s * s < 4) v += 0.06 * a.boneDensity * Math.exp(-s * s * s * s);
      // Gas in the stomach, under the left dome.
      if (left && below > 0)
        v -= 0.14 * a.knob * ellipse(dx - 0.46 * tw, y - dome - 0.04, 0.075, 0.024, 0.022) * below;
      data[py * width + px] = Math.max(0, v);
    }
  }
}

function breast(ax: number, y: number, at: (v: number) => number, tw: number): number {
  return ellipse(ax - 0.58 * tw, y - at(0.6), 0.17, 0.125, y > at(0.6) ? 0.015 : 0.09);
}

function paintVessels(grid: Grid, shape: Shape, random: Random): void {
  const grow = (from: Point, angle: number, length: number, half: number, depth: number): void => {
    const bend = random.between(-0.35, 0.35);
    const points = curve(3, (s) => ({
      x: from.x + Math.cos(angle + bend * s) * length * s,
      y: from.y + Math.sin(angle + bend * s) * length * s,
    }));
    addStroke(grid, {
      points,
      halfWidth: (s) => half * (1 - 0.3 * s),
      density: (s) => 8 * half * (1 - 0.25 * s),
      profile: softProfile,
    });
    if (depth === 0) return;
    const end = points[points.length - 1] as Point;
    for (const turn of [random.between(0.15, 0.55), -random.between(0.15, 0.55)])
      grow(end, angle + bend + turn, length * random.between(0.62, 0.9), half * 0.72, depth - 1);
  };
  for (const side of [-1, 1]) {
    for (let k = 0; k < 7; k++) {
      const angle = -1.25 + (k / 6) * 2.7 + random.between(-0.12, 0.12);
      const hilum = {
        x: shape.middle(0.42) + side * shape.tw * random.between(0.2, 0.27),
        y: shape.y(0.42) + 0.02 * (k - 3),
      };
      grow(hilum, side > 0 ? angle : Math.PI - angle, random.between(0.06, 0.085), 0.0085, 4);
    }
  }
}

function paintBones(grid: Grid, shape: Shape, a: Anatomy, e: Exposure, random: Random): void {
  const { tw, y: at } = shape;
  const bone = a.boneDensity;
  for (const side of [-1, 1]) {
    const place = (ax: number, y: number): Point => ({ x: shape.middle(y) + side * ax, y });
    for (let k = 0; k < 10; k++) {
      const spine = at(a.apex) + 0.002 + k * 0.057 + random.between(-0.003, 0.003);
      const drop = k === 0 ? 0.09 : a.ribDrop * (1.15 + 0.06 * k);
      const wide = Math.min(shape.wall(spine + drop * 0.42) * 1.015, tw * 1.015) * (k === 0 ? 0.88 : 1);
      const reach = k === 0 ? 0.93 : 0.8;
      addStroke(grid, {
        points: curve(36, (s) => {
          const turn = s * Math.PI * reach;
          const ax = 0.03 + (wide - 0.03) * Math.sin(turn) ** 0.9;
          return place(
            ax,
            spine -
              0.012 * Math.sin(turn * 2.4) +
              0.028 * Math.sin(turn) +
              (drop * (1 - Math.cos(turn * 0.92))) / 2,
          );
        }),
        halfWidth: (s) => 0.0085 + 0.004 * s,
        density: (s) => bone * ribDensity(s) * Math.min(1, 0.35 + 5 * s),
        profile: boneProfile,
      });
    }
    const collar = at(e.view === 'AP' ? 0.145 : 0.18) + random.between(-0.008, 0.008);
    addStroke(grid, {
      points: curve(24, (s) =>
        place(0.05 + 0.36 * s, collar - 0.055 * s + 0.016 * Math.sin(s * 2 * Math.PI * 0.9)),
      ),
      halfWidth: (s) => 0.0105 + 0.006 * Math.abs(s - 0.45),
      density: (s) => 0.1 * bone * Math.min(1, 0.5 + 4 * s),
      profile: boneProfile,
    });
    // Shoulder blade: over the lungs on an AP film, turned out of them on a PA film.
    const blade = e.view === 'AP' ? -0.06 : 0.005;
    for (const [x0, y0, x1, y1, d] of [
      [0.37, 0.19, 0.325, 0.4, 0.05],
      [0.43, 0.22, 0.33, 0.42, 0.075],
      [0.35, 0.17, 0.46, 0.14, 0.09],
    ] as const) {
      addStroke(grid, {
        points: curve(8, (s) =>
          place(x0 + blade + (x1 - x0) * s + 0.012 * Math.sin(s * Math.PI), at(y0 + (y1 - y0) * s)),
        ),
        halfWidth: () => 0.009,
        density: (s) => d * bone * Math.min(1, 6 * s, 6 * (1 - s)),
        profile: softProfile,
      });
    }
    addStroke(grid, {
      points: [place(0.47, at(0.175)), place(0.475, at(0.21)), place(0.5, at(0.5))],
      halfWidth: (s) => 0.034 - 0.014 * Math.min(1, 2.4 * s),
      density: () => 0.13 * bone,
      profile: boneProfile,
    });
  }
  // Vertebrae: end plates, pedicles and spinous processes.
  for (let y = at(0.02), h = 0.036; y < 1; y += h, h += 0.0011) {
    const x = shape.middle(y);
    const half = 0.026 + 0.012 * y;
    addStroke(grid, {
      points: [
        { x: x - half, y },
        { x: x + half, y },
      ],
      halfWidth: () => 0.004,
      density: () => -0.035 * bone,
      profile: softProfile,
    });
    for (const side of [-1, 1])
      addStroke(grid, {
        points: [
          { x: x + side * half * 0.72, y: y + 0.35 * h },
          { x: x + side * half * 0.72, y: y + 0.5 * h },
        ],
        halfWidth: () => 0.0055,
        density: () => 0.045 * bone,
        profile: boneProfile,
      });
    addStroke(grid, {
      points: [
        { x, y: y + 0.55 * h },
        { x, y: y + 0.85 * h },
      ],
      halfWidth: () => 0.006,
      density: () => 0.04 * bone,
      profile: softProfile,
    });
  }
}

/** Fading towards the cartilage in front, brightest where the rays run along the rib at the wall. */
function ribDensity(s: number): number {
  const wall = (s - 0.58) / 0.1;
  const front = s > 0.62 ? 0.02 + 0.045 * Math.min(1, (1 - s) / 0.25) : 0.072;
  return front + 0.035 * Math.max(0, 1 - wall * wall);
}

/** Breathing tube, central line, electrodes with their wires. */
function paintLines(grid: Grid, shape: Shape, random: Random): void {
  const { tw, y: at } = shape;
  const wire = (points: readonly Point[], half: number, density: number) =>
    addStroke(grid, { points, halfWidth: () => half, density: () => density, profile: softProfile });
  const x = shape.middle(0.2);
  wire(
    curve(10, (s) => ({ x: x + 0.006 * Math.sin(3 * s), y: at(0.3) * s })),
    0.0045,
    0.1,
  );
  wire(
    curve(16, (s) => ({ x: x - 0.16 * (1 - s) ** 2 - 0.03, y: at(0.05 + 0.36 * s) })),
    0.0022,
    0.16,
  );
  for (const side of [-1, 1]) {
    const end = { x: x + side * tw * random.between(0.55, 0.8), y: at(random.between(0.3, 0.55)) };
    const sway = random.between(-0.08, 0.08);
    wire(
      curve(24, (s) => ({
        x: end.x + side * (0.02 * s) + sway * Math.sin(4 * s) * s,
        y: end.y + (1 - end.y) * s,
      })),
      0.0018,
      0.16,
    );
    wire([end, { x: end.x, y: end.y + 0.004 }], 0.011, 0.3);
  }
}
